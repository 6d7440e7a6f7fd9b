internal import ChangeControl
package import HTTPMessages
internal import HTTPTypes
internal import JSON

/// Asks a GitLab who it is, who we are, and what our token may do. For the doctor, and to learn the service account's id.
///
/// Each answer stands for itself; but when the first says that GitLab will answer nothing, the rest is not asked.
package struct ProbeConversation: Conversation {
  package typealias Outcome = ProbeReport

  private enum Step: Sendable {
    /// `/metadata` from 15.2 on, `/version` before.
    case metadata, version, account, token
  }

  private let api: GitLabAPI
  private var step = Step.metadata
  private var report: ProbeReport

  package init(api: GitLabAPI) {
    self.api = api
    let unasked = Obstacle.retry(reason: "GitLab \(api.instance) has not been asked yet", after: nil)
    report = ProbeReport(software: .failure(unasked), account: .failure(unasked), token: .failure(unasked))
  }

  package mutating func start() -> ConversationMove<ProbeReport> { .send(api.get("/metadata")) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<ProbeReport> {
    let meaning = api.meaning(of: answer)
    if case .success(let response) = answer, let date = response.head.headerFields[.date].flatMap(instant(httpDate:)) {
      report.clock = date
    }
    if case .unauthorized = meaning { report.isTokenRefused = true }
    switch step {
    case .metadata, .version:
      if step == .metadata, case .notFound = meaning {
        step = .version
        return .send(api.get("/version"))
      }
      report.software = read(meaning, "reading its version") { $0.text("version", limit: 40).map(ProbeReport.Software.init) }
      if meaning.concernsEverything, case .failure(let obstacle) = report.software {
        (report.account, report.token) = (.failure(obstacle), .failure(obstacle))
        return .end(report)
      }
      step = .account
      return .send(api.get("/user"))
    case .account:
      report.account = read(meaning, "reading our account", \.person)
      step = .token
      return .send(api.get("/personal_access_tokens/self"))
    case .token:
      report.token = read(meaning, "reading our token", \.token)
      return .end(report)
    }
  }

  private func read<Value>(_ meaning: AnswerMeaning, _ doing: String, _ value: (JSONValue) -> Value?) -> Result<Value, Obstacle> {
    if case .content(let content) = meaning, let value = value(content) { return .success(value) }
    return .failure(meaning.obstacle(doing, at: api.instance))
  }

  package func outcome(cutOffBecause reason: String) -> ProbeReport { report }
}

extension JSONValue {
  fileprivate var token: ProbeReport.Token? {
    guard let scopes = self["scopes"]?.array else { return nil }
    return ProbeReport.Token(
      id: id("id"), name: text("name"), scopes: scopes.compactMap { $0.string?.bounded(to: 80) }, expiresAt: instant("expires_at"),
      createdAt: instant("created_at"),
      isActive: self["active"]?.bool ?? (self["revoked"]?.bool != true))
  }
}

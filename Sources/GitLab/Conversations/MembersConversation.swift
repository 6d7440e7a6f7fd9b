package import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads who belongs to a list of GitLab's: a group, a project, or the instance's administrators. Blocked users are left out, and so is who was
/// only invited.
package struct MembersConversation: Conversation {
  package typealias Outcome = CallbackOutcome

  private let api: GitLabAPI
  private let source: MembershipSource
  private var pages: PageTurner
  private var members: [Int64: Member] = [:]

  package init(api: GitLabAPI, source: MembershipSource) {
    self.api = api
    self.source = source
    pages = PageTurner(api.members(of: source), doing: "reading the \(source.text)", api: api)
  }

  package mutating func start() -> ConversationMove<CallbackOutcome> { .send(pages.request) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> {
    let meaning = api.meaning(of: answer)
    guard case .content(.array(let elements)) = meaning else { return .end(obstacle(meaning).outcome) }
    for element in elements {
      // GitLab lists all users to whoever is no administrator, whatever was asked for (its UsersFinder), and tells an administrator only who is one.
      if source == .administrators, element["is_admin"]?.bool != true { return .end(.refused(reason: needsAdministrator)) }
      add(element)
    }
    switch pages.turn(answer, isEmpty: elements.isEmpty) {
    case .failure(let obstacle): return .end(obstacle.outcome)
    case .success(.next(let request)): return .send(request)
    case .success(.end): return .end(.told(.members(members.values.sorted { $0.id < $1.id })))
    }
  }

  /// Who stands in a list twice, by a group and a group above it, has the higher level (GitLab before 13.11).
  private mutating func add(_ element: JSONValue) {
    guard let person = element.person, element["state"]?.string == "active" else { return }
    guard element["membership_state"]?.string ?? "active" == "active" else { return }
    let level = source == .administrators ? Int64(AccessLevel.administrator.rawValue) : element["access_level"]?.integer
    guard let level, (1...100).contains(level), level > members[person.id]?.level ?? 0 else { return }
    members[person.id] = Member(id: person.id, username: person.username, level: Int(level))
  }

  private func obstacle(_ meaning: AnswerMeaning) -> Obstacle {
    switch (meaning, source) {
    case (.notFound(let message, _), .group(let group)):
      .refused(
        reason: "GitLab \(api.instance) shows our service account no group \(group.path) (\(message)); if it was renamed, correct "
          + "gitlab_group, else make the account a member of it")
    case (.forbidden(let message), .group(let group)):
      .refused(
        reason:
          "GitLab \(api.instance) forbids reading the members of \(group.path) (\(message)); make the service account a member of the "
          + "group, with a token of scope api")
    case (.forbidden, .administrators): .refused(reason: needsAdministrator)
    case (.notFound(let message, _), .project): AnswerMeaning.notFound(message, project: true).obstacle(pages.doing, at: api.instance)
    default: meaning.obstacle(pages.doing, at: api.instance)
    }
  }

  private var needsAdministrator: String {
    "GitLab \(api.instance) tells only an administrator who the administrators are; make the service account one, or name people in place of "
      + "access_level 60"
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome { .retry(reason: reason, after: nil) }
}

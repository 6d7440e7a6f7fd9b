package import ChangeControl
package import HTTPMessages
internal import JSON

/// Finds the project or group that somebody names, and whether it is under change control: a project that a service covers, or a group above
/// one. Whatever else GitLab has is not there for who asks us.
package struct FindPlaceConversation: Conversation {
  package typealias Outcome = Result<GovernedPlace, RelayedRefusal>

  private let api: GitLabAPI
  private let plan: ControlPlan
  private let level: GovernedPlace.Level
  private let reference: String
  private var found: GovernedPlace?
  /// Projects configured by number, of which it is not known yet whether they are below the group.
  private var numbers: [Int64]

  /// - Parameter reference: a number or a full path.
  package init(api: GitLabAPI, plan: ControlPlan, level: GovernedPlace.Level, reference: String) {
    self.api = api
    self.plan = plan
    self.level = level
    self.reference = reference
    numbers = Array(plan.projectNumbers(on: api.instance).prefix(Limits.numberedProjects))
  }

  private var doing: String { "looking up the \(level.rawValue) \(reference.bounded(to: Limits.message))" }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.place(level, reference)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    if let found { return hearNumbered(answer, found) }
    if let refusal = api.refusal(in: answer, doing: doing) {
      // GitLab tells no difference between what is not there and what our account may not see, and neither do we.
      return .end(.failure(refusal.status == 404 ? notFound(notShown) : refusal))
    }
    guard case .content(let value) = api.meaning(of: answer), let place = GovernedPlace(value, level: level) else {
      return .end(.failure(api.misshapen(doing: doing)))
    }
    switch level {
    case .project:
      let isGoverned = plan.governs(project: place.id, path: place.path, on: api.instance)
      return .end(isGoverned ? .success(place) : .failure(notGoverned))
    case .group:
      if plan.governsPaths(below: place.path, on: api.instance) { return .end(.success(place)) }
      found = place
      return askNext()
    }
  }

  private mutating func askNext() -> ConversationMove<Outcome> {
    guard let number = numbers.popLast() else { return .end(.failure(notGoverned)) }
    return .send(api.project(number))
  }

  private mutating func hearNumbered(_ answer: Answer, _ group: GovernedPlace) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    if meaning.concernsEverything, let refusal = api.refusal(in: answer, doing: doing) { return .end(.failure(refusal)) }
    if case .content(let value) = meaning, let path = value.project?.path, path.lowercased().hasPrefix(group.path.lowercased() + "/") {
      return .end(.success(group))
    }
    return askNext()
  }

  private var notShown: String {
    let governed =
      level == .project ? "a service of this gate covers it (`projects`)" : "a project below it is under change control here (`projects`)"
    return
      "GitLab \(api.instance) shows our account none: see that the number or path is right, and that \(governed); where both are so, make the "
      + "account of admin_token (or of token, where there is none) a Maintainer there"
  }

  private var notGoverned: RelayedRefusal {
    notFound(
      level == .project
        ? "no service of this gate covers it: name it under `projects` of one, or ask GitLab \(api.instance) itself"
        : "no project below it is under change control here: ask GitLab \(api.instance) itself")
  }

  private func notFound(_ sentence: String) -> RelayedRefusal {
    RelayedRefusal(status: 404, message: "404 \(level.title) Not Found - \(sentence)")
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .failure(RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"))
  }
}

package import HTTPMessages
internal import JSON

/// Looks whether a protection asks the account, before what it takes the place of goes: since the plan was made somebody may have taken it away.
package struct SuccessorConversation: Conversation {
  /// Why it cannot be relied on; nil where it can.
  package typealias Outcome = String?

  private let api: GitLabAPI
  private let successor: ProtectedName
  private let account: Int64

  package init(api: GitLabAPI, successor: ProtectedName, account: Int64) {
    self.api = api
    self.successor = successor
    self.account = account
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.protection(successor.name, in: successor.place)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    guard case .content(let value) = meaning, let protection = ProtectedEnvironment(value) else {
      return .end("GitLab does not show it (\(SetupFault(meaning)?.message ?? "in a form that is not known here"))")
    }
    return .end(protection.isApprover(account) ? nil : "the account is none of its approvers")
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { reason }
}

package import HTTPMessages

/// Asks whether a user can do anything in GitLab. Nil where GitLab does not tell.
package struct StandingConversation: Conversation {
  package typealias Outcome = UserStanding?

  private let api: GitLabAPI
  private let user: Int64

  package init(api: GitLabAPI, user: Int64) {
    self.api = api
    self.user = user
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.user(user)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    if case .content(let value) = meaning { return .end(UserStanding(.success(value))) }
    return .end(SetupFault(meaning).flatMap { UserStanding(.failure($0)) })
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { nil }
}

package import HTTPMessages

/// Whether GitLab shows a project or a group to whose token it is.
package struct PlaceSightConversation: Conversation {
  package enum Sight: Sendable, Hashable {
    case shown
    /// It is not there, or not for them: GitLab answers the same (facts H).
    case hidden
    case unknown
  }

  private let api: GitLabAPI
  private let place: SetupPlace

  package init(api: GitLabAPI, _ place: SetupPlace) {
    self.api = api
    self.place = place
  }

  package mutating func start() -> ConversationMove<Sight> { .send(api.place(place)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Sight> {
    switch api.meaning(of: answer) {
    case .content: .end(.shown)
    case .notFound: .end(.hidden)
    case .unauthorized, .forbidden, .moved, .invalid, .unavailable, .unheard: .end(.unknown)
    }
  }

  package func outcome(cutOffBecause reason: String) -> Sight { .unknown }
}

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
  private let isOfAccounts: Bool

  /// - Parameter isOfAccounts: whether it is about the place's service accounts, which GitLab lists to Owners (facts F).
  package init(api: GitLabAPI, _ place: SetupPlace, isOfAccounts: Bool = false) {
    self.api = api
    self.place = place
    self.isOfAccounts = isOfAccounts
  }

  package mutating func start() -> ConversationMove<Sight> { .send(isOfAccounts ? api.serviceAccounts(in: place) : api.place(place)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Sight> {
    switch api.meaning(of: answer) {
    case .content: .end(.shown)
    case .notFound: .end(.hidden)
    case .unauthorized, .forbidden, .moved, .invalid, .unavailable, .unheard: .end(.unknown)
    }
  }

  package func outcome(cutOffBecause reason: String) -> Sight { .unknown }
}

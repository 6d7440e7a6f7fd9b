package import HTTPMessages
internal import JSON

/// Reads the number of a webhook's last sending (17.3), so that those which follow can be told from those before.
package struct LastSendingConversation: Conversation {
  /// 0 where there is none; nil where GitLab does not tell.
  package typealias Outcome = Int64?

  private let api: GitLabAPI
  private let place: SetupPlace
  private let webhook: Int64

  package init(api: GitLabAPI, place: SetupPlace, webhook: Int64) {
    self.api = api
    self.place = place
    self.webhook = webhook
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.sendings(of: webhook, in: place)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    // The newest comes first.
    guard case .content(.array(let all)) = api.meaning(of: answer) else { return .end(nil) }
    return .end(all.isEmpty ? 0 : all.first?.id("id"))
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { nil }
}

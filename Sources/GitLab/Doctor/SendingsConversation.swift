package import HTTPMessages
internal import JSON

/// Reads how the last sendings of a webhook went, the newest first (17.3). One page: what counts is how it goes now.
package struct SendingsConversation: Conversation {
  package typealias Outcome = Result<[RegisteredWebhook.Sending], SurveyGap>

  private let api: GitLabAPI
  private let place: PlaceSurvey.Place
  private let webhook: Int64

  /// - Parameter api: with a token that may read the place's webhooks.
  package init(api: GitLabAPI, place: PlaceSurvey.Place, webhook: Int64) {
    self.api = api
    self.place = place
    self.webhook = webhook
  }

  package mutating func start() -> ConversationMove<Outcome> {
    .send(api.get("\(place.endpoint)/hooks/\(webhook)/events?per_page=\(Limits.shownSendings)"))
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    guard case .content(.array(let elements)) = meaning else {
      return .end(.failure(SurveyGap(meaning, "reading what the webhook of \(place.text) has sent", at: api.instance)))
    }
    return .end(.success(elements.compactMap(RegisteredWebhook.Sending.init)))
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { .failure(.untold(reason)) }
}

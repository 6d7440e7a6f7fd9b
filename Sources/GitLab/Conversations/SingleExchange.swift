internal import HTTPMessages

/// One request; its answer is the outcome. `then` makes of it what it means.
struct SingleExchange: Conversation {
  typealias Outcome = Answer

  private let request: Request

  init(_ request: Request) { self.request = request }

  mutating func start() -> ConversationMove<Answer> { .send(request) }

  mutating func hear(_ answer: Answer) -> ConversationMove<Answer> { .end(answer) }

  func outcome(cutOffBecause reason: String) -> Answer { .failure(TransportFailure(effect: .unknown, reason: reason)) }
}

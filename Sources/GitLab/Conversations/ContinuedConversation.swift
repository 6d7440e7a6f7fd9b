package import HTTPMessages

/// A conversation whose outcome is made into something else at its end.
package struct ContinuedConversation<First: Conversation, Outcome: Sendable>: Conversation {
  private var first: First
  private let next: @Sendable (First.Outcome) -> Outcome

  fileprivate init(_ first: First, next: @escaping @Sendable (First.Outcome) -> Outcome) {
    self.first = first
    self.next = next
  }

  package mutating func start() -> ConversationMove<Outcome> { continued(first.start()) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> { continued(first.hear(answer)) }

  package func outcome(cutOffBecause reason: String) -> Outcome { next(first.outcome(cutOffBecause: reason)) }

  private func continued(_ move: ConversationMove<First.Outcome>) -> ConversationMove<Outcome> {
    switch move {
    case .send(let request): .send(request)
    case .end(let outcome): .end(next(outcome))
    }
  }
}

extension Conversation {
  /// The same conversation with what its outcome leads to as its outcome.
  package func then<Next: Sendable>(_ next: @escaping @Sendable (Outcome) -> Next) -> ContinuedConversation<Self, Next> {
    ContinuedConversation(self, next: next)
  }
}

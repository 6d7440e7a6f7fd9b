package import HTTPMessages

/// All exchanges with GitLab for one purpose, as a pure state machine: it says what to send, is told what came of it, and ends by itself.
/// So a whole conversation, with every fault at every exchange, is an ordinary loop in a test.
package protocol Conversation<Outcome>: Sendable {
  associatedtype Outcome: Sendable

  /// Called once, first.
  mutating func start() -> ConversationMove<Outcome>

  /// Called with the answer to the request that was asked for last.
  mutating func hear(_ answer: Answer) -> ConversationMove<Outcome>

  /// What to say of a conversation that is cut off because it takes more exchanges than any should.
  func outcome(cutOffBecause reason: String) -> Outcome

  /// None takes more exchanges than this: whoever holds a conversation ends it then, with `cutOff`.
  static var mostExchanges: Int { get }
}

package enum ConversationMove<Outcome: Sendable>: Sendable {
  case send(Request)
  case end(Outcome)
}

extension Conversation {
  package static var mostExchanges: Int { Limits.exchanges }

  package var cutOff: Outcome {
    outcome(
      cutOffBecause: "the conversation with GitLab took more than \(Self.mostExchanges) exchanges and was cut off; please report it")
  }

  /// Holds the conversation over a transport.
  package func converse(over transport: any Transport) async -> Outcome {
    var conversation = self
    return await conversation.end(over: transport)
  }

  /// - Parameter beforeEach: called with the conversation before each request of it goes out; what it throws keeps the request back.
  package func converse(over transport: any Transport, beforeEach: (Self) throws -> Void) async throws -> Outcome {
    var conversation = self
    var move = conversation.start()
    for _ in 0..<Self.mostExchanges {
      guard case .send(let request) = move else { break }
      try beforeEach(conversation)
      move = conversation.hear(await transport.send(request))
    }
    if case .end(let outcome) = move { return outcome }
    return conversation.cutOff
  }

  /// Holds the conversation to its end, and leaves it as it has ended.
  package mutating func end(over transport: any Transport) async -> Outcome {
    var move = start()
    for _ in 0..<Self.mostExchanges {
      switch move {
      case .end(let outcome): return outcome
      case .send(let request): move = hear(await transport.send(request))
      }
    }
    if case .end(let outcome) = move { return outcome }
    return cutOff
  }
}

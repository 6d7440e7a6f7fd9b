package import HTTPMessages
internal import JSON

/// Reads one protected environment. Nil where the place has none of that name.
package struct ReadProtectedEnvironmentConversation: Conversation {
  package typealias Outcome = Result<ProtectedEnvironment?, RelayedRefusal>

  private let api: GitLabAPI
  private let place: GovernedPlace
  private let name: String

  package init(api: GitLabAPI, place: GovernedPlace, name: String) {
    self.api = api
    self.place = place
    self.name = name
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.protectedEnvironment(name, of: place)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> { .end(api.protectedEnvironment(in: answer, name, of: place)) }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .failure(RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"))
  }
}

extension GitLabAPI {
  /// Reads the answer to `protectedEnvironment(_:of:)`. That the place itself is gone is another no than that nothing is protected in it.
  func protectedEnvironment(in answer: Answer, _ name: String, of place: GovernedPlace) -> Result<ProtectedEnvironment?, RelayedRefusal> {
    let doing = "reading the protected environment \(name.bounded(to: Limits.message)) of \(place.text)"
    let meaning = meaning(of: answer)
    if case .notFound(let message, _) = meaning, !message.lowercased().contains("\(place.level.rawValue) not found") {
      return .success(nil)
    }
    if let refusal = refusal(in: answer, doing: doing) { return .failure(refusal) }
    guard case .content(let value) = meaning, let environment = ProtectedEnvironment(value), environment.name == name else {
      return .failure(misshapen(doing: doing))
    }
    return .success(environment)
  }
}

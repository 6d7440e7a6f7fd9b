package import HTTPMessages
internal import JSON

/// What came of an order.
package enum ProtectedEnvironmentOutcome: Sendable, Hashable {
  /// It stands in GitLab.
  ///
  /// - Parameters:
  ///   - after: how it stands; nil once unprotected, and where GitLab has not told.
  ///   - deviations: what stands otherwise than it was asked for.
  case done(after: ProtectedEnvironment?, deviations: [String])
  /// Nothing was done.
  case refused(RelayedRefusal)
  /// It may have been done or not.
  case unsettled(RelayedRefusal)
}

/// Sends an order once, reads back, and lets what is there decide: what the request was answered only words the reason where the effect is not there.
/// The reading before it is another conversation's, for what it finds is written down before anything is sent.
package struct ChangeProtectedEnvironmentConversation: Conversation {
  package typealias Outcome = ProtectedEnvironmentOutcome

  private enum Progress: Sendable {
    case acting
    /// GitLab said that it did it, and how it stands.
    case confirming(ProtectedEnvironment?)
    /// The answer was lost, or says nothing of the effect, which may come yet.
    case settling(RelayedRefusal, mayCome: Bool)
  }

  private let api: GitLabAPI
  private let place: GovernedPlace
  private let order: ProtectedEnvironmentOrder
  private let before: ProtectedEnvironment?
  private var progress = Progress.acting

  package init(api: GitLabAPI, place: GovernedPlace, order: ProtectedEnvironmentOrder, before: ProtectedEnvironment?) {
    self.api = api
    self.place = place
    self.order = order
    self.before = before
  }

  private var doing: String { "to \(order.verb) \(order.name.bounded(to: Limits.message)) in \(place.text)" }

  package mutating func start() -> ConversationMove<Outcome> {
    progress = .acting
    return .send(api.request(order, in: place))
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    switch progress {
    case .acting:
      let meaning = api.meaning(of: answer)
      if let refusal = api.refusal(in: answer, doing: doing) {
        guard meaning.mayHaveTakenEffect else { return .end(.refused(explained(refusal))) }
        progress = .settling(refusal, mayCome: ChangeProtectedEnvironmentConversation.mayCome(after: answer))
      } else if case .content(let value) = meaning {
        progress = .confirming(ProtectedEnvironment(value))
      }
      return .send(api.protectedEnvironment(order.name, of: place))
    case .confirming(let told): return .end(confirmed(api.protectedEnvironment(in: answer, order.name, of: place), told))
    case .settling(let refusal, let mayCome):
      let reading = api.protectedEnvironment(in: answer, order.name, of: place)
      return .end(order.outcome(readBack: reading, before: before, after: refusal, mayCome: mayCome))
    }
  }

  private func explained(_ refusal: RelayedRefusal) -> RelayedRefusal {
    if case .protect = order, refusal.status == 404 { return refusal.adding(ProtectedEnvironmentRefusals.unlicensed(api.instance)) }
    return refusal
  }

  /// Whether GitLab may be at it still: whoever hears nothing from it, or from a proxy only that it took too long, has not ended it there (60 s, Puma's
  /// worker timeout).
  private static func mayCome(after answer: Answer) -> Bool {
    switch answer {
    case .success(let response): [502, 504].contains(response.status.code)
    case .failure: true
    }
  }

  /// GitLab said yes.
  private func confirmed(_ reading: Result<ProtectedEnvironment?, RelayedRefusal>, _ told: ProtectedEnvironment?) -> Outcome {
    switch (order, reading) {
    case (.unprotect, .success(nil)): .done(after: nil, deviations: [])
    case (.unprotect, .success(.some)): contradicted("GitLab \(api.instance) said that it is unprotected, and still shows it as protected")
    case (_, .success(let after?)): .done(after: after, deviations: order.deviations(before: before, after: after))
    case (_, .success(nil)): contradicted("GitLab \(api.instance) said that it is protected, and shows nothing of it")
    case (_, .failure(let refusal)):
      .done(
        after: told,
        deviations: (told.map { order.deviations(before: before, after: $0) } ?? [])
          + ["GitLab said that it is done, and it could not be read back (\(refusal.reason)); look again"])
    }
  }

  private func contradicted(_ sentence: String) -> Outcome {
    .unsettled(
      RelayedRefusal(status: 502, message: "502 Bad Gateway - \(sentence): somebody may have changed it since; look at it with GET"))
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .unsettled(RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"))
  }
}

/// Why GitLab did not show or do something, with its own words.
package struct SetupFault: Error, Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    case unauthorized, forbidden, missing, conflict, invalid
    /// Not now. `mayHaveTakenEffect`: what was asked for may have been done.
    case unavailable(mayHaveTakenEffect: Bool)
  }

  package var kind: Kind
  package var message: String

  init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Nil for an answer with content.
  init?(_ meaning: AnswerMeaning) {
    switch meaning {
    case .content: return nil
    case .unauthorized(let message): self.init(.unauthorized, message)
    case .forbidden(let message): self.init(.forbidden, message)
    case .notFound(let message, _): self.init(.missing, message)
    case .moved(let message): self.init(.invalid, "it redirects (\(message)); set the instance's url to where GitLab now is")
    case .invalid(let message, status: 409): self.init(.conflict, message)
    case .invalid(let message, _): self.init(.invalid, message)
    // A path that GitLab does not route is one that its version has not.
    case .unavailable(let message, _, mayHaveTakenEffect: false) where message.hasPrefix("404"): self.init(.missing, "404")
    case .unavailable(let message, _, let mayHave), .unheard(let message, let mayHave):
      self.init(.unavailable(mayHaveTakenEffect: mayHave), message)
    }
  }

  package var isUnavailable: Bool { if case .unavailable = kind { true } else { false } }

  /// Of a path that this version has for another purpose only.
  package var isMethodUnknown: Bool { kind == .invalid && message.hasPrefix("405") }
}

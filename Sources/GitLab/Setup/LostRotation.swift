package import Calendar
package import JSON

/// A token was asked to rotate itself, and GitLab's answer was lost. GitLab gives the new token the name of the old one, and others may have it too: what
/// was known before it was asked tells which is the one that nobody has.
package struct LostRotation: Sendable, Hashable {
  package enum Verdict: Sendable, Hashable {
    /// The rotation was not done, or what it made is gone.
    case nothing
    /// This one was made by it, and nobody has it.
    case made(AccessTokenReading)
    /// It may be one of these, or none.
    case untold([AccessTokenReading])
  }

  /// GitLab may come to a request long after we have given it up.
  private static let window: Duration = .seconds(600)

  package var name: String
  /// The one that was asked, where that was noted.
  package var old: Int64?
  /// The account's tokens that served then; nil where they were not listed.
  package var known: Set<Int64>?
  /// When it was asked, by GitLab's own clock.
  package var askedAt: Instant?

  package init(name: String, old: Int64?, known: Set<Int64>?, askedAt: Instant?) {
    self.name = name
    self.old = old
    self.known = known
    self.askedAt = askedAt
  }

  /// Nil for a record of anything else.
  package init?(_ trace: SetupTrace) {
    guard trace.isOwnRotation else { return nil }
    name = trace.change.name
    old = trace.before["old"]?.integer
    known = (trace.before["known"]?.array).map { Set($0.compactMap(\.integer)) }
    askedAt = trace.before["asked_at"]?.integer.map { Instant(milliseconds: $0) }
  }

  /// What a record keeps before GitLab is asked.
  package var json: JSONValue {
    [
      "rotates": true, "old": .optional(old), "known": known.map { .array($0.sorted().map(JSONValue.integer)) } ?? .null,
      "asked_at": .optional(askedAt?.milliseconds),
    ]
  }

  /// - Parameter tokens: the account's that serve.
  package func verdict(among tokens: [AccessTokenReading]) -> Verdict {
    let active = tokens.filter(\.isActive)
    if let old, active.contains(where: { $0.id == old }) { return .nothing }
    let alike = active.filter { token in
      token.name == name && token.id != old && (old.map { $0 < token.id } ?? true) && known?.contains(token.id) != true
        && isInTime(token)
    }
    guard let first = alike.first else { return .nothing }
    // Without what was known before, one of the same name may be anybody's.
    guard old != nil, known != nil || (askedAt != nil && first.createdAt != nil), alike.count == 1 else { return .untold(alike) }
    return .made(first)
  }

  private func isInTime(_ token: AccessTokenReading) -> Bool {
    guard let askedAt, let createdAt = token.createdAt else { return true }
    // GitLab's Date has whole seconds.
    return createdAt + .seconds(1) > askedAt && createdAt < askedAt + Self.window
  }
}

extension SetupTrace {
  /// Whether it is of a token that was asked to rotate itself.
  package var isOwnRotation: Bool { change.kind == .token && before["rotates"]?.bool == true }
}

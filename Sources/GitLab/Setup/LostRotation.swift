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
  /// Within this it came to it at once, and nobody has made another by hand: GitLab gives a request of its own up after 60 s (Puma's worker timeout).
  private static let promptly: Duration = .seconds(60)

  package var name: String
  /// The one that was asked, where that was noted.
  package var old: Int64?
  /// The account's tokens of then; nil where they were not listed.
  package var known: Set<Int64>?
  /// When it was asked, by GitLab's own clock.
  package var askedAt: Instant?
  /// The day that was asked for as its end; nil where that was not noted.
  package var endsOn: String?
  /// Those among which it could not be told when they were looked at first. Nil until then: a person who is to choose among them ends one, and the one
  /// that is left would be taken for ours.
  package var candidates: Set<Int64>?

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
    known = LostRotation.ids(trace.before["known"])
    endsOn = trace.change.expiresOn
    askedAt = trace.before["asked_at"]?.integer.map { Instant(milliseconds: $0) }
    candidates = LostRotation.ids(trace.before["untold"])
  }

  /// What a record keeps before GitLab is asked.
  package var json: JSONValue {
    [
      "rotates": true, "old": .optional(old), "known": LostRotation.json(known), "asked_at": .optional(askedAt?.milliseconds),
      "untold": LostRotation.json(candidates),
    ]
  }

  private static func ids(_ json: JSONValue?) -> Set<Int64>? { (json?.array).map { Set($0.compactMap(\.integer)) } }

  private static func json(_ ids: Set<Int64>?) -> JSONValue { ids.map { .array($0.sorted().map(JSONValue.integer)) } ?? .null }

  /// Only what can be told from any that somebody may have made by hand is taken for it.
  ///
  /// - Parameters:
  ///   - tokens: the account's, those too that serve no more.
  ///   - own: the one that is where `token` says, if it is one of them: it is used, and was perhaps made by that rotation all the same.
  package func verdict(among tokens: [AccessTokenReading], own: Int64? = nil) -> Verdict {
    let active = tokens.filter(\.isActive)
    if let old, active.contains(where: { $0.id == old }) { return .nothing }
    // Whoever was to choose has ended one.
    if let candidates, !candidates.isSubset(of: active.map(\.id)) { return .nothing }
    let alike = tokens.filter { token in
      token.name == name && token.id != old && (old.map { $0 < token.id } ?? true) && known?.contains(token.id) != true
        && candidates?.contains(token.id) != false && isInTime(token)
        // Whoever uses one has it.
        && (token.lastUsedAt == nil || token.id == own)
    }
    let serving = alike.filter(\.isActive)
    guard let first = serving.first else { return .nothing }
    // Without what was known before, one of the same name may be anybody's; and so may one that came later, or at nobody knows what time, has another
    // end than was asked for, or is beside one that is revoked by now.
    if old != nil, candidates == nil, alike.count == 1, known != nil || (askedAt != nil && first.createdAt != nil), isPrompt(first),
      hasItsEnd(first)
    {
      return .made(first)
    }
    // What is in our file alone is somebody's.
    return serving.count == 1 && first.id == own ? .nothing : .untold(serving)
  }

  /// What may be one too many, and what to do: for people.
  package func sentence(untold tokens: [AccessTokenReading]) -> String {
    let all = tokens.map(\.text).joined(separator: "; ")
    let which =
      tokens.count == 1
      ? "a rotation whose answer was lost may have made this one, and whether it has cannot be told: \(all). It is not revoked"
      : "a rotation whose answer was lost may have made one of these, and which cannot be told: \(all). None is revoked"
    return which
      + (candidates == nil
        ? ": run `gatehouse setup apply`, which writes that down and says what to do; end none before"
        : ": see in GitLab which is used, and revoke the one that nobody uses")
  }

  private func isPrompt(_ token: AccessTokenReading) -> Bool {
    guard let createdAt = token.createdAt else { return true }
    return askedAt.map { createdAt < $0 + Self.promptly } ?? false
  }

  /// The one that was asked for, or the week that GitLab gives where it takes none (before 17.9; facts F).
  private func hasItsEnd(_ token: AccessTokenReading) -> Bool {
    guard let endsOn else { return true }
    func day(_ instant: Instant) -> String { String(instant.iso8601.prefix(10)) }
    let aWeekLater = token.createdAt.map { $0 + .seconds(7 * 86_400) }
    return [endsOn, aWeekLater.map(day)].contains(token.expiresAt.map(day))
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

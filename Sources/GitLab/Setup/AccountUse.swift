/// What stands in GitLab and needs the service account: without it that would go, or wait for it for ever.
package struct AccountUse: Sendable, Hashable {
  /// A protected environment or tier that names the account.
  package struct Protection: Sendable, Hashable {
    package var place: SetupPlace
    package var name: String
    /// The elements that name it.
    var rows: Set<Int64>

    var text: String { "protected \(place.level == .group ? "tier" : "environment") \(name.bounded(to: 80)) of \(place.text)" }
  }

  /// A place of which GitLab does not show what is protected there, where something may wait for the account.
  package struct Unseen: Sendable, Hashable {
    package var place: SetupPlace
    package var reason: String
  }

  package var protections: [Protection] = []
  package var unseen: [Unseen] = []
  /// Memberships that a person has left to others, and that stand.
  package var memberships: [SetupPlace] = []
  /// What is in a group, by the endpoint of each: paths change.
  var contents: [String: Set<String>] = [:]

  package init() {}

  /// Whether what is in the second place is there through the first.
  private func reaches(_ place: SetupPlace, from other: SetupPlace) -> Bool {
    if place.endpoint == other.endpoint || contents[other.endpoint]?.contains(place.endpoint) == true { return true }
    guard other.level == .group, let outer = other.path, let inner = place.path, !outer.isEmpty else { return false }
    return inner.lowercased().hasPrefix(outer.lowercased() + "/")
  }

  /// Why the account itself stays, or what it needs to decide; nil where nothing waits for it.
  ///
  /// - Parameters:
  ///   - place: of a membership, which only what is there needs.
  ///   - records: of apply's.
  package func reasonToStay(in place: SetupPlace? = nil, records: [SetupTrace]) -> String? {
    let naming = protections.filter { one in place.map { reaches(one.place, from: $0) } ?? true }
    guard !naming.isEmpty else { return nil }
    let own = Set(records.flatMap { $0.deployRows + $0.approvalRows })
    let others = naming.filter { $0.rows.isDisjoint(with: own) }
    let named =
      others.isEmpty
      ? "\(some(naming.map(\.text))) names the account still" : "others have named the account in \(some(naming.map(\.text)))"
    return
      "\(named), which could wait for it for ever: it stays, and with it the account and its token. Take the account out there (Settings > CI/CD > "
      + "Protected environments), and undo again"
  }

  /// Why it stays although nothing is known to wait for it: what may is not shown.
  package func reasonForDoubt(in place: SetupPlace? = nil, discarding thing: String) -> String? {
    let hidden = unseen.filter { one in place.map { reaches(one.place, from: $0) } ?? true }
    guard let first = hidden.first else { return nil }
    return
      "whether protected environments of \(some(hidden.map(\.place.text))) wait for the account GitLab does not show (\(first.reason)): undo again with "
      + "the token of a Maintainer there; where you know that none does, `gatehouse setup undo --discard-changes \"\(thing)\"`"
  }

  private func some(_ things: [String]) -> String {
    let more = things.count - 5
    return things.prefix(5).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}

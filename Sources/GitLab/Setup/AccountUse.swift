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

  /// A place of which it is not known what is protected there, where something may wait for the account. The instance stands for places of which it
  /// is not known either whether the account is in them.
  package struct Unseen: Sendable, Hashable {
    package enum Why: Sendable, Hashable {
      /// GitLab does not show it to this person.
      case hidden
      /// GitLab has no time for it now.
      case later
      /// There is too much to look at.
      case tooMuch
    }

    package var place: SetupPlace
    package var reason: String
    package var why = Why.hidden

    var text: String { place == .instance ? "what else the account is in" : place.text }
  }

  package var protections: [Protection] = []
  package private(set) var unseen: [Unseen] = []
  private var unseenPlaces: Set<String> = []
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
    guard !hidden.isEmpty else { return nil }
    var parts: [String] = []
    func told(_ why: Unseen.Why, _ sentence: (_ places: String, _ reason: String) -> String) {
      let places = hidden.filter { $0.why == why }
      if let first = places.first { parts.append(sentence(some(places.map(\.text)), first.reason)) }
    }
    told(.hidden) {
      "whether protected environments of \($0) wait for the account GitLab does not show (\($1)): undo again with the token of a Maintainer there"
    }
    told(.later) {
      "protected environments of \($0) were not looked at (\($1)), and whether they wait for the account is not known: undo again later"
    }
    told(.tooMuch) { "protected environments of \($0) were not looked at (\($1)), and whether they wait for the account is not known" }
    return parts.joined(separator: "; ") + "; where you know that none does, `gatehouse setup undo --discard-changes \"\(thing)\"`"
  }

  /// Of a place that is not looked at for more than one reason the first is told.
  mutating func note(unseen place: SetupPlace, _ reason: String, _ why: Unseen.Why) {
    if unseenPlaces.insert(place.endpoint).inserted { unseen.append(Unseen(place: place, reason: reason, why: why)) }
  }

  private func some(_ things: [String]) -> String {
    let more = things.count - 5
    return things.prefix(5).joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
  }
}

internal import Calendar
internal import GitLab

/// The parameters of a query, each at most once and each known. Reads them as what they must be.
struct QueryParameters: Sendable {
  private var values: [(name: String, value: String)] = []

  init() {}

  /// Throws 400 for a query that cannot be read, a name that is not `known`, and one that is repeated.
  init(_ query: String?, known: [String]) throws(Fault) {
    for pair in try QueryParameters.pairs(query ?? "") {
      guard known.contains(pair.name) else { throw .unknownParameter(pair.name, known: known) }
      guard !values.contains(where: { $0.name == pair.name }) else { throw .repeatedParameter(pair.name) }
      values.append(pair)
    }
  }

  /// An empty value is refused: a script with an unset variable would else get everything, or nothing, and not know why.
  func text(_ name: String) throws(Fault) -> String? {
    guard let value = values.first(where: { $0.name == name })?.value else { return nil }
    guard !value.isEmpty else { throw .invalidValue(name, "is empty; give it a value or leave it out") }
    guard value.unicodeScalars.count <= Limits.name else { throw .invalidValue(name, "is longer than \(Limits.name) characters") }
    return value
  }

  func choice(_ name: String, of known: [String]) throws(Fault) -> String? {
    guard let value = try text(name) else { return nil }
    guard known.contains(value) else { throw .invalidValue(name, "is one of \(known.joined(separator: ", ")); not '\(value)'") }
    return value
  }

  func instant(_ name: String) throws(Fault) -> Instant? {
    guard let value = try text(name) else { return nil }
    guard let instant = Instant(iso8601: value) else {
      throw .invalidValue(name, "is no time; write ISO 8601, such as 2026-09-03T09:15:02Z or 2026-09-03 (a plus sign in a query is %2B)")
    }
    return instant
  }

  func limit() throws(Fault) -> Int {
    guard let value = try text("limit") else { return Limits.defaultPageSize }
    // By hand: `Int` also reads a sign.
    guard value.utf8.count <= 9, value.utf8.allSatisfy(\.isDigit), let limit = Int(value), (1...Limits.pageSize).contains(limit) else {
      throw .invalidValue("limit", "is a whole number from 1 to \(Limits.pageSize)")
    }
    return limit
  }

  /// A whole number above zero, of GitLab's API, whose words are its own: "page is invalid".
  func positive(_ name: String) throws(RelayedRefusal) -> Int64? {
    guard let value = values.first(where: { $0.name == name })?.value else { return nil }
    guard value.utf8.count <= 9, value.utf8.allSatisfy(\.isDigit), let number = Int64(value), number > 0 else {
      throw RelayedRefusal(status: 400, message: "400 Bad Request - \(name) is invalid; it is a whole number from 1 on")
    }
    return number
  }

  /// Where a page before ended.
  func cursor() throws(Fault) -> Int64? {
    guard let value = try text("cursor") else { return nil }
    guard value.utf8.count <= 18, value.utf8.allSatisfy(\.isDigit), let cursor = Int64(value) else {
      throw .invalidValue("cursor", "is none of ours; take next_cursor from the page before, or leave it out to begin at the beginning")
    }
    return cursor
  }

  /// The same query with one parameter set anew.
  func asking(for value: String, as name: String) -> String {
    let kept = values.filter { $0.name != name } + [(name, value)]
    return kept.map { "\($0.name.percentEncoded)=\($0.value.percentEncoded)" }.joined(separator: "&")
  }

  private static func pairs(_ query: String) throws(Fault) -> [(name: String, value: String)] {
    var pairs: [(name: String, value: String)] = []
    for pair in Substring(query).utf8.split(separator: UInt8(ascii: "&")) {
      let halves = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      let name = halves[0].percentDecoded(plusIsSpace: true)
      let value = halves.count > 1 ? halves[1].percentDecoded(plusIsSpace: true) : ""
      guard let name, let value, !name.isEmpty, !name.hasControls(), !value.hasControls() else { throw .malformedQuery }
      pairs.append((name, value))
    }
    return pairs
  }
}

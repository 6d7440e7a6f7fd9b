/// The statements of a connection that were used last, prepared. The text of a query depends on its filters, and their combinations run into the
/// thousands: whoever may read could have them all prepared, at tens of kilobytes each.
struct StatementCache {
  /// All that the program's ways through the day use, several times over.
  static let limit = 128

  /// The texts differ in their lengths, mostly; and two that are equal are the same literal, mostly. So neither all of a text is hashed nor
  /// all of two compared at each use.
  private struct Key: Hashable {
    var sql: String

    func hash(into hasher: inout Hasher) { hasher.combine(sql.utf8.count) }
  }

  private var entries: [Key: (statement: Statement, used: UInt64)] = [:]
  private var uses: UInt64 = 0

  var count: Int { entries.count }

  subscript(sql: String) -> Statement? {
    mutating get {
      guard let index = entries.index(forKey: Key(sql: sql)) else { return nil }
      uses += 1
      entries.values[index].used = uses
      return entries.values[index].statement
    }
  }

  mutating func keep(_ statement: Statement, for sql: String) {
    if entries.count >= StatementCache.limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) { entries[oldest.key] = nil }
    uses += 1
    entries[Key(sql: sql)] = (statement, uses)
  }
}

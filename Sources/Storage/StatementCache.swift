/// The statements of a connection that were used last, prepared. The text of a query depends on its filters, and their combinations run into the
/// thousands: whoever may read could have them all prepared, at tens of kilobytes each.
struct StatementCache {
  /// All that the program's ways through the day use, several times over.
  static let limit = 128

  private var entries: [String: (statement: Statement, used: UInt64)] = [:]
  private var uses: UInt64 = 0

  var count: Int { entries.count }

  subscript(sql: String) -> Statement? {
    mutating get {
      guard let index = entries.index(forKey: sql) else { return nil }
      uses += 1
      entries.values[index].used = uses
      return entries.values[index].statement
    }
  }

  mutating func keep(_ statement: Statement, for sql: String) {
    if entries.count >= StatementCache.limit, let oldest = entries.min(by: { $0.value.used < $1.value.used }) { entries[oldest.key] = nil }
    uses += 1
    entries[sql] = (statement, uses)
  }
}

/// Rows by id. Listed in the order of their ids, so that nothing depends on how a dictionary happens to be laid out.
package struct Table<Row: Identifiable & Sendable>: Sendable where Row.ID == Int64 {
  private var rows: [Int64: Row] = [:]

  package init(_ rows: [Row] = []) {
    for row in rows { insert(row) }
  }

  package var all: [Row] { rows.values.sorted { $0.id < $1.id } }

  package func find(_ id: Int64?) -> Row? { id.flatMap { rows[$0] } }

  package mutating func insert(_ row: Row) { rows[row.id] = row }

  package mutating func remove(_ id: Int64) { rows[id] = nil }

  /// The row that must be there: an id that this world has given out itself.
  package subscript(id: Int64) -> Row {
    get {
      guard let row = rows[id] else {
        preconditionFailure("there is no \(Row.self) \(id) in this world; use find(_:) when it may be missing")
      }
      return row
    }
    set { rows[id] = newValue }
  }
}

/// The latest entries of a record; the oldest go when it is full, so that a demo can run for weeks.
package struct Journal<Entry: Sendable>: Sendable {
  package private(set) var entries: [Entry] = []

  mutating func append(_ entry: Entry) {
    if entries.count >= Limits.journalEntries { entries.removeFirst(Limits.journalEntries / 10) }
    entries.append(entry)
  }

  /// Forgets everything, so that a test can look at what happens from here on.
  package mutating func clear() { entries.removeAll() }
}

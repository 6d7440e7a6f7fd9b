/// Rows in the order of their ids, which is nearly always the order in which they are made.
package struct Table<Row: Identifiable & Sendable>: Sendable where Row.ID == Int64 {
  package private(set) var all: [Row] = []

  package init() {}

  package func find(_ id: Int64?) -> Row? {
    guard let id else { return nil }
    let place = place(of: id)
    return place < all.count && all[place].id == id ? all[place] : nil
  }

  /// Adds a row, or replaces the one with its id.
  package mutating func insert(_ row: Row) {
    let place = place(of: row.id)
    if place < all.count, all[place].id == row.id { all[place] = row } else { all.insert(row, at: place) }
  }

  package mutating func remove(_ id: Int64) { all.removeAll { $0.id == id } }

  /// The row that must be there: an id that this world has given out itself.
  package subscript(id: Int64) -> Row {
    get { all[existingPlace(of: id)] }
    _modify { yield &all[existingPlace(of: id)] }
  }

  private func existingPlace(of id: Int64) -> Int {
    let place = place(of: id)
    precondition(
      place < all.count && all[place].id == id, "there is no \(Row.self) \(id) in this world; use find(_:) when it may be missing")
    return place
  }

  /// Where the id stands, or would have to stand.
  private func place(of id: Int64) -> Int {
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if all[middle].id < id { low = middle + 1 } else { high = middle }
    }
    return low
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

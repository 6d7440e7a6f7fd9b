package import Calendar

/// One consistent view of the database at one instant. Table files extend it with what they can read.
package class Reading {
  package let connection: Connection
  /// The one instant this view or transaction happens at. Nothing in the core asks a clock.
  package let now: Instant

  package init(connection: Connection, now: Instant) {
    self.connection = connection
    self.now = now
  }
}

/// One transaction: a view that may write. All that it writes stands together or not at all.
package final class Transaction: Reading {}

extension Connection {
  /// Runs `body` in a transaction of its own and commits it. For verbs and tests; the server's writes go through `Writer`.
  package func transaction<Value>(at now: Instant, _ body: (Transaction) throws -> Value) throws -> Value {
    try begin()
    do {
      let value = try body(Transaction(connection: self, now: now))
      try commit()
      return value
    } catch {
      rollBack()
      throw error
    }
  }

  /// Runs `body` on one consistent view.
  package func reading<Value>(at now: Instant, _ body: (Reading) throws -> Value) throws -> Value {
    try beginReading()
    defer { rollBack() }
    return try body(Reading(connection: self, now: now))
  }

  /// The view is of the moment of its first query.
  func beginReading() throws(StorageError) { try execute("BEGIN") }

  /// `BEGIN IMMEDIATE` takes the write lock now, so that no transaction fails half way because another one wrote first.
  func begin() throws(StorageError) {
    try fault?(.begin)
    try execute("BEGIN IMMEDIATE")
  }

  func commit() throws(StorageError) {
    try fault?(.commit)
    try execute("COMMIT")
    try fault?(.committed)
  }

  func rollBack() {
    guard isInTransaction else { return }
    // Fails only where SQLite has rolled back by itself already.
    _ = try? execute("ROLLBACK")
  }
}

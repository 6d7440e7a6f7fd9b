import CSQLite
import Glibc

/// One connection to the database file, used by one thread at a time. Not Sendable: whoever opens it keeps it.
package final class Connection {
  package enum Access: Sendable {
    case readWrite
    case readOnly
  }

  /// Where a test may let the disk fail or the process die. Nil in production.
  package enum FaultPoint: Sendable, Hashable {
    case begin, step, commit, committed
  }

  package static let busyTimeout: Int32 = 5_000
  /// How long the write-ahead log grows before it is carried over into the database: 8 MB. With SQLite's own 1000 pages a burst carries most of them
  /// over several times; with 4000 a webhook takes 8 % less processor time, but all wait for 16 ms meanwhile.
  package static let checkpointPages = 2_000

  let handle: OpaquePointer
  package let path: String
  private var statements = StatementCache()
  package var fault: ((FaultPoint) throws(StorageError) -> Void)?
  /// No other connection of this process has it, or ever had.
  let number = Connection.nextNumber()

  /// SQLite keeps books of its memory under one lock for all threads, taken twice for each value that a query reads. Nobody looks at them.
  private static let library: Void = { _ = csqlite_count_no_memory() }()

  /// Opens the file (creates it when `access` is readWrite), in WAL mode with every commit synced, foreign keys on, and reads each back: a
  /// file system that cannot do it is refused here and not found out after a power cut.
  package init(path: String, access: Access) throws(StorageError) {
    if access == .readWrite { DatabaseFolder.make(for: path) }
    _ = Connection.library
    var handle: OpaquePointer?
    let flags = access == .readWrite ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY
    let code = sqlite3_open_v2(path, &handle, flags | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
    guard code == SQLITE_OK, let handle else {
      let reason = handle.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
      sqlite3_close_v2(handle)
      throw .cannotOpen(
        "cannot open the database \(path): \(reason); does the folder above it exist, and may this user write there and to the file? "
          + "What root made is root's")
    }
    self.handle = handle
    self.path = path
    // What throws from here on runs `deinit`, for everything is initialised: that closes the handle, once.
    if access == .readWrite { try switchToWriteAheadLog() }
    sqlite3_busy_timeout(handle, Connection.busyTimeout)
    try run("PRAGMA foreign_keys = ON")
    try expect("PRAGMA foreign_keys", "1")
    try run("PRAGMA synchronous = FULL")
    try expect("PRAGMA synchronous", "2")
    // What a savepoint must be able to take back is a few pages; SQLite would write them to a file.
    try run("PRAGMA temp_store = MEMORY")
    if access == .readWrite { _ = try query("PRAGMA wal_autocheckpoint = \(Connection.checkpointPages)") { $0.requiredInteger(0) } }
    if access == .readOnly { try run("PRAGMA query_only = ON") }
  }

  deinit {
    statements = StatementCache()
    sqlite3_close_v2(handle)
  }

  /// Two that open a new file at once stand in each other's way, and SQLite refuses one without waiting. So no busy timeout is set yet, and as
  /// long as that is waited here.
  private func switchToWriteAheadLog() throws(StorageError) {
    let step: Int32 = 5
    for _ in 0..<(Connection.busyTimeout / step) {
      do throws(StorageError) {
        return try expect("PRAGMA journal_mode = WAL", "wal")
      } catch {
        guard case .busy = error else { throw error }
        usleep(UInt32(step) * 1_000)
      }
    }
    try expect("PRAGMA journal_mode = WAL", "wal")
  }

  private func expect(_ pragma: String, _ wanted: String) throws(StorageError) {
    let found = try query(pragma) { row in row.text(0) ?? "" }.first ?? ""
    guard found == wanted else {
      throw .cannotOpen("\(pragma) answered '\(found)' instead of '\(wanted)' for \(path): use a local file system that can do it")
    }
  }

  /// Runs statements without parameters and rows, one after another.
  package func run(_ sql: String) throws(StorageError) {
    let code = sqlite3_exec(handle, sql, nil, nil, nil)
    guard code == SQLITE_OK else { throw error(code, during: "running a statement") }
  }

  /// A statement of this text, prepared once. Whoever runs it resets it.
  func statement(_ sql: String) throws(StorageError) -> Statement {
    if let cached = statements[sql] { return cached }
    let statement = try Statement(connection: self, sql: sql)
    statements.keep(statement, for: sql)
    return statement
  }

  /// Runs a statement that changes rows; says how many it changed.
  @discardableResult
  package func execute<each Value: Bindable>(_ sql: String, _ values: repeat each Value) throws(StorageError) -> Int {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(repeat each values)
    while try statement.step() {}
    return Int(sqlite3_changes64(handle))
  }

  package func query<Found, each Value: Bindable>(
    _ sql: String, _ values: repeat each Value, row: (Row) -> Found
  ) throws(StorageError) -> [Found] {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(repeat each values)
    return try rows(of: statement, row)
  }

  /// For a query whose filters, and so its values, differ from one time to the next.
  package func query<Found>(_ sql: String, all values: [(any Bindable)?], row: (Row) -> Found) throws(StorageError) -> [Found] {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(all: values)
    return try rows(of: statement, row)
  }

  private func rows<Found>(of statement: Statement, _ row: (Row) -> Found) throws(StorageError) -> [Found] {
    var found: [Found] = []
    while try statement.step() { found.append(row(Row(statement: statement.handle))) }
    return found
  }

  /// The only row of a query by key, if there is one.
  package func first<Found, each Value: Bindable>(
    _ sql: String, _ values: repeat each Value, row: (Row) -> Found
  ) throws(StorageError) -> Found? {
    let statement = try statement(sql)
    defer { statement.reset() }
    try statement.bind(repeat each values)
    return try statement.step() ? row(Row(statement: statement.handle)) : nil
  }

  /// Statements that are kept prepared.
  package var preparedCount: Int { statements.count }

  /// How many rows were ever changed here, by triggers too; what was taken back counts.
  var changeCount: Int64 { sqlite3_total_changes64(handle) }

  package var lastInsertedID: Int64 { sqlite3_last_insert_rowid(handle) }

  /// False while no transaction is open: SQLite rolls back by itself on some errors (https://sqlite.org/lang_transaction.html).
  package var isInTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

  func error(_ code: Int32, during action: String) -> StorageError {
    // First of all, before anything else sets it. `sqlite3_system_errno` is not told of what fails in a commit (SQLite 3.40).
    let systemError = errno
    return StorageError(code: code, systemError: systemError, message: String(cString: sqlite3_errmsg(handle)), during: action)
  }
}

import CSQLite
import Storage

/// The bare C interface, without anything of ours between: the floor that the server stands on.
final class SQLite {
  private let handle: OpaquePointer

  init(_ path: String) throws {
    var handle: OpaquePointer?
    guard sqlite3_open_v2(path, &handle, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK, let handle else {
      throw Trouble("cannot open \(path)")
    }
    self.handle = handle
  }

  deinit { sqlite3_close_v2(handle) }

  func run(_ sql: String) throws {
    guard sqlite3_exec(handle, sql, nil, nil, nil) == SQLITE_OK else { throw Trouble(String(cString: sqlite3_errmsg(handle))) }
  }

  func prepare(_ sql: String) throws -> OpaquePointer {
    var statement: OpaquePointer?
    guard sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &statement, nil) == SQLITE_OK, let statement else {
      throw Trouble(String(cString: sqlite3_errmsg(handle)))
    }
    return statement
  }

  func rows(_ sql: String, _ each: (String) -> Void) throws {
    let statement = try prepare(sql)
    defer { sqlite3_finalize(statement) }
    while sqlite3_step(statement) == SQLITE_ROW { each(sqlite3_column_text(statement, 0).map { String(cString: $0) } ?? "") }
  }

  var lastID: Int64 { sqlite3_last_insert_rowid(handle) }
}

/// The rows that a webhook leaves (delivery, deployment, outbox), in the same schema and with the same settings of the file, written by one
/// thread that does nothing else.
final class Floor {
  private let sqlite: SQLite
  private let statements: [OpaquePointer]
  private let begin: OpaquePointer
  private let commit: OpaquePointer
  private var number = 0

  init(folder: String) throws {
    let path = folder + "/floor.db"
    try Migrator.migrate(try Connection(path: path, access: .readWrite))
    sqlite = try SQLite(path)
    try sqlite.run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON")
    try sqlite.run("PRAGMA wal_autocheckpoint = \(Connection.checkpointPages)")
    statements = [
      try sqlite.prepare(
        """
        INSERT INTO delivery (instance, idempotency_key, event, meaning, result, reason, request_id, received_at, body)
        VALUES ('main', ?1, 'Deployment Hook', ?2, 'recorded', NULL, ?3, ?4, ?5)
        """),
      try sqlite.prepare(
        """
        INSERT INTO deployment (instance, project_id, deployment_id, status, environment, job_id, first_seen_at, first_seen_by)
        VALUES ('main', 30, ?1, 'blocked', 'production', 79601, ?2, 'webhook')
        """),
      try sqlite.prepare(
        """
        INSERT INTO outbox (instance, step, deployment, state, due_at, request_id, created_at)
        VALUES ('main', 'inspect', ?1, 'pending', ?2, ?3, ?2)
        """),
    ]
    begin = try sqlite.prepare("BEGIN IMMEDIATE")
    commit = try sqlite.prepare("COMMIT")
  }

  deinit { for statement in statements + [begin, commit] { sqlite3_finalize(statement) } }

  /// Transactions of `batch` webhooks each, one after another.
  func run(batch: Int, for seconds: Double, body: Body) throws -> Measurement {
    var seen = Measurement()
    let (began, used) = (now(), threadTime())
    while now() < began + seconds {
      let start = now()
      try step(begin)
      for _ in 0..<batch {
        try write(body.bytes(number))
        seen.answered.append(number)
        number += 1
      }
      try step(commit)
      let took = (now() - start) * 1_000_000
      for _ in 0..<batch { seen.latencies.append(took) }
    }
    seen.seconds = now() - began
    seen.commits = 1 / Double(batch)
    seen.processor = (threadTime() - used) / Double(max(1, seen.answered.count)) * 1_000_000
    return seen
  }

  private func write(_ body: [UInt8]) throws {
    let time: Int64 = 1_790_000_000_000
    bind(statements[0], 1, Body.key(number))
    bind(statements[0], 2, "30/\(Body.deployment(number))/blocked/0")
    bind(statements[0], 3, "0123456789abcdef")
    sqlite3_bind_int64(statements[0], 4, time)
    // Null for the destructor is SQLITE_STATIC: the memory stays until the step is over.
    try body.withUnsafeBytes { bytes in
      sqlite3_bind_blob64(statements[0], 5, bytes.baseAddress, UInt64(bytes.count), nil)
      try step(statements[0])
    }
    sqlite3_bind_int64(statements[1], 1, Int64(Body.deployment(number)))
    sqlite3_bind_int64(statements[1], 2, time)
    try step(statements[1])
    sqlite3_bind_int64(statements[2], 1, sqlite.lastID)
    sqlite3_bind_int64(statements[2], 2, time)
    bind(statements[2], 3, "0123456789abcdef")
    try step(statements[2])
  }

  private func bind(_ statement: OpaquePointer, _ index: Int32, _ text: String) {
    // -1 is SQLITE_TRANSIENT: the text is gone after the call.
    sqlite3_bind_text(statement, index, text, Int32(text.utf8.count), unsafeBitCast(-1, to: sqlite3_destructor_type.self))
  }

  private func step(_ statement: OpaquePointer) throws {
    defer { sqlite3_reset(statement) }
    guard sqlite3_step(statement) == SQLITE_DONE else { throw Trouble("bare SQLite does not write: its disk may be full") }
  }
}

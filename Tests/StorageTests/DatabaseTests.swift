import Calendar
import ChangeControl
import Glibc
import JSON
import Storage
import TestSupport
import Testing

@Suite struct DatabaseTests {
  let folder = TemporaryFolder()
  let at = Instant(milliseconds: 1_000)

  func database() throws -> Connection {
    let connection = try Connection(path: folder.file("test.db"), access: .readWrite)
    try Migrator.migrate(connection)
    return connection
  }

  @Test func opensDurably() throws {
    let connection = try database()
    #expect(try connection.query("PRAGMA journal_mode") { $0.requiredText(0) } == ["wal"])
    #expect(try connection.query("PRAGMA synchronous") { $0.requiredInteger(0) } == [2])
    #expect(try connection.query("PRAGMA foreign_keys") { $0.requiredInteger(0) } == [1])
    #expect(try connection.integrityProblems() == [])
  }

  /// Savepoints and the lists in CHECKs need temporary space at each write.
  @Test func whatIsTemporaryStaysInMemory() throws {
    #expect(try database().query("PRAGMA temp_store") { $0.requiredInteger(0) } == [2])
  }

  /// A burst of 6 MB waits in the log: with SQLite's own thousand pages the file would have grown meanwhile.
  @Test func aBurstStaysInTheLog() throws {
    let connection = try database()
    try connection.run("CREATE TABLE large (bytes BLOB NOT NULL) STRICT")
    let before = size(of: connection.path)
    for _ in 0..<15 {
      try connection.transaction(at: at) { transaction in
        for _ in 0..<100 { try transaction.connection.execute("INSERT INTO large VALUES (zeroblob(3500))") }
      }
    }
    #expect(size(of: connection.path) == before)
  }

  private func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : -1
  }

  @Test func everyTableIsStrict() throws {
    let loose = try database().query(
      "SELECT name FROM pragma_table_list WHERE schema = 'main' AND type = 'table' AND NOT strict AND name NOT LIKE 'sqlite_%'"
    ) { $0.requiredText(0) }
    #expect(loose == [])
  }

  @Test func migratingTwiceDoesNothing() throws {
    let connection = try database()
    #expect(try Migrator.migrate(connection).applied == [])
  }

  /// SQLite does not wait where two want to switch a new file to WAL mode, whatever its busy timeout is.
  @Test func manyMayMakeItAtOnce() async throws {
    for round in 0..<40 {
      let path = folder.file("new\(round).db")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<4 { group.addTask { _ = try Connection(path: path, access: .readWrite) } }
        try await group.waitForAll()
      }
    }
  }

  /// `serve` and `token create` on a database that is not there yet: each step is one process's, whichever comes first.
  @Test func manyMayMigrateAtOnce() async throws {
    let path = folder.file("shared.db")
    let applied = try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<4 { group.addTask { try Migrator.migrate(Connection(path: path, access: .readWrite)).applied } }
      return try await group.reduce(into: []) { $0 += $1 }
    }
    #expect(applied.sorted() == Migrator.steps.map(\.name))
  }

  @Test func anEditedMigrationIsRefused() throws {
    let connection = try database()
    var steps = Migrator.steps
    steps[0].sql += "\n-- edited"
    #expect { try Migrator.migrate(connection, steps: steps) } throws: { "\($0)".contains("was changed after it ran") }
  }

  @Test func aNewerDatabaseIsRefused() throws {
    let connection = try database()
    try connection.run("INSERT INTO schema_migration VALUES (999, '999-future.sql', 'x')")
    #expect { try Migrator.migrate(connection) } throws: { "\($0)".contains("newer gatehouse") }
  }

  @Test func aMigrationThatFailsLeavesNothing() throws {
    let connection = try database()
    let broken = Migrator.Step(
      version: 500, name: "500-broken.sql", sql: "CREATE TABLE half (a TEXT) STRICT; CREATE TABLE half (a TEXT) STRICT;")
    let whole = Migrator.Step(version: 499, name: "499-whole.sql", sql: "CREATE TABLE whole (a TEXT) STRICT")
    #expect { try Migrator.migrate(connection, steps: Migrator.steps + [whole, broken]) } throws: {
      "\($0)".contains("migration 500-broken.sql failed, the database is as it was before")
    }
    // Neither of it nor of the one before: the former version goes on with this database.
    #expect(try connection.query("SELECT 1 FROM sqlite_schema WHERE name IN ('half', 'whole')") { _ in true }.isEmpty)
    #expect(try Migrator.migrate(connection).applied == [])
  }

  @Test func onlyOneProcessServesFromADatabase() throws {
    let path = folder.file("test.db")
    #expect(!DatabaseLock.isHeld(databasePath: path))
    let lock = try DatabaseLock(databasePath: path)
    #expect(DatabaseLock.isHeld(databasePath: path))
    #expect { try DatabaseLock(databasePath: path) } throws: { "\($0)".contains("another gatehouse serves") }
    withExtendedLifetime(lock) {}
  }

  /// A handle that is closed twice shows here now and then as a crash, under valgrind always.
  @Test func aFileThatIsNoDatabaseIsRefused() throws {
    let file = try #require(fopen(folder.file("notes.db"), "w"))
    fputs(String(repeating: "not a database\n", count: 100), file)
    fclose(file)
    for _ in 0..<50 {
      #expect { try Connection(path: folder.file("notes.db"), access: .readWrite) } throws: { "\($0)".contains("not a database") }
    }
  }

  @Test func theFolderOfTheDatabaseIsMade() throws {
    _ = try DatabaseLock(databasePath: folder.file("locked/test.db"))
    _ = try Connection(path: folder.file("opened/test.db"), access: .readWrite)
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    #expect { try Connection(path: folder.file("missing/deeper/test.db"), access: .readWrite) } throws: {
      "\($0)".contains("missing/deeper/test.db")
    }
  }

  @Test func theSchemaKeepsAGateFromTurningRound() throws {
    let connection = try database()
    try connection.run(
      """
      INSERT INTO deployment (id, instance, project_id, deployment_id, status, environment, first_seen_at, first_seen_by)
        VALUES (1, 'main', 30, 815, 'blocked', 'production', 0, 'webhook');
      INSERT INTO change_request (id, deployment, service, policy, workflow, type, status, gate, revision, sha, created_at, updated_at, decided_at)
        VALUES (1, 1, 's', 'p', 'simple', 'normal', 'Rejected', 'prevented', 1, 'abc', 0, 0, 0);
      """)
    #expect(throws: StorageError.self) { try connection.run("UPDATE change_request SET gate = 'allowed'") }
    #expect(throws: StorageError.self) { try connection.run("UPDATE change_request SET gate = 'awaiting', decided_at = NULL") }
  }

  @Test func backupIsACopyThatStandsAlone() throws {
    let connection = try database()
    try connection.transaction(at: at) { try $0.audit(.changeOpened, actor: "a", detail: ["n": 1]) }
    try connection.backUp(to: folder.file("copy.db"))
    let copy = try Connection(path: folder.file("copy.db"), access: .readWrite)
    #expect(try copy.reading(at: at) { try $0.auditHead().seq } == 1)
    #expect(try copy.integrityProblems() == [])
  }
}

@Suite struct AuditChainTests {
  let folder = TemporaryFolder()
  let at = Instant(milliseconds: 1_000)

  func chain(of count: Int) throws -> Connection {
    let connection = try Connection(path: folder.file("test.db"), access: .readWrite)
    try Migrator.migrate(connection)
    for index in 0..<count {
      try connection.transaction(at: at) { try $0.audit(.commented, actor: "alice", detail: ["n": .integer(Int64(index))]) }
    }
    return connection
  }

  func verify(_ connection: Connection, expecting head: AuditHead? = nil) throws -> AuditChain.Verdict {
    try connection.reading(at: at) { try AuditChain.verify($0, expecting: head) }
  }

  /// What somebody with the file in hand can do: the triggers are in the file too.
  func tamper(_ connection: Connection, _ sql: String) throws {
    try connection.run("DROP TRIGGER audit_entry_is_never_changed; DROP TRIGGER audit_entry_is_never_deleted;")
    try connection.run(sql)
  }

  @Test func anUntouchedChainHolds() throws {
    guard case .holds(let head) = try verify(chain(of: 3)) else { throw Broken() }
    #expect(head.seq == 3)
  }

  @Test func anEmptyChainHolds() throws { #expect(try verify(chain(of: 0)) == .holds(AuditHead(seq: 0, hash: AuditEntry.origin))) }

  @Test(arguments: [
    "UPDATE audit_entry SET detail = '{\"n\":7}' WHERE seq = 2",
    "UPDATE audit_entry SET actor = 'bob' WHERE seq = 2",
    "UPDATE audit_entry SET at = at + 1 WHERE seq = 2",
    "DELETE FROM audit_entry WHERE seq = 2",
    "DELETE FROM audit_entry WHERE seq = 3",
    "DELETE FROM audit_entry",
    "UPDATE audit_head SET seq = 2",
  ])
  func everyTamperingShows(sql: String) throws {
    let connection = try chain(of: 3)
    try tamper(connection, sql)
    guard case .broken = try verify(connection) else { throw Broken() }
  }

  @Test func aHeadKeptElsewhereShowsATailThatWasCutOffWithItsHead() throws {
    let connection = try chain(of: 3)
    guard case .holds(let head) = try verify(connection) else { throw Broken() }
    let second = try connection.reading(at: at) { try $0.auditEntries(after: 1, limit: 1)[0].hash }
    try tamper(connection, "DELETE FROM audit_entry WHERE seq = 3; UPDATE audit_head SET seq = 2, hash = '\(second)'")
    guard case .holds = try verify(connection) else { throw Broken() }
    guard case .broken = try verify(connection, expecting: head) else { throw Broken() }
  }

  @Test func entriesAreAppendOnly() throws {
    let connection = try chain(of: 2)
    #expect(throws: StorageError.self) { try connection.run("UPDATE audit_entry SET actor = 'x'") }
    #expect(throws: StorageError.self) { try connection.run("DELETE FROM audit_entry") }
  }

  struct Broken: Error {}
}

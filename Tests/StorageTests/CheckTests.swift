import Storage
import TestSupport
import Testing

/// What the schema refuses, and that refusing costs nothing.
@Suite struct CheckTests {
  private let folder = TemporaryFolder()
  private let connection: Connection

  init() throws {
    connection = try Connection(path: folder.file("gatehouse.db"), access: .readWrite)
    try Migrator.migrate(connection)
  }

  /// https://sqlite.org/opcode.html: OpenEphemeral makes a temporary table, at every row.
  @Test(arguments: ["delivery", "deployment", "outbox"]) func noRowOfAWebhookMakesATemporaryTable(_ table: String) throws {
    let columns = try connection.query("SELECT name FROM pragma_table_info('\(table)')") { $0.text(0) ?? "" }
    #expect(columns.count > 5)
    let insert = "INSERT INTO \(table) (\(columns.joined(separator: ", "))) VALUES (\(columns.map { _ in "NULL" }.joined(separator: ", ")))"
    let operations = try connection.query("EXPLAIN \(insert)") { $0.text(1) ?? "" }
    #expect(operations.contains("Insert"))
    #expect(!operations.contains("OpenEphemeral"))
  }

  @Test(arguments: [
    "INSERT INTO delivery (instance, event, result, request_id, received_at) VALUES ('main', 'e', 'lost', 'r', 1)",
    """
    INSERT INTO deployment (instance, project_id, deployment_id, status, environment, first_seen_at, first_seen_by)
    VALUES ('main', 1, 1, 'sleeping', 'production', 1, 'webhook')
    """,
    "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES ('main', 'guess', '{}', 'pending', 1, 'r', 1)",
    "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES ('main', 'locate', '{}', 'lost', 1, 'r', 1)",
    "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES ('main', 'play', '{}', 'pending', 1, 'r', 1)",
    "INSERT INTO outbox (instance, step, state, due_at, request_id, created_at) VALUES ('main', 'ask', 'pending', 1, 'r', 1)",
    "INSERT INTO person (instance, username, emails, read_at) VALUES ('main', 'Alice', '[]', 1)",
    "INSERT INTO member (list, username, gitlab_id, level) VALUES (1, 'Alice', 1, 30)",
  ])
  func whatCannotBeIsRefused(_ sql: String) {
    #expect(throws: StorageError.self) { try connection.run(sql) }
  }

  @Test func theSameRowsWithWordsThatAreKnownStand() throws {
    try connection.run("INSERT INTO delivery (instance, event, result, request_id, received_at) VALUES ('main', 'e', 'ignored', 'r', 1)")
    try connection.run(
      """
      INSERT INTO deployment (instance, project_id, deployment_id, status, environment, first_seen_at, first_seen_by)
      VALUES ('main', 1, 1, 'skipped', 'production', 1, 'webhook')
      """)
    try connection.run(
      "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES ('main', 'locate', '{}', 'pending', 1, 'r', 1)"
    )
  }

  @Test func aQuestionIsThereOnce() throws {
    let ask =
      "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES ('main', 'ask', '{}', 'pending', 1, 'r', 1)"
    try connection.run(ask)
    #expect(throws: StorageError.self) { try connection.run(ask) }
    try connection.run(ask.replacing("'main'", with: "'other'"))
  }

  @Test func theDatabaseIsSound() throws {
    #expect(try connection.query("PRAGMA integrity_check") { $0.text(0) ?? "" } == ["ok"])
    #expect(try connection.query("PRAGMA writable_schema") { $0.text(0) ?? "" } == ["0"])
  }

  /// The words of a database that has rows already are exchanged too.
  @Test func aDatabaseOfBeforeIsBroughtUpToDate() throws {
    let old = try Connection(path: folder.file("old.db"), access: .readWrite)
    try Migrator.migrate(old, steps: Array(Migrator.steps.prefix(2)))
    try old.run("INSERT INTO delivery (instance, event, result, request_id, received_at) VALUES ('main', 'e', 'recorded', 'r', 1)")
    #expect(try Migrator.migrate(old).applied.first == "003-checks.sql")
    #expect(try old.query("SELECT count(*) FROM delivery") { $0.text(0) ?? "" } == ["1"])
    #expect(throws: StorageError.self) { try old.run("UPDATE delivery SET result = 'lost'") }
    #expect(try old.query("PRAGMA integrity_check") { $0.text(0) ?? "" } == ["ok"])
  }
}

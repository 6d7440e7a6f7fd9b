import CSQLite
internal import Cryptography
import Migrations

/// Brings a database to this program's schema. Each file runs once; its checksum is kept, so that a file edited after its
/// release, or a database from a newer program, is refused with a sentence instead of being half understood.
package enum Migrator {
  package struct Step: Sendable, Hashable {
    package var version: Int64
    package var name: String
    package var sql: String

    package init(version: Int64, name: String, sql: String) {
      self.version = version
      self.name = name
      self.sql = sql
    }

    var checksum: String { Digest.sha256Text(Array(sql.utf8)) }
  }

  /// The steps of this program, by number.
  package static let steps: [Step] = Migrations.all.enumerated().map { index, file in
    Step(version: Int64(index + 1), name: file.name, sql: String(decoding: file.sql, as: UTF8.self))
  }

  package struct Report: Sendable, Hashable {
    /// Names of the steps that were applied now.
    package var applied: [String]
    package var version: Int64
  }

  /// Applies what is missing, in one transaction with one flush: a start on a new database waits for the disk once and not for each step, and an
  /// upgrade that fails leaves the database as the former version knows it. Throws `StorageError.schema` when the database is newer or a step was
  /// edited.
  @discardableResult
  package static func migrate(_ connection: Connection, steps: [Step] = steps) throws(StorageError) -> Report {
    var applied: [String] = []
    if try !pending(connection, steps: steps).isEmpty {
      try connection.begin()
      do {
        // Asked again under the write lock: `token create` may be run while `serve` starts for the first time, and both find a new database.
        for step in try pending(connection, steps: steps) {
          applied.append(step.name)
          try apply(step, to: connection)
        }
        try connection.commit()
      } catch {
        connection.rollBack()
        guard let name = applied.last else { throw error }
        throw .schema("migration \(name) failed, the database is as it was before: \(error)")
      }
    }
    return Report(applied: applied, version: steps.last?.version ?? 0)
  }

  private static func apply(_ step: Step, to connection: Connection) throws(StorageError) {
    try connection.run(
      """
      CREATE TABLE IF NOT EXISTS schema_migration (
        version    INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        checksum   TEXT NOT NULL
      ) STRICT
      """)
    try connection.run(step.sql)
    try connection.execute(
      "INSERT INTO schema_migration (version, name, checksum) VALUES (?, ?, ?)", step.version, step.name, step.checksum)
  }

  /// The steps that the database lacks, after comparing those it has.
  package static func pending(_ connection: Connection, steps: [Step] = steps) throws(StorageError) -> [Step] {
    let isNew = try connection.query("SELECT 1 FROM sqlite_schema WHERE name = 'schema_migration'") { _ in true }.isEmpty
    if isNew { return steps }
    let done = try connection.query("SELECT version, name, checksum FROM schema_migration ORDER BY version") { row in
      (version: row.requiredInteger(0), name: row.requiredText(1), checksum: row.requiredText(2))
    }
    for record in done {
      guard let step = steps.first(where: { $0.version == record.version }) else {
        throw .schema(
          "the database has migration \(record.name), which this program does not know: it was written by a newer gatehouse; "
            + "run that version, or restore a backup made before the upgrade")
      }
      guard step.checksum == record.checksum else {
        throw .schema(
          "migration \(record.name) was changed after it ran on this database; put the released file back and add a new numbered one instead"
        )
      }
    }
    return steps.filter { step in !done.contains { $0.version == step.version } }
  }
}

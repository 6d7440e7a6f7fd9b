import CSQLite
internal import Cryptography
import Migrations

/// Brings a database to this program's schema. Each file runs once, in a transaction; its checksum is kept, so that a file edited after its
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

  /// Applies what is missing. Throws `StorageError.schema` when the database is newer or a step was edited.
  @discardableResult
  package static func migrate(_ connection: Connection, steps: [Step] = steps) throws(StorageError) -> Report {
    try connection.run(
      """
      CREATE TABLE IF NOT EXISTS schema_migration (
        version    INTEGER PRIMARY KEY,
        name       TEXT NOT NULL,
        checksum   TEXT NOT NULL
      ) STRICT
      """)
    var applied: [String] = []
    while let name = try applyNext(connection, steps: steps) { applied.append(name) }
    return Report(applied: applied, version: steps.last?.version ?? 0)
  }

  /// Applies the first step that the database lacks and says its name. What it lacks is asked for under the write lock: `token create` may be
  /// run while `serve` starts for the first time, and both find a new database.
  private static func applyNext(_ connection: Connection, steps: [Step]) throws(StorageError) -> String? {
    guard try !pending(connection, steps: steps).isEmpty else { return nil }
    try connection.begin()
    var name: String?
    do {
      if let step = try pending(connection, steps: steps).first {
        name = step.name
        try connection.run(step.sql)
        try connection.execute(
          "INSERT INTO schema_migration (version, name, checksum) VALUES (?, ?, ?)", step.version, step.name, step.checksum)
      }
      try connection.commit()
      return name
    } catch {
      connection.rollBack()
      guard let name else { throw error }
      throw .schema("migration \(name) failed, nothing of it stands: \(error)")
    }
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

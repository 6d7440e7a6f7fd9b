import FaultyDisk
import Storage
import TestSupport
import Testing

/// The database of an older version, brought up to date on a disk that fails in the middle of it: started again, it ends as if nothing had been.
@Suite struct UpgradeCrashTests {
  /// A lasting lock makes the opening wait five seconds, and a page spoilt while it is moved from the log is spoilt for good.
  static let troubles: [Fault] = [
    Fault(.kill, at: 0), Fault(.tear, at: 0), Fault(.powerLoss, at: 0), Fault(.full, at: 0), Fault(.full, at: 0, lasts: true),
    Fault(.inputOutput, at: 0), Fault(.inputOutput, at: 0, lasts: true), Fault(.busy, at: 0), Fault(.lostSync, at: 0),
  ]

  @Test(arguments: UpgradeTests.versions, troubles) func everyTroubleEndsTheSame(_ version: Int, _ trouble: Fault) throws {
    let old = try database(of: version)
    var whole: [String]?
    let kind = "\(trouble.kind)\(trouble.lasts ? ", lasting" : "")"
    try MortalDatabase.troubleEverywhere("upgrade from \(version)", kind, fewest: trouble.kind == .lostSync ? 3 : 10, most: 6) { point in
      let folder = TemporaryFolder()
      let path = folder.file("gate.db")
      try write(old, toNewFile: path)
      let disk = FaultyDisk(path: path)
      disk.arm(Fault(trouble.kind, at: point, lasts: trouble.lasts))
      do { try migrate(path) } catch { #expect(error is StorageError && disk.isStruck, "\(error)") }
      let (wasHit, count) = (disk.isStruck, disk.count)
      if trouble.kind == .lostSync { disk.cutPower() }
      disk.restart(seed: Sample.seed &+ UInt64(point & 0xFFFF))
      try migrate(path)
      let content = try content(path)
      #expect(content == whole ?? content, "\(trouble.kind) at \(point)")
      whole = content
      return (wasHit, count)
    }
  }

  private func database(of version: Int) throws -> [UInt8] {
    let folder = TemporaryFolder()
    let path = folder.file("old.db")
    do {
      let connection = try Connection(path: path, access: .readWrite)
      try Migrator.migrate(connection, steps: Array(Migrator.steps.prefix(version)))
      try connection.run(UpgradeTests.rows)
    }
    return bytes(ofFile: path)
  }

  private func migrate(_ path: String) throws { try Migrator.migrate(Connection(path: path, access: .readWrite)) }

  /// The schema, and how many rows each table has.
  private func content(_ path: String) throws -> [String] {
    let connection = try Connection(path: path, access: .readWrite)
    #expect(try connection.integrityProblems() == [])
    #expect(try Migrator.pending(connection) == [])
    let schema = try connection.query("SELECT coalesce(sql, name) FROM sqlite_schema ORDER BY type, name") { $0.requiredText(0) }
    let tables = try connection.query("SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name") { $0.requiredText(0) }
    return try schema
      + tables.map { table in
        let count = try connection.query("SELECT count(*) FROM \"\(table)\"") { $0.requiredInteger(0) }
        return "\(table): \(count)"
      }
  }
}

import ArgumentParser
import ChangeControl
import Glibc
import Storage

struct DatabaseCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "database",
    abstract: "Looks after the database file. Works while the server runs.",
    discussion: "Example: gatehouse database backup gatehouse-backup.db",
    subcommands: [Migrate.self, Check.self, Backup.self])

  struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Creates the database, or brings it to this program's schema. `serve` does it by itself.",
      discussion: "Example: gatehouse database migrate --config config/gatehouse.yaml")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
      let path = try options.databasePath()
      try refusing {
        let connection = try Connection(path: path, access: .readWrite)
        let report = try Migrator.migrate(connection)
        try printAnswer(
          report.applied.isEmpty
            ? "\(path) is at schema version \(report.version) already" : "applied \(report.applied.joined(separator: ", ")) to \(path)")
      }
    }
  }

  struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Has SQLite check the whole file, and compares the schema.",
      discussion: "Example: gatehouse database check\nExit status: 0 sound, 1 not.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
      let path = try options.databasePath()
      try refusing {
        try expectDatabase(at: path)
        let connection = try Connection(path: path, access: .readOnly)
        let problems = try connection.integrityProblems()
        let pending = try Migrator.pending(connection)
        guard problems.isEmpty else {
          throw Failure.no("\(path) is damaged: \(problems.prefix(5).joined(separator: "; ")); stop the server and restore a backup")
        }
        guard pending.isEmpty else {
          throw Failure.no("\(path) lacks \(pending.map(\.name).joined(separator: ", ")): run `gatehouse database migrate`")
        }
        try printAnswer("ok: \(path) is sound, schema version \(Migrator.steps.last?.version ?? 0)")
      }
    }
  }

  struct Backup: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a consistent copy of the database to a new file, while the server runs.",
      discussion: "Example: gatehouse database backup backup/gatehouse-2026-11-21.db")

    @OptionGroup var options: ConfigurationOptions

    @Argument(help: "The file to write; it must not exist yet.")
    var target: String

    func run() async throws {
      let path = try options.databasePath()
      guard !target.isEmpty else { throw Failure.usage("the file to write has no name; name a new file") }
      guard access(target, F_OK) != 0 else { throw Failure.usage("\(target) exists already; name a new file") }
      try refusing {
        try expectDatabase(at: path)
        let connection = try Connection(path: path, access: .readOnly)
        try connection.backUp(to: target)
        try printAnswer("wrote \(target)")
      }
    }
  }
}

/// Runs something on the database file; what the database says no to is the answer no.
func refusing<Value>(_ body: () throws -> Value) throws -> Value {
  do {
    return try body()
  } catch StorageError.full {
    // A server goes on by itself; a verb has ended.
    throw Failure.no("the disk that holds the database, or its quota, is full: make room there, and run this again")
  } catch let error as StorageError {
    throw Failure.no("\(error)")
  }
}

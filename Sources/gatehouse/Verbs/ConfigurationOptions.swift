import ArgumentParser
import Configuration
import Glibc
import Storage

/// `--config`, with its two fallbacks.
struct ConfigurationOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "The configuration file. Falls back to GATEHOUSE_CONFIG, then config/gatehouse.yaml.")
  var file: String?

  var path: String { file ?? environmentVariable("GATEHOUSE_CONFIG") ?? "config/gatehouse.yaml" }

  /// Reads the configuration with its secrets, or fails with all its problems (exit status 2).
  func load() throws -> Configuration { try load(environment: processEnvironment()) }

  /// Reads it with those secrets that are there: setup makes the others.
  func loadForSetup() throws -> Configuration { try load(environment: processEnvironment(), allowsAbsentSecrets: true) }

  private func load(environment: [String: String]?, allowsAbsentSecrets: Bool = false) throws -> Configuration {
    do {
      return try Configuration.load(path: path, environment: environment, allowsAbsentSecrets: allowsAbsentSecrets)
    } catch {
      throw Failure.usage("\(error)")
    }
  }

  /// The secrets are the server's: whoever runs a local verb need not have them.
  func loadWithoutSecrets() throws -> Configuration { try load(environment: nil) }

  func databasePath() throws -> String { try loadWithoutSecrets().database.path }

  /// Opens the database file that the configuration names, for a verb that writes: made if it is not there, and brought to this program's
  /// schema.
  func openDatabase() throws -> Connection {
    let path = try databasePath()
    return try refusing {
      let connection = try Connection(path: path, access: .readWrite)
      try Migrator.migrate(connection)
      return connection
    }
  }

  /// Opens it to look, if it is there.
  func openDatabaseIfThere() throws -> Connection? {
    let path = try databasePath()
    guard try isThere(path) else { return nil }
    return try refusing { try Connection(path: path, access: .readOnly) }
  }

  /// Opens it for a verb about what is in it. One that is not there is not made: an empty log would verify, and the mistake in the path stay.
  func openExistingDatabase(_ access: Connection.Access = .readOnly) throws -> Connection {
    let path = try databasePath()
    return try refusing {
      try expectDatabase(at: path)
      let connection = try Connection(path: path, access: access)
      let pending = try Migrator.pending(connection)
      guard pending.isEmpty else {
        throw Failure.no("\(path) lacks \(pending.map(\.name).joined(separator: ", ")); run `gatehouse database migrate`")
      }
      return connection
    }
  }
}

extension ConfigurationOptions {
  /// What apply has made is on record in the database that it was run with: without it undo would find nothing to take back.
  func expectDatabaseOfApply() throws {
    let path = try databasePath()
    if try isThere(path) { return }
    throw Failure.no(
      "there is no database at \(absolute(path)), so that nobody knows here what apply has made: run this where apply was run (relative paths start "
        + "at the folder that gatehouse is started in), or correct database.path. Where apply was never run, there is nothing to take back")
  }
}

/// Whether there is a database. Where that cannot be told, what is on record in it would be taken for nothing.
func isThere(_ path: String) throws -> Bool {
  if access(path, F_OK) == 0 { return true }
  guard errno == ENOENT else {
    throw Failure.no(
      "the database \(absolute(path)) cannot be looked at: \(String(cString: strerror(errno))); correct database.path, or run this as the user whose it is"
    )
  }
  return false
}

/// As seen from the folder that this program was started in.
func absolute(_ path: String) -> String {
  guard !path.hasPrefix("/"), let folder = getcwd(nil, 0) else { return path }
  defer { free(folder) }
  let start = String(cString: folder)
  return start.hasSuffix("/") ? start + path : "\(start)/\(path)"
}

func expectDatabase(at path: String) throws {
  guard try isThere(path) else {
    throw Failure.no(
      "there is no database at \(absolute(path)); is this the right configuration, in the right directory? `gatehouse serve` and "
        + "`gatehouse token create` make one")
  }
}

func environmentVariable(_ name: String) -> String? {
  guard let value = getenv(name) else { return nil }
  let text = String(cString: value)
  return text.isEmpty ? nil : text
}

/// The whole environment of this process.
func processEnvironment() -> [String: String] {
  var found: [String: String] = [:]
  var entry = environ
  while let line = entry.pointee {
    let text = String(cString: line)
    if let equals = text.firstIndex(of: "=") { found[String(text[..<equals])] = String(text[text.index(after: equals)...]) }
    entry += 1
  }
  return found
}

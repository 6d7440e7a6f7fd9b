import ArgumentParser
import Configuration
import Glibc
import Storage

/// `--config`, with its two fallbacks.
struct ConfigurationOptions: ParsableArguments {
  @Option(name: .customLong("config"), help: "The configuration file. Falls back to GATEHOUSE_CONFIG, then config/gatehouse.yaml.")
  var file: String?

  var path: String { file ?? environmentVariable("GATEHOUSE_CONFIG") ?? "config/gatehouse.yaml" }

  /// Reads the configuration, or fails with all its problems (exit status 2).
  func load() throws -> Configuration {
    do {
      return try Configuration.load(path: path, environment: processEnvironment())
    } catch {
      throw Failure.usage("\(error)")
    }
  }

  /// Opens the database file that the configuration names, brought to this program's schema. For verbs that work on the file.
  func openDatabase() throws -> Connection {
    let configuration = try load()
    do {
      let connection = try Connection(path: configuration.database.path, access: .readWrite)
      try Migrator.migrate(connection)
      return connection
    } catch {
      throw Failure.no("\(error)")
    }
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

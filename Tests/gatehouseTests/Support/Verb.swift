import JSON

/// One verb of the program, as the program itself describes it.
struct Verb: Sendable {
  /// `token create`.
  var name: String
  /// The long options, without their dashes.
  var options: [String]
}

extension Program {
  /// All verbs, those that only lead to others left out.
  static func verbs() async throws -> [Verb] {
    let run = try await run(["--experimental-dump-help"])
    guard let root = run.printed?["command"] else { throw NeverCame(description: "no description of the verbs: \(run)") }
    return verbs(under: root, path: [])
  }

  private static func verbs(under command: JSONValue, path: [String]) -> [Verb] {
    let children = (command["subcommands"]?.array ?? []).filter { $0["commandName"]?.string != "help" }
    guard children.isEmpty else {
      return children.flatMap { verbs(under: $0, path: path + [$0["commandName"]?.string ?? "?"]) }
    }
    let names = (command["arguments"]?.array ?? []).flatMap { $0["names"]?.array ?? [] }
    let options = names.filter { $0["kind"]?.string == "long" }.compactMap { $0["name"]?.string }
    return [Verb(name: path.joined(separator: " "), options: options)]
  }
}

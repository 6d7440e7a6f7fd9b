/// The names that one part of the file declares, and where each stands, for the parts that refer to them.
struct DeclaredNames {
  /// The key they stand under.
  let place: String
  /// Names that need no declaration.
  let builtIn: [String]
  private(set) var lines: [String: Int] = [:]
  /// Whether one of them cannot be read. What is not among the others may be that one, so it is not called unknown.
  var isPartial = false

  init(place: String, builtIn: [String] = []) {
    self.place = place
    self.builtIn = builtIn
  }

  var sorted: [String] { (builtIn + lines.keys).sorted() }

  func contains(_ name: String) -> Bool { lines[name] != nil || builtIn.contains(name) }

  /// What to do about a name that is not among them.
  func help(for name: String) -> String {
    let known = sorted
    if known.isEmpty { return "declare it there" }
    if let guess = nearest(to: name, among: known) { return "did you mean `\(guess)`?" }
    return "\(builtIn.isEmpty ? "declared there" : "known"): \(list(Array(known.prefix(10))))\(known.count > 10 ? ", …" : "")"
  }

  /// Nil where the name is new; else the line where it stands already.
  mutating func insert(_ name: String, at position: Position) -> Int? {
    if let line = lines[name] { return line }
    lines[name] = position.line
    return nil
  }
}

extension ConfigurationReader {
  /// A name that stands in addresses and log lines.
  func identifier(_ node: YAMLNode, _ key: String) -> String? {
    guard let text = report.text(node, key) else { return nil }
    let isFine =
      text.utf8.count <= Limits.nameBytes && text.utf8.allSatisfy { $0.isLetterOrDigit || "-_.".utf8.contains($0) }
      && text.utf8.first?.isLetterOrDigit ?? false
    guard isFine else {
      return report.wrong(
        node, key, "1 to \(Limits.nameBytes) letters, digits, hyphens, underscores or dots, the first a letter or a digit")
    }
    return text
  }

  /// The entries of a mapping whose keys are names of the file's own; one whose name cannot be is left out.
  func names(_ file: Section, _ key: String, of what: String, into declared: inout DeclaredNames) -> [YAMLNode.Entry] {
    let entries = file.names(key, of: what)
    declared.isPartial = entries == nil && file.has(key)
    return (entries ?? []).filter { entry in
      guard !entry.key.isEmpty, entry.key.utf8.count <= Limits.nameBytes, !entry.key.unicodeScalars.contains(where: \.isControl) else {
        report.problem("a name under `\(key)` must have 1 to \(Limits.nameBytes) bytes and no control characters", at: entry.position)
        declared.isPartial = true
        return false
      }
      return declared.insert(entry.key, at: entry.position) == nil
    }
  }

  /// A GitLab username as it is written after the @.
  func username(_ node: YAMLNode, _ key: String) -> String? {
    guard let text = report.text(node, key, limit: Limits.usernameBytes) else { return nil }
    guard !text.hasPrefix("@") else {
      report.problem(
        "\(shown(key)): a GitLab username is written without the @; write \(shown(String(text.dropFirst())))", at: node.position)
      return nil
    }
    guard text.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) }) else {
      report.problem(
        "\(shown(key)): \(shown(text)) is no GitLab username; write it as it stands in the person's profile: letters, digits, hyphens, underscores and dots",
        at: node.position)
      return nil
    }
    return text
  }

  /// A name that must be one of those declared elsewhere in the file.
  func reference(_ node: YAMLNode, _ key: String, to declared: DeclaredNames) -> String? {
    guard let name = report.text(node, key) else { return nil }
    if declared.contains(name) { return name }
    if declared.isPartial { return nil }
    let lack = declared.builtIn.isEmpty ? "not declared" : "neither built in nor declared"
    report.problem(
      "`\(key)` names \(shown(name)), which is \(lack) under `\(declared.place)`; \(declared.help(for: name))", at: node.position)
    return nil
  }
}

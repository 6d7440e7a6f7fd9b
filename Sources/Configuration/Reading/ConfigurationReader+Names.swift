/// Names that were given so far, and where.
struct SeenNames {
  private var positions: [String: Position] = [:]

  /// The line where the name was given before; nil for a new one, which is kept.
  mutating func lineOfFirst(_ name: String, at position: Position) -> Int? {
    if let first = positions[name] { return first.line }
    positions[name] = position
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
      report.problem(
        "`\(key)` must be 1 to \(Limits.nameBytes) letters, digits, hyphens, underscores or dots, the first a letter or a digit; \(shown(text)) is not",
        at: node.position)
      return nil
    }
    return text
  }

  /// A GitLab username as it is written after the @.
  func username(_ node: YAMLNode, _ key: String) -> String? {
    guard let text = report.text(node, key, limit: Limits.usernameBytes) else { return nil }
    guard !text.hasPrefix("@") else {
      report.problem("a GitLab username is written without the @: \(shown(String(text.dropFirst())))", at: node.position)
      return nil
    }
    guard text.utf8.allSatisfy({ $0.isLetterOrDigit || "-_.".utf8.contains($0) }) else {
      report.problem("\(shown(text)) is no GitLab username: letters, digits, hyphens, underscores and dots only", at: node.position)
      return nil
    }
    return text
  }

  /// A name that must be one of those declared elsewhere in the file.
  func reference(_ node: YAMLNode, _ key: String, to declared: some Collection<String>, under place: String) -> String? {
    guard let name = report.text(node, key) else { return nil }
    guard declared.contains(name) else {
      let sorted = declared.sorted()
      let help: String
      if let guess = nearest(to: name, among: sorted) {
        help = "did you mean `\(guess)`?"
      } else if sorted.isEmpty {
        help = "none is declared there"
      } else {
        help = "declared there: \(list(Array(sorted.prefix(10))))\(sorted.count > 10 ? ", …" : "")"
      }
      report.problem("`\(key)` names \(shown(name)), which is not declared under `\(place)`; \(help)", at: node.position)
      return nil
    }
    return name
  }
}

/// One mapping of the file. Its keys are held against the vocabulary at once; its values are then read by name.
///
/// A value that is absent and one that is wrong both read as nil: what is wrong has been reported, and nothing starts.
struct Section {
  let position: Position
  let report: Report
  private let title: String
  private let entries: [String: YAMLNode.Entry]

  /// Nil, and reported, where the node is no mapping. `title` is what messages call it: `server`, an entry of `services`.
  init?(_ node: YAMLNode, _ title: String, _ vocabulary: Vocabulary, _ report: Report) {
    guard case .mapping(let entries) = node.content else {
      report.problem("\(title) must be a mapping with the keys \(list(vocabulary.known)), not \(node.shownBriefly)", at: node.position)
      return nil
    }
    for entry in entries {
      if !vocabulary.known.contains(entry.key) { report.problem(vocabulary.objection(to: entry.key), at: entry.position) }
    }
    position = node.position
    self.report = report
    self.title = title
    self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
  }

  var isEmpty: Bool { entries.isEmpty }

  func has(_ key: String) -> Bool { entries[key] != nil }

  /// Where the value of a key begins; the section itself where there is none.
  func position(of key: String) -> Position { entries[key]?.value.position ?? position }

  /// The value of a key; nil where there is none. A key without a value is reported.
  func node(_ key: String) -> YAMLNode? { value(key, "write one or leave the key out") }

  /// The value of a key that must be there; `what` tells what to write.
  func required(_ key: String, _ what: String) -> YAMLNode? {
    if !has(key) { report.problem("\(title) lacks `\(key)`; add it: \(what)", at: position) }
    return value(key, "write one: \(what)")
  }

  func section(_ key: String, _ vocabulary: Vocabulary) -> Section? {
    node(key).flatMap { Section($0, "`\(key)`", vocabulary, report) }
  }

  func text(_ key: String) -> String? { node(key).flatMap { report.text($0, key) } }

  func flag(_ key: String) -> Bool? { node(key).flatMap { report.flag($0, key) } }

  func duration(_ key: String, in range: ClosedRange<Duration>) -> Duration? {
    node(key).flatMap { report.duration($0, key, in: range) }
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ key: String, _ type: Choice.Type) -> Choice? where Choice.RawValue == String {
    node(key).flatMap { report.choice($0, key, type) }
  }

  /// The items of a list; nil where it is absent or wrong.
  func items(_ key: String, of what: String) -> [YAMLNode]? { node(key).flatMap { report.items($0, key, of: what) } }

  /// The entries of a mapping whose keys are names of the file's own; nil where it is absent or wrong.
  func names(_ key: String, of what: String) -> [YAMLNode.Entry]? {
    guard let node = node(key) else { return nil }
    guard case .mapping(let entries) = node.content else { return report.wrong(node, key, "a mapping from a name to \(what)") }
    guard entries.count <= Limits.listEntries else {
      report.problem("`\(key)` has \(entries.count) names; at most \(Limits.listEntries) are allowed", at: node.position)
      return nil
    }
    return entries
  }

  private func value(_ key: String, _ remedy: String) -> YAMLNode? {
    guard let entry = entries[key] else { return nil }
    guard !entry.value.isNull else {
      report.problem("`\(key)` has no value; \(remedy)", at: entry.position)
      return nil
    }
    return entry.value
  }
}

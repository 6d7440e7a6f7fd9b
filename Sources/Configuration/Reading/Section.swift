/// One mapping of the file. Its keys are held against the vocabulary at once; its values are then read by name.
///
/// A value that is absent and one that is wrong both read as nil: what is wrong has been reported, and nothing starts.
struct Section {
  let position: Position
  let report: Report
  private let title: String
  private let entries: [String: YAMLNode.Entry]

  /// Nil, and reported, where the node is no mapping. `title` is what messages call it: `server`, `service checkout`.
  init?(_ node: YAMLNode, _ title: String, _ vocabulary: Vocabulary, _ report: Report) {
    guard case .mapping(let entries) = node.content else {
      report.problem("\(title) must be a mapping with the keys \(list(vocabulary.known))", at: node.position)
      return nil
    }
    for entry in entries {
      if let objection = vocabulary.objection(to: entry.key, value: entry.value) { report.problem(objection, at: entry.position) }
    }
    position = node.position
    self.report = report
    self.title = title
    self.entries = Dictionary(entries.map { ($0.key, $0) }) { first, _ in first }
  }

  func has(_ key: String) -> Bool { entries[key] != nil }

  /// The value of a key; nil where there is none. A key without a value is reported.
  func node(_ key: String) -> YAMLNode? {
    guard let entry = entries[key] else { return nil }
    guard !entry.value.isNull else {
      report.problem("`\(key)` has no value; write one or leave the key out", at: entry.position)
      return nil
    }
    return entry.value
  }

  /// The value of a key that must be there; `why` tells what it is for.
  func required(_ key: String, _ why: String) -> YAMLNode? {
    guard has(key) else {
      report.problem("\(title) lacks `\(key)`: \(why)", at: position)
      return nil
    }
    return node(key)
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

  /// The items of a list; none where the key is absent.
  func items(_ key: String, of what: String) -> [YAMLNode] {
    node(key).flatMap { report.items($0, key, of: what) } ?? []
  }

  /// The entries of a mapping whose keys are names of the file's own.
  func names(_ key: String, of what: String) -> [YAMLNode.Entry] {
    guard let node = node(key) else { return [] }
    guard case .mapping(let entries) = node.content else {
      report.problem("`\(key)` must be a mapping from a name to \(what)", at: node.position)
      return []
    }
    return entries.filter { entry in
      guard !entry.key.isEmpty, entry.key.utf8.count <= Limits.nameBytes, !entry.key.unicodeScalars.contains(where: \.isControl) else {
        report.problem("a name under `\(key)` has 1 to \(Limits.nameBytes) bytes and no control characters", at: entry.position)
        return false
      }
      return true
    }
  }
}

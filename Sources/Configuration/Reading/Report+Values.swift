/// Single values, read by what they must be. What is wrong is reported where it stands, and nil is returned; `name` is the key it belongs to.
extension Report {
  func text(_ node: YAMLNode, _ name: String, limit: Int = Limits.textBytes) -> String? {
    guard case .scalar(let text, let isPlain) = node.content, !node.isNull else { return wrong(node, name, "a text") }
    guard !isPlain || PlainScalar(text) == .text else { return objection(node, name, "must be a text; put \(shown(text)) in quotes") }
    guard !text.isEmpty else { return objection(node, name, "is empty; write a text") }
    guard text.utf8.count <= limit else { return objection(node, name, "is longer than \(limit) bytes; shorten it") }
    guard !text.unicodeScalars.contains(where: \.isControl) else {
      return objection(node, name, "has a control character in it; take it out")
    }
    return text
  }

  func flag(_ node: YAMLNode, _ name: String) -> Bool? {
    guard case .scalar(let text, isPlain: true) = node.content, case .flag(let flag) = PlainScalar(text) else {
      return wrong(node, name, "true or false, without quotes")
    }
    return flag
  }

  func whole(_ node: YAMLNode, _ name: String, in range: ClosedRange<Int64>) -> Int64? {
    guard case .scalar(let text, isPlain: true) = node.content, case .whole(let number) = PlainScalar(text), range.contains(number) else {
      return wrong(node, name, "a whole number from \(range.lowerBound) to \(range.upperBound), without quotes")
    }
    return number
  }

  /// - Parameter word: what may stand in its place.
  func duration(_ node: YAMLNode, _ name: String, in range: ClosedRange<Duration>, or word: String? = nil) -> Duration? {
    let other = word.map { ", or \($0)" } ?? ""
    guard case .scalar(let text, _) = node.content, let duration = Duration(text: text) else {
      return wrong(node, name, "a duration such as 1s, 5m, 72h or 90d\(other)")
    }
    guard range.contains(duration) else {
      return wrong(node, name, "from \(range.lowerBound.configurationText) to \(range.upperBound.configurationText)\(other)")
    }
    return duration
  }

  func size(_ node: YAMLNode, _ name: String, in range: ClosedRange<Int>) -> Int? {
    guard case .scalar(let text, _) = node.content, let size = ByteCount.read(text) else {
      return wrong(node, name, "a size such as 64KiB, 25MiB or 1GiB")
    }
    guard range.contains(size) else {
      return wrong(node, name, "from \(ByteCount.text(range.lowerBound)) to \(ByteCount.text(range.upperBound))")
    }
    return size
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ node: YAMLNode, _ name: String, _: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    guard case .scalar(let text, _) = node.content else { return wrong(node, name, "one of \(list(words))") }
    if let choice = Choice(rawValue: text) { return choice }
    return wrong(node, name, "one of \(list(words))", hint: nearest(to: text, among: words).map { "; did you mean `\($0)`?" } ?? "")
  }

  func items(_ node: YAMLNode, _ name: String, of what: String) -> [YAMLNode]? {
    guard case .sequence(let items) = node.content else { return wrong(node, name, "a list of \(what)") }
    guard items.count <= Limits.listEntries else {
      return objection(node, name, "has \(items.count) entries; at most \(Limits.listEntries) are allowed")
    }
    return items
  }

  func wrong<Value>(_ node: YAMLNode, _ name: String, _ expected: String, hint: String = "") -> Value? {
    objection(node, name, "must be \(expected), not \(node.shownBriefly)\(hint)")
  }

  private func objection<Value>(_ node: YAMLNode, _ name: String, _ sentence: String) -> Value? {
    problem("\(shown(name)) \(sentence)", at: node.position)
    return nil
  }
}

extension YAMLNode {
  /// As a message names it, quotes included: they are what may be wrong with it.
  var shownBriefly: String {
    switch content {
    case .scalar where isNull: "an empty value"
    case .scalar(let text, isPlain: true): shown(text)
    case .scalar(let text, isPlain: false): shown("\"\(text)\"")
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// `a`, `b`, `c`
func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }

/// Single values, read by what they must be. What is wrong is reported where it stands, and nil is returned; `name` is the key it belongs to.
extension Report {
  func text(_ node: YAMLNode, _ name: String, limit: Int = Limits.textBytes) -> String? {
    guard case .scalar(let text, let isPlain) = node.content else { return wrong(node, name, "a text") }
    guard !isPlain || PlainScalar(text) == .text else { return wrong(node, name, "a text; put \(shown(text)) in quotes") }
    guard !text.isEmpty else {
      problem("`\(name)` is empty", at: node.position)
      return nil
    }
    guard text.utf8.count <= limit else {
      problem("`\(name)` is longer than \(limit) bytes", at: node.position)
      return nil
    }
    guard !text.unicodeScalars.contains(where: \.isControl) else {
      problem("`\(name)` has a control character in it", at: node.position)
      return nil
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

  func duration(_ node: YAMLNode, _ name: String, in range: ClosedRange<Duration>) -> Duration? {
    let (low, high) = (range.lowerBound.configurationText, range.upperBound.configurationText)
    guard case .scalar(let text, _) = node.content, let duration = Duration(text: text) else {
      return wrong(node, name, "a duration such as 1s, 5m, 72h or 90d")
    }
    guard range.contains(duration) else { return wrong(node, name, "from \(low) to \(high), not \(shown(text))") }
    return duration
  }

  func choice<Choice: RawRepresentable & CaseIterable>(_ node: YAMLNode, _ name: String, _: Choice.Type) -> Choice?
  where Choice.RawValue == String {
    let words = Choice.allCases.map(\.rawValue)
    guard case .scalar(let text, _) = node.content else { return wrong(node, name, "one of \(list(words))") }
    if let choice = Choice(rawValue: text) { return choice }
    let guess = nearest(to: text, among: words).map { "; did you mean `\($0)`?" } ?? ""
    return wrong(node, name, "one of \(list(words)), not \(shown(text))\(guess)")
  }

  func items(_ node: YAMLNode, _ name: String, of what: String) -> [YAMLNode]? {
    guard case .sequence(let items) = node.content else { return wrong(node, name, "a list of \(what)") }
    guard items.count <= Limits.listEntries else {
      problem("`\(name)` has more than \(Limits.listEntries) entries", at: node.position)
      return nil
    }
    return items
  }

  private func wrong<Value>(_ node: YAMLNode, _ name: String, _ expected: String) -> Value? {
    problem("`\(name)` must be \(expected)", at: node.position)
    return nil
  }
}

/// `a`, `b`, `c`
func list(_ words: [String]) -> String { words.map { "`\($0)`" }.joined(separator: ", ") }

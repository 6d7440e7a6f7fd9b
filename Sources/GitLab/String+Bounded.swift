extension String {
  /// One line of at most `limit` characters that is safe to print: control characters and those that turn the direction of text become
  /// spaces, and what is cut ends in `…`.
  func bounded(to limit: Int) -> String {
    precondition(limit > 0, "a text is bounded to at least one character")
    if utf8.count <= limit, utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return self }
    var kept = String.UnicodeScalarView()
    var count = 0
    for scalar in unicodeScalars {
      if count == limit {
        kept.removeLast()
        kept.append("…")
        break
      }
      kept.append(scalar.isPrintable ? scalar : " ")
      count += 1
    }
    return String(kept)
  }

  /// Without white space at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(self[first...last])
  }
}

extension Unicode.Scalar {
  /// Neither steers a terminal, nor breaks a line, nor turns the direction of what is read.
  var isPrintable: Bool {
    switch value {
    case 0..<0x20, 0x7F..<0xA0: false
    // Line and paragraph separators, and the marks that override or isolate direction.
    case 0x2028, 0x2029, 0x061C, 0x200E, 0x200F, 0x202A...0x202E, 0x2066...0x2069: false
    default: true
    }
  }
}

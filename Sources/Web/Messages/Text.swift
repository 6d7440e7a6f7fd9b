extension StringProtocol {
  /// Without white space at both ends.
  var trimmed: String {
    guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(self[first...last])
  }

  /// Whether a control character stands in it (a NUL would cut it short inside SQLite), `allowed` ones apart.
  func hasControls(besides allowed: [Unicode.Scalar] = []) -> Bool {
    // Without DEL and beyond there is nothing to tell apart in Unicode.
    if utf8.allSatisfy({ (0x20..<0x7F).contains($0) }) { return false }
    return unicodeScalars.contains { ($0.value < 0x20 || (0x7F..<0xA0).contains($0.value)) && !allowed.contains($0) }
  }
}

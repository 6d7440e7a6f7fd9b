extension Span<UInt8> {
  /// The octets of `range` as text. What is not UTF-8 is replaced: only for parts whose characters were checked before.
  func text(_ range: Range<Int>) -> String {
    withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
  }

  /// Whether the octets of `range` are `word`, which is in lower case, in any case.
  func matches(_ word: StaticString, _ range: Range<Int>) -> Bool {
    guard range.count == word.utf8CodeUnitCount else { return false }
    return word.withUTF8Buffer { word in
      for offset in 0..<word.count where Octet.lowercased(self[range.lowerBound + offset]) != word[offset] { return false }
      return true
    }
  }

  /// `range` without the SP and HTAB at its ends (RFC 9110 §5.6.3), and nothing else that may look blank.
  func trimmed(_ range: Range<Int>) -> Range<Int> {
    var (start, end) = (range.lowerBound, range.upperBound)
    while start < end, Octet.isBlank(self[start]) { start += 1 }
    while start < end, Octet.isBlank(self[end - 1]) { end -= 1 }
    return start..<end
  }

  func firstIndex(of octet: UInt8, in range: Range<Int>) -> Int? {
    for index in range where self[index] == octet { return index }
    return nil
  }

  func allSatisfy(_ range: Range<Int>, _ isAllowed: (UInt8) -> Bool) -> Bool {
    for index in range where !isAllowed(self[index]) { return false }
    return true
  }
}

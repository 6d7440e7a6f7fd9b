/// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, the value a token or a quoted string (RFC 9112 §7.1.1). Read to the letter, because
/// what one reader takes for an extension another may take for the end of the line.
enum ChunkExtensions {
  static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      skipBlanks(bytes, &index, range.upperBound)
      guard skip(UInt8(ascii: ";"), bytes, &index, range.upperBound) else { return false }
      skipBlanks(bytes, &index, range.upperBound)
      guard skipToken(bytes, &index, range.upperBound) else { return false }
      let nameEnd = index
      skipBlanks(bytes, &index, range.upperBound)
      guard skip(UInt8(ascii: "="), bytes, &index, range.upperBound) else {
        index = nameEnd
        continue
      }
      skipBlanks(bytes, &index, range.upperBound)
      guard skipToken(bytes, &index, range.upperBound) || skipQuotedString(bytes, &index, range.upperBound) else { return false }
    }
    return true
  }

  private static func skipBlanks(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) {
    while index < end, Octet.isBlank(bytes[index]) { index += 1 }
  }

  private static func skip(_ octet: UInt8, _ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
    guard index < end, bytes[index] == octet else { return false }
    index += 1
    return true
  }

  private static func skipToken(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
    let start = index
    while index < end, Octet.isToken(bytes[index]) { index += 1 }
    return index > start
  }

  private static func skipQuotedString(_ bytes: Span<UInt8>, _ index: inout Int, _ end: Int) -> Bool {
    guard skip(UInt8(ascii: "\""), bytes, &index, end) else { return false }
    while index < end, bytes[index] != UInt8(ascii: "\"") {
      if bytes[index] == UInt8(ascii: "\\") { index += 1 }
      guard index < end, Octet.isFieldValue(bytes[index]) else { return false }
      index += 1
    }
    return skip(UInt8(ascii: "\""), bytes, &index, end)
  }
}

extension JSONParser {
  /// Nil for a text that nobody asks for: a member's name that is not wanted, and whatever stands in a value that is passed over.
  mutating func string(isName: Bool) throws(JSONError) -> String? {
    index += 1
    let start = index
    passPlain()
    guard index < bytes.count else { throw fail("a string does not end") }
    guard bytes[index] == UInt8(ascii: "\"") else {
      let text = try escapedText(from: start)
      return text.withUnsafeBufferPointer { isKept($0, isName: isName) ? String(decoding: $0, as: UTF8.self) : nil }
    }
    let text = UnsafeBufferPointer(rebasing: bytes[start..<index])
    index += 1
    return isKept(text, isName: isName) ? String(decoding: text, as: UTF8.self) : nil
  }

  private func isKept(_ text: UnsafeBufferPointer<UInt8>, isName: Bool) -> Bool {
    guard !isSkipping else { return false }
    return isName ? names?.contains(text) ?? true : true
  }

  /// Passes over what stands for itself in a string, eight bytes at a time while there are as many.
  private mutating func passPlain() {
    while bytes.count - index >= 8, let start = bytes.baseAddress {
      let word = UInt64(littleEndian: UnsafeRawPointer(start + index).loadUnaligned(as: UInt64.self))
      // The top bit of each byte that ends the plain part; right up to the first of them, and no further.
      let ends =
        JSONParser.bytesBelow(0x20, in: word) | JSONParser.zeroes(in: word ^ JSONParser.each(UInt8(ascii: "\"")))
        | JSONParser.zeroes(in: word ^ JSONParser.each(UInt8(ascii: "\\")))
      guard ends == 0 else {
        index += ends.trailingZeroBitCount / 8
        return
      }
      index += 8
    }
    while index < bytes.count, JSONParser.isPlain(bytes[index]) { index += 1 }
  }

  private static func each(_ byte: UInt8) -> UInt64 { UInt64(byte) &* 0x0101_0101_0101_0101 }

  /// After A. Mycroft: a borrow from a byte that is below spoils only those above it.
  private static func bytesBelow(_ limit: UInt8, in word: UInt64) -> UInt64 { (word &- each(limit)) & ~word & each(0x80) }

  private static func zeroes(in word: UInt64) -> UInt64 { bytesBelow(1, in: word) }

  private static func isPlain(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\") }

  private mutating func escapedText(from start: Int) throws(JSONError) -> [UInt8] {
    var text = Array(bytes[start..<index])
    while index < bytes.count {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        index += 1
        return text
      case UInt8(ascii: "\\"):
        index += 1
        try escape(into: &text)
      case 0..<0x20: throw fail("a control character stands in a string")
      default:
        text.append(byte)
        index += 1
      }
    }
    throw fail("a string does not end")
  }

  private mutating func escape(into text: inout [UInt8]) throws(JSONError) {
    guard index < bytes.count else { throw fail("a string does not end") }
    let byte = bytes[index]
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(0x08)
    case UInt8(ascii: "f"): text.append(0x0C)
    case UInt8(ascii: "n"): text.append(0x0A)
    case UInt8(ascii: "r"): text.append(0x0D)
    case UInt8(ascii: "t"): text.append(0x09)
    case UInt8(ascii: "u"): try unicodeEscape(into: &text)
    default: throw fail("no such escape")
    }
  }

  /// RFC 8259 §7: a character outside the basic plane is a pair of surrogates. Half a pair is no character; it becomes U+FFFD.
  private mutating func unicodeEscape(into text: inout [UInt8]) throws(JSONError) {
    var code = try fourHexDigits()
    if (0xD800...0xDBFF).contains(code), index + 1 < bytes.count, bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "u")
    {
      let mark = index
      index += 2
      let low = try fourHexDigits()
      if (0xDC00...0xDFFF).contains(low) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00)
      } else {
        index = mark
      }
    }
    let scalar = Unicode.Scalar(code) ?? "\u{FFFD}"
    text.append(contentsOf: Array(String(Character(scalar)).utf8))
  }

  private mutating func fourHexDigits() throws(JSONError) -> UInt32 {
    guard index + 4 <= bytes.count else { throw fail("a string does not end") }
    var code: UInt32 = 0
    for _ in 0..<4 {
      let digit: UInt8
      switch bytes[index] {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = bytes[index] - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = bytes[index] - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = bytes[index] - UInt8(ascii: "A") + 10
      default: throw fail("four hexadecimal digits are missing")
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }
}

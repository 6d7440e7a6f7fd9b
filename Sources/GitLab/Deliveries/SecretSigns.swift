internal import Glibc

/// A quick look at the bytes of a body for what a walk through its values could have to hide. It may see signs where nothing is to be hidden, and
/// never overlooks any; most bodies have none, and the walk takes as long as parsing them.
enum SecretSigns {
  /// How the names of members end whose values are secret.
  static let words: [StaticString] = [
    "token", "secret", "password", "passwd", "authorization", "credentials", "api_key", "apikey", "private_key",
  ]

  static func mayStand(in bytes: [UInt8]) -> Bool {
    bytes.withUnsafeBufferPointer { bytes in
      // With a backslash, a name or an address may be written in many ways. Without one, each text is the bytes between its quotation marks.
      first(UInt8(ascii: "\\"), in: bytes[...]) != nil || endsSecretName(in: bytes) || hasUser(in: bytes)
    }
  }

  /// Whether a member's name ends as a secret's does, or is that of CI variables. A name is what stands before a colon, with white space between
  /// (RFC 8259 §2, §4); texts that only look like one are looked at too.
  private static func endsSecretName(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var rest = bytes[...]
    while let colon = first(UInt8(ascii: ":"), in: rest) {
      rest = bytes[(colon + 1)...]
      var end = colon
      while end > 0, isWhiteSpace(bytes[end - 1]) { end -= 1 }
      guard end >= 2, bytes[end - 1] == UInt8(ascii: "\""), endsWord(bytes[end - 2]) else { continue }
      let name = bytes[..<(end - 1)]
      if words.contains(where: { ends(name, with: $0) }) || ends(name, with: "variables") { return true }
    }
    return false
  }

  private static func isWhiteSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D }

  /// Whether any of the words ends in this letter: what does not need not be compared with each of them.
  private static func endsWord(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(plain(byte)) {
    case "n", "t", "d", "s", "y": true
    default: false
    }
  }

  /// Whether an `@` stands in an address's authority: after `://`, with none of the bytes between that end one (RFC 3986 §3.2.1). What stands
  /// before another `@` has been looked at.
  private static func hasUser(in bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var rest = bytes[...]
    while let at = first(UInt8(ascii: "@"), in: rest) {
      if let end = rest[..<at].lastIndex(where: isDelimiter), ends(bytes[...end], with: "://") { return true }
      rest = bytes[(at + 1)...]
    }
    return false
  }

  private static func isDelimiter(_ byte: UInt8) -> Bool {
    switch Unicode.Scalar(byte) {
    case "/", "?", "#", "\"", "'", "<", ">", " ", "\n", "\t": true
    default: false
    }
  }

  private static func first(_ byte: UInt8, in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
    guard let start = bytes.base.baseAddress, let found = memchr(start + bytes.startIndex, Int32(byte), bytes.count) else { return nil }
    return UnsafeRawPointer(found) - UnsafeRawPointer(start)
  }

  /// Case and `-` for `_` make no difference.
  static func ends(_ text: Slice<UnsafeBufferPointer<UInt8>>, with word: StaticString) -> Bool {
    let start = text.endIndex - word.utf8CodeUnitCount
    guard start >= text.startIndex else { return false }
    for index in (0..<word.utf8CodeUnitCount).reversed() where plain(text[start + index]) != word.utf8Start[index] { return false }
    return true
  }

  static func plain(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "-"): UInt8(ascii: "_")
    default: byte
    }
  }
}

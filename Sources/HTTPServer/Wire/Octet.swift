/// The character classes of RFC 9110 §5.5 and §5.6 and RFC 3986 §2, by octet. No Unicode property ever takes part: what a set of
/// "white space" calls blank is not what the wire calls blank, and the difference is a smuggling hole.
enum Octet {
  static let tab: UInt8 = 0x09
  static let lineFeed: UInt8 = 0x0A
  static let carriageReturn: UInt8 = 0x0D
  static let space: UInt8 = 0x20

  /// SP or HTAB: the only white space there is (RFC 9110 §5.6.3).
  static func isBlank(_ octet: UInt8) -> Bool { octet == space || octet == tab }

  static func isDigit(_ octet: UInt8) -> Bool { octet &- 0x30 < 10 }

  /// RFC 9110 §5.6.2. Spelt out, as the others: what a table is made of would be asked for at each octet whether it is made.
  static func isToken(_ octet: UInt8) -> Bool {
    if isAlphanumeric(octet) { return true }
    switch Unicode.Scalar(octet) {
    case "!", "#", "$", "%", "&", "'", "*", "+", "-", ".", "^", "_", "`", "|", "~": return true
    default: return false
    }
  }

  /// What a field value may hold (RFC 9110 §5.5): visible ASCII, SP, HTAB, and 0x80-0xFF as opaque data.
  static func isFieldValue(_ octet: UInt8) -> Bool { isVisible(octet) || isBlank(octet) || octet >= 0x80 }

  /// What a request target may hold. RFC 3986 without `"`, `#` (no fragment is ever sent), `<`, `>` and `\`, which some software
  /// takes for `/`; but with ``[ ] ^ ` { | }``, which browsers send raw in a query.
  static func isTarget(_ octet: UInt8) -> Bool {
    switch Unicode.Scalar(octet) {
    case "\"", "#", "<", ">", "\\": false
    default: isVisible(octet)
    }
  }

  /// What a registered name in `Host` may hold, apart from percent-escapes (RFC 3986 §3.2.2).
  static func isRegisteredName(_ octet: UInt8) -> Bool {
    if isAlphanumeric(octet) { return true }
    switch Unicode.Scalar(octet) {
    case "-", ".", "_", "~", "!", "$", "&", "'", "(", ")", "*", "+", ",", ";", "=": return true
    default: return false
    }
  }

  static func hexadecimalValue(_ octet: UInt8) -> UInt8? {
    switch octet {
    case 0x30...0x39: octet - 0x30
    case 0x41...0x46: octet - 0x41 + 10
    case 0x61...0x66: octet - 0x61 + 10
    default: nil
    }
  }

  /// ASCII only; every other octet stays as it is.
  static func lowercased(_ octet: UInt8) -> UInt8 { octet &- 0x41 < 26 ? octet | 0x20 : octet }

  private static func isAlphanumeric(_ octet: UInt8) -> Bool { isDigit(octet) || lowercased(octet) &- 0x61 < 26 }

  private static func isVisible(_ octet: UInt8) -> Bool { octet > 0x20 && octet < 0x7F }
}

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

  /// RFC 9110 §5.6.2.
  static func isToken(_ octet: UInt8) -> Bool { classes[Int(octet)] & token != 0 }

  /// What a field value may hold (RFC 9110 §5.5): visible ASCII, SP, HTAB, and 0x80-0xFF as opaque data.
  static func isFieldValue(_ octet: UInt8) -> Bool { classes[Int(octet)] & fieldValue != 0 }

  /// What a request target may hold. RFC 3986 without `"`, `#` (no fragment is ever sent), `<`, `>` and `\`, which some software
  /// takes for `/`; but with ``[ ] ^ ` { | }``, which browsers send raw in a query.
  static func isTarget(_ octet: UInt8) -> Bool { classes[Int(octet)] & target != 0 }

  /// What a registered name in `Host` may hold, apart from percent-escapes (RFC 3986 §3.2.2).
  static func isRegisteredName(_ octet: UInt8) -> Bool { classes[Int(octet)] & registeredName != 0 }

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

  private static let token: UInt8 = 1
  private static let fieldValue: UInt8 = 2
  private static let target: UInt8 = 4
  private static let registeredName: UInt8 = 8

  private static let classes: [UInt8] = (0...255).map { (octet: UInt8) in
    let isAlphanumeric = isDigit(octet) || lowercased(octet) &- 0x61 < 26
    let isVisible = octet > 0x20 && octet < 0x7F
    var classes: UInt8 = 0
    if isAlphanumeric || "!#$%&'*+-.^_`|~".utf8.contains(octet) { classes |= token }
    if isVisible || isBlank(octet) || octet >= 0x80 { classes |= fieldValue }
    if isVisible && !"\"#<>\\".utf8.contains(octet) { classes |= target }
    if isAlphanumeric || "-._~!$&'()*+,;=".utf8.contains(octet) { classes |= registeredName }
    return classes
  }
}

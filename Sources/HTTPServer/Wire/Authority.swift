import Glibc

/// `uri-host [ ":" port ]` (RFC 9110 §7.2, RFC 3986 §3.2).
enum Authority {
  /// Whether the octets of `range`, which is not empty, name a host and perhaps a port. The port is at most five digits.
  static func isValid(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    let hostEnd: Int
    if bytes[range.lowerBound] == UInt8(ascii: "[") {
      guard let bracket = bytes.firstIndex(of: UInt8(ascii: "]"), in: range),
        isIPv6Address(bytes.text(range.lowerBound + 1..<bracket))
      else { return false }
      hostEnd = bracket + 1
    } else {
      hostEnd = bytes.firstIndex(of: UInt8(ascii: ":"), in: range) ?? range.upperBound
      guard hostEnd > range.lowerBound, isRegisteredName(bytes, range.lowerBound..<hostEnd) else { return false }
    }
    guard hostEnd < range.upperBound else { return true }
    let port = hostEnd + 1..<range.upperBound
    return bytes[hostEnd] == UInt8(ascii: ":") && port.count <= 5 && bytes.allSatisfy(port, Octet.isDigit)
  }

  /// A registered name or an IPv4 address, which is one too as far as its characters go.
  private static func isRegisteredName(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
    var index = range.lowerBound
    while index < range.upperBound {
      let octet = bytes[index]
      if octet == UInt8(ascii: "%") {
        guard index + 2 < range.upperBound, Octet.hexadecimalValue(bytes[index + 1]) != nil, Octet.hexadecimalValue(bytes[index + 2]) != nil
        else { return false }
        index += 3
      } else {
        guard Octet.isRegisteredName(octet) else { return false }
        index += 1
      }
    }
    return true
  }

  /// The C library's reading; it knows no zone, and neither does RFC 9110.
  private static func isIPv6Address(_ text: String) -> Bool {
    var address = in6_addr()
    return text.utf8.count <= 45 && inet_pton(AF_INET6, text, &address) == 1
  }
}

/// The request target in origin-form, absolute-form or asterisk-form (RFC 9112 §3.2). Authority-form belongs to CONNECT, which is refused.
struct RequestTarget {
  /// Path and query as received; `*` for the whole server.
  var path: String
  /// From an absolute-form target; it outranks the Host field (RFC 9112 §3.2.2).
  var authority: String?

  init(_ bytes: Span<UInt8>, _ range: Range<Int>, isOptions: Bool) throws(RequestFault) {
    guard let first = range.first else { throw .malformedTarget }
    try RequestTarget.check(bytes, range)
    switch bytes[first] {
    case UInt8(ascii: "/"):
      path = bytes.text(range)
    case UInt8(ascii: "*") where range.count == 1 && isOptions:
      path = "*"
    default:
      let start = try RequestTarget.authorityStart(bytes, range)
      var end = start
      while end < range.upperBound, bytes[end] != UInt8(ascii: "/"), bytes[end] != UInt8(ascii: "?") { end += 1 }
      // RFC 9110 §4.2.1: an http URI with an empty host is invalid. User information is refused with it (§4.2.4): no `@` is in a host.
      guard start < end, Authority.isValid(bytes, start..<end) else { throw .malformedTarget }
      authority = bytes.text(start..<end)
      switch (bytes.text(end..<range.upperBound), isOptions) {
      case ("", true): path = "*"  // RFC 9112 §3.2.4
      case ("", false): path = "/"  // RFC 9112 §3.2.1
      case (let rest, _): path = rest.utf8.first == UInt8(ascii: "?") ? "/" + rest : rest
      }
    }
  }

  /// Allowed characters only, and whole percent-escapes, none of them a NUL: what a router or a C string would cut short is refused here.
  private static func check(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(RequestFault) {
    var index = range.lowerBound
    while index < range.upperBound {
      let octet = bytes[index]
      guard Octet.isTarget(octet) else { throw .malformedTarget }
      index += 1
      guard octet == UInt8(ascii: "%") else { continue }
      guard index + 2 <= range.upperBound, let high = Octet.hexadecimalValue(bytes[index]),
        let low = Octet.hexadecimalValue(bytes[index + 1]), high | low != 0
      else { throw .malformedTarget }
      index += 2
    }
  }

  /// Behind `http://` or `https://`; a proxy in front may have ended TLS.
  private static func authorityStart(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(RequestFault) -> Int {
    for scheme: StaticString in ["http://", "https://"] {
      let end = range.lowerBound + scheme.utf8CodeUnitCount
      if end <= range.upperBound, bytes.matches(scheme, range.lowerBound..<end) { return end }
    }
    throw .malformedTarget
  }
}

internal import HTTPTypes

/// `method SP request-target SP HTTP-version` (RFC 9112 §3).
struct RequestLine {
  var method: HTTPRequest.Method
  var target: RequestTarget
  /// HTTP/1.0, which has no chunked coding, no 100 (Continue), and closes unless told otherwise. Any later 1.x is served as 1.1.
  var isVersion10: Bool

  /// The methods that some resource of a server like this one may have. TRACE and CONNECT are deliberately not among them: the one
  /// reflects credentials, the other is for proxies.
  static let methods: [HTTPRequest.Method] = [.get, .head, .post, .put, .patch, .delete, .options]

  /// Reads the octets of `line`. A line that is no request line is refused and never repaired (RFC 9112 §3).
  init(_ bytes: Span<UInt8>, _ line: Range<Int>) throws(RequestFault) {
    guard let methodEnd = bytes.firstIndex(of: Octet.space, in: line), methodEnd > line.lowerBound,
      bytes.allSatisfy(line.lowerBound..<methodEnd, Octet.isToken),
      let targetEnd = bytes.firstIndex(of: Octet.space, in: methodEnd + 1..<line.upperBound)
    else { throw .malformedRequestLine }

    isVersion10 = try RequestLine.isVersion10(bytes, targetEnd + 1..<line.upperBound)
    let methodRange = line.lowerBound..<methodEnd
    guard let method = RequestLine.methods.first(where: { bytes.equals($0.rawValue, methodRange) }) else { throw .unsupportedMethod }
    self.method = method
    target = try RequestTarget(bytes, methodEnd + 1..<targetEnd, isOptions: method == .options)
  }

  /// `HTTP/` DIGIT `.` DIGIT, in this case only (RFC 9112 §2.3); another major version than 1 is refused with 505 (RFC 9110 §15.6.6).
  private static func isVersion10(_ bytes: Span<UInt8>, _ range: Range<Int>) throws(RequestFault) -> Bool {
    guard range.count == 8, bytes.equals("HTTP/", range.lowerBound..<range.lowerBound + 5) else { throw .malformedRequestLine }
    let (major, point, minor) = (bytes[range.lowerBound + 5], bytes[range.lowerBound + 6], bytes[range.lowerBound + 7])
    guard Octet.isDigit(major), point == UInt8(ascii: "."), Octet.isDigit(minor) else { throw .malformedRequestLine }
    guard major == UInt8(ascii: "1") else { throw .unsupportedVersion }
    return minor == UInt8(ascii: "0")
  }

  /// What a line that is longer than `limit` is refused with: 501 if not even its method came to an end (RFC 9112 §3), 414 otherwise. Looks
  /// at no more than has to be there by then, so that the verdict does not depend on how the bytes were cut.
  static func tooLong(_ bytes: Span<UInt8>, from start: Int, limit: Int) -> RequestFault {
    let beginning = start..<start + min(limit, 32)
    if bytes.firstIndex(of: Octet.space, in: beginning) != nil { return .requestLineTooLong }
    return bytes.allSatisfy(beginning, Octet.isToken) ? .unsupportedMethod : .malformedRequestLine
  }
}

extension Span<UInt8> {
  /// Whether the octets of `range` are exactly those of `text`.
  fileprivate func equals(_ text: String, _ range: Range<Int>) -> Bool {
    guard range.count == text.utf8.count else { return false }
    var index = range.lowerBound
    for octet in text.utf8 {
      guard self[index] == octet else { return false }
      index += 1
    }
    return true
  }
}

/// The fields on which framing, routing and the life of the connection depend, gathered line by line and judged together at the end of
/// the head (RFC 9112 §3.2, §6 and §9; RFC 9110 §10.1.1).
struct FramingFields {
  private(set) var host: String?
  private var contentLength: Int?
  private var transferEncoding: TransferEncoding?
  private var hasClose = false
  private var hasKeepAlive = false
  private var expectsContinue = false
  private var hasUnknownExpectation = false

  private enum TransferEncoding {
    case chunked
    /// Other codings below a final `chunked`: the length can be known, the content cannot.
    case unknown
    /// No `chunked` at the end, or more than one: not even the length can be known. Or an empty element, which RFC 9110 §5.6.1 would skip:
    /// whoever sends one hopes that somebody does not.
    case malformed
  }

  /// Takes note of one field. `value` is trimmed already.
  mutating func note(_ bytes: Span<UInt8>, name: Range<Int>, value: Range<Int>) throws(RequestFault) {
    switch name.count {
    case 4 where bytes.matches("host", name):
      guard host == nil else { throw .repeatedHost }
      guard value.isEmpty || Authority.isValid(bytes, value) else { throw .malformedHost }
      host = bytes.text(value)
    case 6 where bytes.matches("expect", name):
      noteExpectations(bytes, value)
    case 10 where bytes.matches("connection", name):
      noteConnection(bytes, value)
    case 14 where bytes.matches("content-length", name):
      // Equal duplicates could be folded (RFC 9112 §6.3), but no client has a reason to send them.
      guard contentLength == nil else { throw .repeatedContentLength }
      contentLength = try FramingFields.length(bytes, value)
    case 17 where bytes.matches("transfer-encoding", name):
      // Not even `chunked` over two lines: whoever splits it hopes that somebody reads only one of them.
      transferEncoding = transferEncoding == nil ? FramingFields.coding(bytes, value) : .malformed
    default: break
    }
  }

  /// Judges the whole: where the body ends, and whether the connection lives on.
  func head(_ line: RequestLine) throws(RequestFault) -> (framing: BodyFraming, keepsAlive: Bool, expectsContinue: Bool) {
    guard host != nil || line.isVersion10 else { throw .missingHost }
    let framing = try framing(line)
    // A client of HTTP/1.0 has not heard of expectations (RFC 9110 §10.1.1).
    guard line.isVersion10 || !hasUnknownExpectation else { throw .unknownExpectation }
    let keepsAlive = !hasClose && (!line.isVersion10 || hasKeepAlive)
    return (framing, keepsAlive, expectsContinue && !line.isVersion10)
  }

  /// RFC 9112 §6.1 and §6.3.
  private func framing(_ line: RequestLine) throws(RequestFault) -> BodyFraming {
    guard let transferEncoding else {
      return contentLength.map { $0 == 0 ? .none : .length($0) } ?? .none
    }
    guard contentLength == nil else { throw .contentLengthWithTransferEncoding }
    guard !line.isVersion10 else { throw .malformedTransferEncoding }
    switch transferEncoding {
    case .chunked: return .chunked
    case .unknown: throw .unknownTransferCoding
    case .malformed: throw .malformedTransferEncoding
    }
  }

  private mutating func noteConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    FramingFields.forEachElement(bytes, value) { element in
      if bytes.matches("close", element) { hasClose = true }
      if bytes.matches("keep-alive", element) { hasKeepAlive = true }
    }
  }

  private mutating func noteExpectations(_ bytes: Span<UInt8>, _ value: Range<Int>) {
    FramingFields.forEachElement(bytes, value) { element in
      if bytes.matches("100-continue", element) { expectsContinue = true } else if !element.isEmpty { hasUnknownExpectation = true }
    }
  }

  /// 1*DIGIT by hand: an integer parser of a library takes signs, and wraps or traps where this one says "too large" (RFC 9110 §8.6).
  private static func length(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(RequestFault) -> Int {
    guard !value.isEmpty, bytes.allSatisfy(value, Octet.isDigit) else { throw .malformedContentLength }
    var length = 0
    for index in value {
      let (tenfold, overflowed) = length.multipliedReportingOverflow(by: 10)
      let (sum, carried) = tenfold.addingReportingOverflow(Int(bytes[index] - 0x30))
      // Longer than anything is longer than any limit; the answer is 413 and comes from whoever knows the limit.
      guard !overflowed, !carried else { return .max }
      length = sum
    }
    return length
  }

  private static func coding(_ bytes: Span<UInt8>, _ value: Range<Int>) -> TransferEncoding {
    if bytes.matches("chunked", value) { return .chunked }
    var (count, chunked, lastIsChunked, hasEmpty) = (0, 0, false, false)
    forEachElement(bytes, value) { element in
      count += 1
      if element.isEmpty { hasEmpty = true }
      lastIsChunked = bytes.matches("chunked", element)
      if lastIsChunked { chunked += 1 }
    }
    return count > 1 && chunked == 1 && lastIsChunked && !hasEmpty ? .unknown : .malformed
  }

  /// The elements of a comma-separated list (RFC 9110 §5.6.1), empty ones included.
  private static func forEachElement(_ bytes: Span<UInt8>, _ value: Range<Int>, _ body: (Range<Int>) -> Void) {
    var start = value.lowerBound
    while start <= value.upperBound {
      let end = bytes.firstIndex(of: UInt8(ascii: ","), in: start..<value.upperBound) ?? value.upperBound
      body(bytes.trimmed(start..<end))
      start = end + 1
    }
  }
}

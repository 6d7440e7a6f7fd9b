internal import HTTPTypes

/// Reads a request head, line by line as the lines come in. Bounded by `Limits`; each byte is looked at once however it arrives.
struct HeadParser {
  private var lines = LineReader()
  private var requestLine: RequestLine?
  private var fields = HTTPFields()
  private var framing = FramingFields()
  /// Bytes of this head in the lines read so far.
  private var size = 0

  /// Whether a head has begun and is not complete.
  var isWithinHead: Bool { size > 0 || lines.isWithinLine }

  /// Whether something other than empty lines has begun.
  var hasBegunRequest: Bool { requestLine != nil || lines.isWithinLine }

  /// Whether the head that is being read begins as a HEAD does; also after a fault in its first line, for even then the answer has no
  /// content (RFC 9110 §9.3.2).
  private(set) var isHead = false

  /// The next head if all of it is there. It is consumed from `input`, and the parser stands ready for the one after it.
  mutating func next(from input: inout InputBuffer, limits: Limits) throws(RequestFault) -> RequestHead? {
    if requestLine == nil {
      guard let line = try nextRequestLine(from: &input, limits) else { return nil }
      requestLine = line
      // What most clients send.
      fields.reserveCapacity(16)
    }
    while let line = try nextLine(from: &input, limits, bound: limits.fieldLine, tooLong: .fieldTooLarge) {
      if line.isEmpty { return try finish() }
      guard fields.count < limits.fields else { throw .tooManyFields }
      let bytes = input.bytes.span
      let (name, value) = try FieldLine.split(bytes, line)
      try framing.note(bytes, name: name, value: value)
      fields.append(try FieldLine.field(bytes, name: name, value: value))
    }
    return nil
  }

  private mutating func nextRequestLine(from input: inout InputBuffer, _ limits: Limits) throws(RequestFault) -> RequestLine? {
    while true {
      let start = input.start
      isHead = input.bytes[start...].starts(with: "HEAD ".utf8)
      do throws(RequestFault) {
        guard let line = try nextLine(from: &input, limits, bound: limits.requestLine, tooLong: .requestLineTooLong) else { return nil }
        // RFC 9112 §2.2: empty lines before a request line are ignored. They count as part of the head, so not for ever.
        if !line.isEmpty { return try RequestLine(input.bytes.span, line) }
      } catch .requestLineTooLong {
        throw RequestLine.tooLong(input.bytes.span, from: start, limit: limits.requestLine)
      }
    }
  }

  /// The next line within both its own bound and what is left of the head's.
  private mutating func nextLine(
    from input: inout InputBuffer, _ limits: Limits, bound: Int, tooLong: RequestFault
  ) throws(RequestFault) -> Range<Int>? {
    let room = limits.head - size - 2
    guard room >= 0 else { throw .headTooLarge }
    let line = try lines.next(from: &input, limit: min(bound, room), tooLong: bound <= room ? tooLong : .headTooLarge)
    if let line { size += line.count + 2 }
    return line
  }

  private mutating func finish() throws(RequestFault) -> RequestHead? {
    guard let line = requestLine else { return nil }
    let (bodyFraming, keepsAlive, expectsContinue) = try framing.head(line)
    let request = HTTPRequest(
      method: line.method, scheme: "http", authority: line.target.authority ?? framing.host, path: line.target.path, headerFields: fields)
    let head = RequestHead(
      request: request, isVersion10: line.isVersion10, framing: bodyFraming, keepsAlive: keepsAlive, expectsContinue: expectsContinue)
    fields = HTTPFields()
    requestLine = nil
    framing = FramingFields()
    size = 0
    isHead = false
    return head
  }
}

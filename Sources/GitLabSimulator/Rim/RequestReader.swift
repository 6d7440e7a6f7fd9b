internal import HTTPMessages
internal import HTTPTypes

/// What the bytes of a connection hold so far.
enum RequestReading {
  case incomplete
  /// A whole request, how many bytes it took, and whether the connection ends after it.
  case request(Request, byteCount: Int, isLast: Bool)
  /// Bytes that this server does not take; it answers with the status and closes.
  case refused(HTTPResponse.Status)

  /// Reads the first request of a buffer: HTTP/1.1 with `Content-Length` (RFC 9112), all that a REST client sends.
  init(_ bytes: [UInt8]) {
    guard let headEnd = bytes.firstIndex(of: Array("\r\n\r\n".utf8)) else {
      self = bytes.count > Limits.requestBytes ? .refused(.requestHeaderFieldsTooLarge) : .incomplete
      return
    }
    let lines = String(decoding: bytes[..<headEnd], as: UTF8.self).split(separator: "\r\n")
    let start = lines[0].split(separator: " ")
    guard start.count == 3, let method = HTTPRequest.Method(String(start[0])), start[2] == "HTTP/1.1" || start[2] == "HTTP/1.0" else {
      self = .refused(.badRequest)
      return
    }
    var head = HTTPRequest(method: method, scheme: "http", authority: nil, path: String(start[1]))
    for line in lines.dropFirst() {
      guard let colon = line.firstIndex(of: ":"), let name = HTTPField.Name(String(line[..<colon])) else {
        self = .refused(.badRequest)
        return
      }
      let value = line[line.index(after: colon)...].drop { $0 == " " }
      if line[..<colon].lowercased() == "host" {
        head.authority = String(value)
      } else {
        head.headerFields.append(HTTPField(name: name, value: String(value)))
      }
    }
    self = RequestReading.withBody(head, bytes, bodyStart: headEnd + 4, isLast: start[2] == "HTTP/1.0")
  }

  private static func withBody(_ head: HTTPRequest, _ bytes: [UInt8], bodyStart: Int, isLast: Bool) -> RequestReading {
    if head.headerFields[.transferEncoding] != nil { return .refused(.lengthRequired) }
    guard let length = Int(head.headerFields[.contentLength] ?? "0"), length >= 0 else { return .refused(.badRequest) }
    guard length <= Limits.requestBytes else { return .refused(.contentTooLarge) }
    guard bytes.count - bodyStart >= length else { return .incomplete }
    let request = Request(head: head, body: Array(bytes[bodyStart..<bodyStart + length]))
    return .request(request, byteCount: bodyStart + length, isLast: isLast || head.headerFields[.connection]?.lowercased() == "close")
  }
}

extension Response {
  /// The response on the wire (RFC 9112).
  var wireBytes: [UInt8] {
    var text = "HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n"
    for field in head.headerFields { text += "\(field.name.rawName): \(field.value)\r\n" }
    text += "Content-Length: \(body.count)\r\n\r\n"
    return Array(text.utf8) + body
  }
}

extension [UInt8] {
  fileprivate func firstIndex(of pattern: [UInt8]) -> Int? {
    guard count >= pattern.count else { return nil }
    return (0...(count - pattern.count)).first { self[$0..<$0 + pattern.count].elementsEqual(pattern) }
  }
}

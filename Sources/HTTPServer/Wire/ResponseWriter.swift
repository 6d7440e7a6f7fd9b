internal import HTTPMessages
internal import HTTPTypes

/// Writes a response as it goes over the wire. What frames the message and what belongs to the connection is the writer's alone: a
/// handler's own Content-Length, Transfer-Encoding, Connection or Date are left out.
struct ResponseWriter {
  /// What the response says about the connection (RFC 9112 §9.3 and §9.6).
  enum Connection {
    /// Kept, which HTTP/1.1 need not be told.
    case kept
    /// Kept, and the client speaks HTTP/1.0.
    case keptVersion10
    case closed
  }

  /// The interim response that asks for the body (RFC 9110 §15.2.1).
  static let continueLine = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

  /// How the other end learns where the content ends (RFC 9112 §6).
  enum Framing {
    /// There is no content, and nothing says so: 204 and 304.
    case none
    case length(Int)
    case chunked
    /// For HTTP/1.0, which knows no chunks.
    case untilClose
  }

  /// Ends chunked content; there are no trailers.
  static let lastChunk = Array("0\r\n\r\n".utf8)

  /// Appends `response` to `out`. False, and nothing written, if it is none that can be sent: an interim status, or a field that holds
  /// control characters, with which it could be split in two (RFC 9112 §11.1).
  ///
  /// `isHead` leaves out the body but tells its length (RFC 9110 §9.3.2).
  static func write(_ response: Response, to out: inout [UInt8], isHead: Bool, connection: Connection, date: HTTPDate) -> Bool {
    let content = Content(response.status.code)
    let framing: Framing = content == .never ? .none : .length(content == .empty ? 0 : response.body.count)
    out.reserveCapacity(out.count + 256 + response.body.count)
    guard writeHead(response.head, framing, to: &out, connection: connection, date: date) else { return false }
    if content == .any, !isHead { out += response.body }
    return true
  }

  /// Appends the head of a response whose content follows piece by piece. False, as `write`, also for a status that has no content.
  static func writeStreamedHead(
    _ head: HTTPResponse, _ framing: Framing, to out: inout [UInt8], connection: Connection, date: HTTPDate
  ) -> Bool {
    Content(head.status.code) == .any && writeHead(head, framing, to: &out, connection: connection, date: date)
  }

  /// Appends one piece of chunked content, which is not empty: such a chunk would be taken for the last.
  static func writeChunk(_ piece: [UInt8], to out: inout [UInt8]) {
    out.reserveCapacity(out.count + piece.count + 12)
    out += String(piece.count, radix: 16).utf8
    out += "\r\n".utf8
    out += piece
    out += "\r\n".utf8
  }

  private static func writeHead(
    _ head: HTTPResponse, _ framing: Framing, to out: inout [UInt8], connection: Connection, date: HTTPDate
  ) -> Bool {
    let status = head.status
    guard (200...599).contains(status.code) else { return false }
    let begin = out.count
    out += "HTTP/1.1 ".utf8
    out.appendDigits(status.code, width: 3)
    out.append(Octet.space)
    guard out.appendChecked(status.reasonPhrase.utf8) else { return undo(&out, begin) }
    out += "\r\nDate: ".utf8
    out += date.bytes
    out += "\r\n".utf8
    for field in head.headerFields where !isReserved(field.name) {
      guard append(field, to: &out) else { return undo(&out, begin) }
    }
    switch connection {
    case .kept: break
    case .keptVersion10: out += "Connection: keep-alive\r\n".utf8
    case .closed: out += "Connection: close\r\n".utf8
    }
    switch framing {
    case .none, .untilClose: break
    case .length(let length):
      out += "Content-Length: ".utf8
      out.appendDigits(length)
      out += "\r\n".utf8
    case .chunked: out += "Transfer-Encoding: chunked\r\n".utf8
    }
    out += "\r\n".utf8
    return true
  }

  /// Whether a handler's response asks for the connection to be closed after it.
  static func asksToClose(_ head: HTTPResponse) -> Bool {
    head.headerFields[values: .connection].contains { value in
      let bytes = Array(value.utf8)
      return bytes.span.matches("close", bytes.span.trimmed(0..<bytes.count))
    }
  }

  private enum Content {
    /// No content and no length: 204 (RFC 9110 §8.6), and 304, whose length would be that of the content not sent.
    case never
    /// 205 (RFC 9110 §15.3.6).
    case empty
    case any

    init(_ code: Int) {
      switch code {
      case 204, 304: self = .never
      case 205: self = .empty
      default: self = .any
      }
    }
  }

  private static func isReserved(_ name: HTTPField.Name) -> Bool {
    let name = name.canonicalName
    // Hardly any other field's name is as long as one of these.
    return switch name.utf8.count {
    case 4: name == "date"
    case 10: name == "connection" || name == "keep-alive"
    case 14: name == "content-length"
    case 17: name == "transfer-encoding"
    default: false
    }
  }

  private static func append(_ field: HTTPField, to out: inout [UInt8]) -> Bool {
    let name = out.count
    out += field.name.rawName.utf8
    guard out.count > name, out.span.allSatisfy(name..<out.count, Octet.isToken) else { return false }
    out.append(UInt8(ascii: ":"))
    out.append(Octet.space)
    guard field.withUnsafeBytesOfValue({ out.appendChecked($0) }) else { return false }
    out += "\r\n".utf8
    return true
  }

  private static func undo(_ out: inout [UInt8], _ begin: Int) -> Bool {
    out.removeSubrange(begin...)
    return false
  }
}

extension [UInt8] {
  /// Appends what a field value may hold. False at the first octet it may not.
  fileprivate mutating func appendChecked(_ octets: some Collection<UInt8>) -> Bool {
    let begin = count
    append(contentsOf: octets)
    return span.allSatisfy(begin..<count, Octet.isFieldValue)
  }
}

import HTTPMessages
import HTTPTypes

/// Puts an answer together from libcurl's header lines and body pieces, within the limits. Pure.
struct ResponseReader {
  /// Why reading stops before the answer's end.
  enum Violation: Sendable, Hashable {
    case headTooLarge, bodyTooLarge, compressed
  }

  private let headLimit: Int
  private let bodyLimit: Int
  private var headBytes = 0
  private var head = HTTPResponse(status: .init(code: 0))
  private var lastName: HTTPField.Name?
  private(set) var isHeadComplete = false
  private(set) var body: [UInt8] = []
  private(set) var violation: Violation?

  init(limits: ClientLimits) {
    headLimit = limits.headBytes
    bodyLimit = limits.bodyBytes
  }

  /// The answer, once libcurl says that it is whole.
  var response: Response? { isHeadComplete ? Response(head: head, body: body) : nil }

  /// Whether the answer says yes (2xx).
  var isSuccess: Bool { (200..<300).contains(head.status.code) }

  /// Takes one line of the head with its line end, as libcurl hands them over: status lines and fields of interim answers (1xx), then those of
  /// the final one, an empty line after each, and at last trailers, which nobody here reads. False if the answer breaks a limit.
  mutating func receive(headerLine raw: UnsafeRawBufferPointer) -> Bool {
    headBytes += raw.count
    guard headBytes <= headLimit else { return stop(.headTooLarge) }
    guard !isHeadComplete else { return true }
    let line = raw.trimmingLineEnd()
    if line.isEmpty {
      isHeadComplete = head.status.code >= 200
      return isHeadComplete ? isAcceptable() : true
    }
    if line.starts(with: "HTTP/".utf8) {
      readStatus(line)
    } else if line.first == 0x20 || line.first == 0x09 {
      continueField(line)
    } else {
      readField(line)
    }
    return true
  }

  mutating func receive(body piece: UnsafeRawBufferPointer) -> Bool {
    guard body.count + piece.count <= bodyLimit else { return stop(.bodyTooLarge) }
    body.append(contentsOf: piece)
    return true
  }

  private mutating func stop(_ violation: Violation) -> Bool {
    self.violation = violation
    return false
  }

  /// What can be known from the head alone is refused before the body is read.
  private mutating func isAcceptable() -> Bool {
    if let coding = head.headerFields[.contentEncoding], coding.lowercased() != "identity" { return stop(.compressed) }
    if let length = head.headerFields[.contentLength].flatMap({ Int($0) }), length > 0 {
      guard length <= bodyLimit else { return stop(.bodyTooLarge) }
      body.reserveCapacity(length)
    }
    return true
  }

  /// `HTTP/1.1 200 OK` (RFC 9112 §4). libcurl has checked the form before it calls.
  private mutating func readStatus(_ line: UnsafeRawBufferPointer) {
    let parts = line.split(separator: 0x20, maxSplits: 2)
    let code = parts.count > 1 ? Int(String(decoding: parts[1], as: UTF8.self)) ?? 0 : 0
    let phrase = parts.count > 2 ? String(decoding: parts[2], as: UTF8.self) : ""
    head = HTTPResponse(status: .init(code: (0...999).contains(code) ? code : 0, reasonPhrase: phrase))
    lastName = nil
  }

  /// A field that is none is passed over: it can mean nothing to us, and GitLab's proxies add many.
  private mutating func readField(_ line: UnsafeRawBufferPointer) {
    lastName = nil
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")),
      let name = HTTPField.Name(String(decoding: line[..<colon], as: UTF8.self))
    else { return }
    head.headerFields.append(HTTPField(name: name, value: line[(colon + 1)...].trimmingBlanks()))
    lastName = name
  }

  /// A line that starts with a blank continues the field before it (obs-fold, RFC 9112 §5.2).
  private mutating func continueField(_ line: UnsafeRawBufferPointer) {
    guard let name = lastName, let last = head.headerFields.last else { return }
    head.headerFields.removeLast()
    let value = last.value + " " + String(decoding: line[...].trimmingBlanks(), as: UTF8.self)
    head.headerFields.append(HTTPField(name: name, value: value))
  }
}

extension UnsafeRawBufferPointer {
  fileprivate func trimmingLineEnd() -> UnsafeRawBufferPointer {
    var end = count
    while end > 0, self[end - 1] == 0x0A || self[end - 1] == 0x0D { end -= 1 }
    return UnsafeRawBufferPointer(rebasing: self[..<end])
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate func trimmingBlanks() -> Self {
    var rest = self
    while let first = rest.first, first == 0x20 || first == 0x09 { rest.removeFirst() }
    while let last = rest.last, last == 0x20 || last == 0x09 { rest.removeLast() }
    return rest
  }
}

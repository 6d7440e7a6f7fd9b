import GitLabSimulator
import Glibc
import HTTPMessages
import HTTPTypes
import Synchronization

/// A blocking client over a plain socket, to see exactly what comes back.
final class RawClient {
  private let descriptor: Int32

  /// What one attempt to read to the end of the connection gave.
  enum Ending: Equatable { case closed, reset, nothingMore }

  init(url: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = (UInt16(url.split(separator: ":").last ?? "") ?? 0).bigEndian
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
    let status = withUnsafePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    struct Refused: Error {}
    guard status == 0 else { throw Refused() }
  }

  deinit { close(descriptor) }

  func send(_ text: String) {
    let bytes = Array(text.utf8)
    _ = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
  }

  func get(_ path: String) { send("GET /api/v4/\(path) HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: \(Demo.token)\r\n\r\n") }

  func post(_ path: String, _ body: String) {
    send(
      "POST /api/v4/\(path) HTTP/1.1\r\nHost: x\r\nPRIVATE-TOKEN: \(Demo.token)\r\nContent-Type: application/json\r\n"
        + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Reads until `count` whole answers are there, or the connection ends, or nothing has come for the patience given.
  func read(answers count: Int = 1, patience milliseconds: Int = 5_000) -> (text: String, ending: Ending) {
    var patience = timeval(tv_sec: milliseconds / 1_000, tv_usec: milliseconds % 1_000 * 1_000)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 65_536)
    while true {
      let text = String(decoding: bytes, as: UTF8.self)
      if RawClient.wholeAnswers(text) >= count { return (text, .nothingMore) }
      let received = recv(descriptor, &buffer, buffer.count, 0)
      if received == 0 { return (text, .closed) }
      if received < 0 { return (text, errno == ECONNRESET ? .reset : .nothingMore) }
      bytes += buffer[..<received]
    }
  }

  static func wholeAnswers(_ text: String) -> Int {
    var (rest, count) = (Array(text.utf8)[...], 0)
    while let end = (rest.startIndex..<max(rest.startIndex, rest.endIndex - 3)).first(where: {
      rest[$0..<$0 + 4].elementsEqual("\r\n\r\n".utf8)
    }) {
      let lines = String(decoding: rest[..<end], as: UTF8.self).lowercased().split(separator: "\r\n")
      let field = lines.first { $0.hasPrefix("content-length: ") }
      let length = field.flatMap { Int($0.dropFirst(16)) } ?? 0
      guard rest.endIndex - (end + 4) >= length else { return count }
      rest = rest[(end + 4 + length)...]
      count += 1
    }
    return count
  }
}

/// A gate that answers 200 to every hook and hands them on.
final class HookReceiver: Transport {
  private let incoming: AsyncStream<Request>.Continuation
  let requests: AsyncStream<Request>

  static let answer: Answer = .success(Response(head: HTTPResponse(status: .ok)))

  init() { (requests, incoming) = AsyncStream<Request>.makeStream() }

  func send(_ request: Request) async -> Answer {
    incoming.yield(request)
    return HookReceiver.answer
  }
}

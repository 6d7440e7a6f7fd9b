import Glibc
import TestSupport

/// A TCP or Unix connection to a server on this machine that speaks bytes, for requests that stop in the middle. Every wait ends after a minute.
final class RawConnection {
  private let descriptor: Int32
  /// Whether something of an answer was read.
  private(set) var isRead = false

  /// `place` is what the server has announced: `http://127.0.0.1:PORT` or `unix:PATH`.
  ///
  /// - Parameters:
  ///   - source: the last number of the loopback address to come from, 127.0.0.x.
  ///   - receiveBuffer: how many bytes the kernel takes in for us before we read them.
  init(to place: String, from source: UInt8? = nil, receiveBuffer: Int32? = nil) throws {
    let isUnix = place.hasPrefix("unix:")
    descriptor = socket(isUnix ? AF_UNIX : AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var patience = timeval(tv_sec: 60 * slowness, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    if var receiveBuffer { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBuffer, socklen_t(MemoryLayout<Int32>.size)) }
    let port = UInt16(place.split(separator: ":").last ?? "") ?? 0
    let name = isUnix ? SocketName.unix(String(place.dropFirst("unix:".count))) : .loopback(port: port)
    let isBound = source.map { SocketName.loopback($0, port: 0).bind(descriptor) } ?? true
    guard isBound, name.connect(descriptor) else {
      // `deinit` closes the descriptor.
      throw NeverCame(description: "no connection to \(place): \(String(cString: strerror(errno)))")
    }
  }

  deinit { close(descriptor) }

  func send(_ bytes: [UInt8]) throws {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes { buffer in
        buffer.baseAddress.map { Glibc.send(descriptor, $0 + start, bytes.count - start, Int32(MSG_NOSIGNAL)) } ?? -1
      }
      guard count > 0 else { throw NeverCame(description: "the server takes no more bytes: \(String(cString: strerror(errno)))") }
      start += count
    }
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  /// Everything that comes until `end` has come; throws when the connection ends before.
  func receive(upTo end: String) throws -> String {
    var text = ""
    while !text.contains(end) {
      guard let more = try receiveSome() else { throw NeverCame(description: "the server closed the connection after: \(text)") }
      text += more
    }
    return text
  }

  /// The status of the next answer, which is framed by its Content-Length.
  func status() throws -> Int {
    var text = try receive(upTo: "\r\n\r\n")
    let parts = text.split(separator: "\r\n\r\n", maxSplits: 1, omittingEmptySubsequences: false)
    let length = parts[0].firstMatch(of: /Content-Length: (\d+)/).flatMap { Int($0.output.1) } ?? 0
    while text.utf8.count < parts[0].utf8.count + 4 + length {
      guard let more = try receiveSome() else { throw NeverCame(description: "the server closed the connection after: \(text)") }
      text += more
    }
    return Int(text.dropFirst("HTTP/1.1 ".count).prefix(3)) ?? 0
  }

  /// Whether something can be read within so long: bytes, or the end.
  func hasInput(within limit: Duration) -> Bool {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    return poll(&wanted, 1, Int32(limit / .milliseconds(1))) > 0
  }

  /// Everything up to the end of the connection.
  func receiveToEnd() throws -> String {
    var text = ""
    while let more = try receiveSome() { text += more }
    return text
  }

  /// How much comes up to the end of the connection, and the last of it.
  func countToEnd() throws -> (bytes: Int, end: String) {
    var (bytes, end) = (0, "")
    while let more = try receiveSome() {
      bytes += more.utf8.count
      end = String((end + more).suffix(64))
    }
    return (bytes, end)
  }

  private func receiveSome() throws -> String? {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    isRead = true
    guard count >= 0 else { throw NeverCame(description: "nothing came from the server: \(String(cString: strerror(errno)))") }
    return count == 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}

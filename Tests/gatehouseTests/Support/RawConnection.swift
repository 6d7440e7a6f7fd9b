import Glibc

/// A TCP connection to a server on this machine that speaks bytes, for requests that stop in the middle. Every wait ends after ten seconds.
final class RawConnection {
  private let descriptor: Int32

  /// `url` is what the server has announced: `http://127.0.0.1:PORT`.
  init(to url: String) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
    var patience = timeval(tv_sec: 10, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var name = sockaddr_in()
    name.sin_family = sa_family_t(AF_INET)
    name.sin_port = (UInt16(url.split(separator: ":").last ?? "") ?? 0).bigEndian
    name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let code = withUnsafePointer(to: &name) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
    }
    guard code == 0 else {
      // `deinit` closes the descriptor.
      throw NeverCame(description: "no connection to \(url): \(String(cString: strerror(errno)))")
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
    guard count >= 0 else { throw NeverCame(description: "nothing came from the server: \(String(cString: strerror(errno)))") }
    return count == 0 ? nil : String(decoding: bytes[..<count], as: UTF8.self)
  }
}

import Glibc
import NetworkAddresses
import TestSupport

@testable import HTTPServer

/// A blocking client that speaks bytes, so that a test can send what no proper client would. Every wait ends after a minute.
final class Client {
  let descriptor: Int32
  private var buffer: [UInt8] = []

  struct Answer: Equatable {
    var status: Int
    var head: String
    var body: [UInt8]
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  enum Failure: Error, Equatable {
    case cannotConnect(Int32)
    case cannotSend(Int32)
    case cannotReceive(Int32)
    case noResponse(String)
  }

  /// - Parameter source: the last number of the loopback address to come from, 127.0.0.x.
  init(_ address: ListenAddress, from source: UInt8? = nil) throws {
    let name = Client.name(of: address)
    descriptor = socket(name.family, Int32(SOCK_STREAM.rawValue), 0)
    var patience = timeval(tv_sec: 60 * slowness, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
    var on: Int32 = 1
    setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    let isBound = source.map { SocketName.loopback($0, port: 0).bind(descriptor) } ?? true
    guard isBound, name.connect(descriptor) else { throw Failure.cannotConnect(errno) }
  }

  /// Whatever the host, it is this machine's loopback address of the family.
  private static func name(of address: ListenAddress) -> SocketName {
    switch address {
    case .tcp(let host, let port): host.contains(":") ? .loopback6(port: UInt16(port)) : .loopback(port: UInt16(port))
    case .unix(let path): .unix(path)
    }
  }

  deinit {
    close(descriptor)
  }

  func send(_ text: String) throws { try send(Array(text.utf8)) }

  func send(_ bytes: [UInt8]) throws {
    var start = 0
    while start < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.send(descriptor, $0.baseAddress! + start, bytes.count - start, Int32(MSG_NOSIGNAL))
      }
      guard count > 0 else { throw Failure.cannotSend(errno) }
      start += count
    }
  }

  /// How much of this the kernel takes; nil when it takes nothing for so long.
  func sendWhatIsTaken(_ bytes: [UInt8], within limit: Duration) -> Int? {
    var wanted = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    guard poll(&wanted, 1, Int32(limit / .milliseconds(1))) > 0 else { return nil }
    let count = Glibc.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
    return count < 0 ? nil : count
  }

  func shutDownWrite() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Closes with a reset in place of an orderly end.
  func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    shutdown(descriptor, Int32(SHUT_RD))
    let nothing = open("/dev/null", O_RDONLY)
    dup2(nothing, descriptor)
    close(nothing)
  }

  /// The next response, framed by its Content-Length.
  func receive(withoutBody: Bool = false) throws -> Answer {
    while true {
      if let answer = nextAnswer(withoutBody: withoutBody) { return answer }
      guard try fill() else { throw Failure.noResponse(String(decoding: buffer, as: UTF8.self)) }
    }
  }

  /// Everything up to the end of the connection.
  func receiveToEnd() throws -> String {
    while try fill() {}
    defer { buffer = [] }
    return String(decoding: buffer, as: UTF8.self)
  }

  /// What comes next, however much that is; empty at the end of the connection.
  func receiveSome() throws -> String {
    if buffer.isEmpty { _ = try fill() }
    defer { buffer = [] }
    return String(decoding: buffer, as: UTF8.self)
  }

  private func fill() throws -> Bool {
    var bytes = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &bytes, bytes.count, 0)
    guard count >= 0 else { throw Failure.cannotReceive(errno) }
    buffer += bytes[..<count]
    return count > 0
  }

  private func nextAnswer(withoutBody: Bool) -> Answer? {
    let end = Array("\r\n\r\n".utf8)
    guard let headEnd = buffer.indices.first(where: { buffer[$0...].starts(with: end) }) else { return nil }
    let head = String(decoding: buffer[..<headEnd], as: UTF8.self)
    let length = head.firstMatch(of: #/Content-Length: (\d+)/#).flatMap { Int($0.1) } ?? 0
    let bodyStart = headEnd + end.count
    let bodyEnd = withoutBody ? bodyStart : bodyStart + length
    guard buffer.count >= bodyEnd, let status = Int(head.dropFirst(9).prefix(3)) else { return nil }
    let answer = Answer(status: status, head: head, body: Array(buffer[bodyStart..<bodyEnd]))
    buffer.removeFirst(bodyEnd)
    return answer
  }
}

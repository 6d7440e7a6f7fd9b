import Glibc
import Synchronization
import TestSupport

/// A listener on a free port of the loopback that does with each connection what a test says, byte by byte, on a thread of its own.
final class RawServer: Sendable {
  let port: Int
  private let listener: Int32

  init(_ serve: @escaping @Sendable (RawConnection) -> Void) throws {
    let listener: Int32
    (listener, port) = try RawServer.bound()
    guard listen(listener, 64) == 0 else { throw SocketError(code: errno) }
    self.listener = listener
    inThread {
      // Closed here and nowhere else: were it closed while this thread is about to accept, its number might already be another's socket.
      defer { close(listener) }
      while true {
        let descriptor = accept(listener, nil, nil)
        guard descriptor >= 0 else { return }
        inThread { serve(RawConnection(descriptor)) }
      }
    }
  }

  private static func bound() throws -> (descriptor: Int32, port: Int) {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let isBound = withUnsafeMutablePointer(to: &address) { pointer in
      pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
      }
    }
    guard isBound else { throw SocketError(code: errno) }
    return (descriptor, Int(UInt16(bigEndian: address.sin_port)))
  }

  /// Makes `accept` fail, now and ever after.
  deinit { shutdown(listener, Int32(SHUT_RDWR)) }

  var authority: String { "127.0.0.1:\(port)" }

  /// Runs with a port on which nobody listens: it is bound, so that nobody else gets it meanwhile.
  static func withClosedPort<Result>(_ run: (Int) async throws -> Result) async throws -> Result {
    let (descriptor, port) = try bound()
    defer { close(descriptor) }
    return try await run(port)
  }
}

struct SocketError: Error {
  let code: Int32
}

final class RawConnection: Sendable {
  private let descriptor: Int32

  fileprivate init(_ descriptor: Int32) {
    self.descriptor = descriptor
    // Held open by a child of another test too, it would not close when this test closes it.
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    var patience = timeval(tv_sec: 300 * slowness, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
  }

  deinit { close(descriptor) }

  /// The head of the next request as text, after its body was read too; nil when the other end has closed.
  func request() -> String? { wholeRequest()?.head }

  func wholeRequest() -> (head: String, body: String)? {
    var head = ""
    while !head.hasSuffix("\r\n\r\n") {
      guard let byte = read(1)?.first else { return nil }
      head.unicodeScalars.append(Unicode.Scalar(byte))
    }
    let field = head.split(separator: "\r\n").first { $0.lowercased().hasPrefix("content-length:") }
    let length = field.flatMap { Int($0.drop { $0 != ":" }.dropFirst().filter { $0 != " " }) } ?? 0
    var body: [UInt8] = []
    while body.count < length {
      guard let piece = read(length - body.count) else { return nil }
      body += piece
    }
    return (head, String(decoding: body, as: UTF8.self))
  }

  private func read(_ count: Int) -> [UInt8]? {
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      initialized = max(0, recv(descriptor, buffer.baseAddress, count, 0))
    }
    return bytes.isEmpty ? nil : bytes
  }

  /// False once the other end is gone.
  @discardableResult
  func write(_ text: String) -> Bool {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
      let sent = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard sent > 0 else { return false }
      rest = rest.dropFirst(sent)
    }
    return true
  }

  func answer(_ body: String, status: String = "200 OK") {
    write("HTTP/1.1 \(status)\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
  }

  /// Makes the close that follows a reset (RST) rather than an orderly end.
  func reset() {
    var abrupt = linger(l_onoff: 1, l_linger: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &abrupt, socklen_t(MemoryLayout<linger>.size))
  }

  /// Blocks until the other end closes, and says whether it did.
  @discardableResult
  func waitForClose() -> Bool {
    while true {
      var byte: UInt8 = 0
      let count = recv(descriptor, &byte, 1, 0)
      if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
      if count < 0 { return false }
    }
  }
}

func inThread(_ run: @escaping @Sendable () -> Void) {
  final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }
  var thread = pthread_t()
  let start: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { body in
    if let body { Unmanaged<Body>.fromOpaque(body).takeRetainedValue().run() }
    return nil
  }
  pthread_create(&thread, nil, start, Unmanaged.passRetained(Body(run)).toOpaque())
  pthread_detach(thread)
}

/// Says to a test that something has happened on a server's thread, and holds that thread until the test lets it go on.
final class Checkpoint: Sendable {
  private let arrivals: AsyncStream<Void>
  private let announce: AsyncStream<Void>.Continuation
  private let permits = Permits()

  init() { (arrivals, announce) = AsyncStream.makeStream() }

  /// On the server's thread.
  func arrive() { announce.yield() }

  /// On the server's thread: blocks until `release` was called once more than it has been waited for.
  func wait() { permits.take() }

  /// In the test.
  func reached(times: Int = 1) async {
    var iterator = arrivals.makeAsyncIterator()
    for _ in 0..<times { await iterator.next() }
  }

  func release(times: Int = 1) { for _ in 0..<times { permits.give() } }
}

/// A counting semaphore.
private final class Permits: Sendable {
  private let semaphore: UnsafeSemaphore

  init() { semaphore = UnsafeSemaphore() }
  deinit { semaphore.destroy() }

  func give() { sem_post(semaphore.pointer) }
  func take() { while sem_wait(semaphore.pointer) != 0 {} }

  /// `@unchecked Sendable`: POSIX semaphores are made to be posted and waited for from any thread.
  private struct UnsafeSemaphore: @unchecked Sendable {
    let pointer = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)

    init() { sem_init(pointer, 0, 0) }

    func destroy() {
      sem_destroy(pointer)
      pointer.deallocate()
    }
  }
}

/// A count or a list that several threads write.
final class Record<Value: Sendable>: Sendable {
  private let state: Mutex<Value>

  init(_ value: Value) { state = Mutex(value) }

  var value: Value { state.withLock { $0 } }

  @discardableResult
  func update<Result: Sendable>(_ change: @Sendable (inout Value) -> Result) -> Result { state.withLock { change(&$0) } }
}

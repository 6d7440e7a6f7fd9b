internal import Glibc
internal import HTTPMessages
internal import Synchronization

/// The simulator's own server: one thread that polls all connections. Not the product's listener, because it has to do what a good
/// server never does: reset, fall silent, stop in the middle of a body.
final class SocketLoop: Sendable {
  let port: UInt16
  private let wakeEnd: Mutex<Int32?>
  private let ended: AsyncStream<Never>

  /// - Parameters:
  ///   - respond: called on the loop's thread, one request at a time.
  ///   - settled: the answer that had to wait for a delivery, once; nil while it has to wait.
  ///   - untilTick: how long until `tick` wants to be called; nil: not at all.
  init(
    host: String, port: UInt16, respond: @escaping @Sendable (Request) -> Reply,
    settled: @escaping @Sendable (Int64) -> Response?, tick: @escaping @Sendable () -> Void,
    untilTick: @escaping @Sendable () -> Duration?
  ) throws(ListenFailure) {
    let listener = try ListeningSocket(host: host, port: port)
    self.port = listener.port
    var ends: [Int32] = [0, 0]
    guard pipe(&ends) == 0 else { throw ListenFailure(description: "the simulated GitLab cannot open a pipe; close some files") }
    for end in ends { makeNonBlocking(end) }
    wakeEnd = Mutex(ends[1])
    let (ended, continuation) = AsyncStream<Never>.makeStream()
    self.ended = ended
    let wakeDescriptor = ends[0]
    startThread {
      var rounds = PollRounds(listener: listener, wakeDescriptor: wakeDescriptor, respond: respond, settled: settled)
      while rounds.run(timeout: untilTick()) { tick() }
      rounds.closeAll()
      continuation.finish()
    }
  }

  /// Has the loop ask anew how long it may sleep.
  func wake() { tell(UInt8(ascii: "w")) }

  /// Closes everything and returns when the thread has ended.
  func stop() async {
    tell(UInt8(ascii: "q"))
    for await _ in ended {}
    wakeEnd.withLock { end in
      if let end { _ = close(end) }
      end = nil
    }
  }

  private func tell(_ word: UInt8) {
    wakeEnd.withLock { end in
      guard let end else { return }
      var word = word
      _ = write(end, &word, 1)
    }
  }
}

/// The state of the loop's thread.
private struct PollRounds {
  let listener: ListeningSocket
  let wakeDescriptor: Int32
  let respond: (Request) -> Reply
  let settled: (Int64) -> Response?
  var connections: [Int32: Connection] = [:]

  init(
    listener: ListeningSocket, wakeDescriptor: Int32, respond: @escaping (Request) -> Reply, settled: @escaping (Int64) -> Response?
  ) {
    self.settled = settled
    self.listener = listener
    self.wakeDescriptor = wakeDescriptor
    self.respond = respond
  }

  /// Waits once and does what is to be done. False when the loop is to end.
  mutating func run(timeout: Duration?) -> Bool {
    let watched = connections.values.sorted { $0.descriptor < $1.descriptor }
    var polls = [pollfd(fd: wakeDescriptor, events: Int16(POLLIN), revents: 0)]
    polls.append(pollfd(fd: listener.descriptor, events: connections.count < Limits.connections ? Int16(POLLIN) : 0, revents: 0))
    polls += watched.map { pollfd(fd: $0.descriptor, events: Int16($0.wantsToWrite ? POLLIN | POLLOUT : POLLIN), revents: 0) }
    _ = poll(&polls, nfds_t(polls.count), milliseconds(until: timeout))
    if polls[0].revents != 0, isToldToStop() { return false }
    let now = ContinuousClock.now
    for entry in polls.dropFirst(2) { serve(entry, now: now) }
    while polls[1].revents != 0, let accepted = listener.accept() { connections[accepted] = Connection(descriptor: accepted) }
    return true
  }

  private mutating func serve(_ entry: pollfd, now: ContinuousClock.Instant) {
    guard var connection = connections[entry.fd] else { return }
    if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0 { connection.receive() }
    connection.release(now: now)
    connection.collect(settled)
    connection.serve(respond, now: now)
    connection.flush()
    if connection.isOver {
      connection.close()
      connections[entry.fd] = nil
    } else {
      connections[entry.fd] = connection
    }
  }

  private func milliseconds(until timeout: Duration?) -> Int32 {
    let now = ContinuousClock.now
    let waits = connections.values.compactMap { $0.heldUntil.map { now.duration(to: $0) } } + [timeout].compactMap { $0 }
    guard let shortest = waits.min() else { return -1 }
    // Rounded up, so that the loop does not spin through the last fraction of a millisecond.
    let wait = max(shortest, .zero).components
    return Int32(clamping: min(wait.seconds, 3_600) * 1_000 + (wait.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }

  private func isToldToStop() -> Bool {
    var words = [UInt8](repeating: 0, count: 64)
    let count = read(wakeDescriptor, &words, words.count)
    return count > 0 && words[..<count].contains(UInt8(ascii: "q"))
  }

  func closeAll() {
    for connection in connections.values { connection.close() }
    _ = close(listener.descriptor)
    _ = close(wakeDescriptor)
  }
}

/// A detached thread of the operating system: the loop blocks in `poll`, which Swift's own pool must not.
private func startThread(_ body: @escaping @Sendable () -> Void) {
  final class Box: Sendable {
    let body: @Sendable () -> Void
    init(_ body: @escaping @Sendable () -> Void) { self.body = body }
  }
  var thread = pthread_t()
  let status = pthread_create(
    &thread, nil,
    { pointer in
      guard let pointer else { return nil }
      Unmanaged<Box>.fromOpaque(pointer).takeRetainedValue().body()
      return nil
    }, Unmanaged.passRetained(Box(body)).toOpaque())
  precondition(status == 0, "the operating system gives no thread to the simulated GitLab")
  pthread_detach(thread)
}

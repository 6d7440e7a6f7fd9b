internal import Glibc
internal import HTTPMessages
internal import HTTPTypes

/// One connection of the simulator's server: what came in, what has to go out, and what the last reply means for it.
struct Connection {
  enum Condition {
    case open
    /// An answer that is held back until an instant of the monotonic clock.
    case holding(ContinuousClock.Instant, [UInt8])
    /// The answer is what comes of this delivery of a hook.
    case awaiting(Int64)
    /// Never answers again; the other end has to give up.
    case silent
    /// Closes once everything is sent.
    case closing
    /// Over. `reset`: the other end sees a reset instead of an end.
    case over(reset: Bool)
  }

  let descriptor: Int32
  var condition = Condition.open
  private var inbox: [UInt8] = []
  private var outbox: [UInt8] = []

  init(descriptor: Int32) { self.descriptor = descriptor }

  var wantsToWrite: Bool { !outbox.isEmpty }

  var heldUntil: ContinuousClock.Instant? { if case .holding(let instant, _) = condition { instant } else { nil } }

  var isOver: Bool { if case .over = condition { true } else { false } }

  /// Takes what the socket has; the end of the stream ends the connection.
  mutating func receive() {
    var buffer = [UInt8](repeating: 0, count: 16_384)
    while true {
      let count = recv(descriptor, &buffer, buffer.count, 0)
      if count > 0 {
        inbox += buffer[..<count]
        continue
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return }
      condition = .over(reset: false)
      return
    }
  }

  /// Answers what has come in whole, in order, for as long as the connection goes on.
  mutating func serve(_ respond: (Request) -> Reply, now: ContinuousClock.Instant) {
    while case .open = condition {
      switch RequestReading(inbox) {
      case .incomplete: return
      case .refused(let status):
        outbox += Response(head: HTTPResponse(status: status)).wireBytes
        condition = .closing
      case .request(let request, let byteCount, let isLast):
        inbox.removeFirst(byteCount)
        apply(respond(request), now: now)
        if isLast, case .open = condition { condition = .closing }
      }
    }
  }

  private mutating func apply(_ reply: Reply, now: ContinuousClock.Instant) {
    switch reply {
    case .response(let response): outbox += response.wireBytes
    case .delayed(let response, by: let duration): condition = .holding(now + duration, response.wireBytes)
    case .truncated(let response):
      let bytes = response.wireBytes
      outbox += bytes.dropLast(max(1, response.body.count / 2))
      condition = .closing
    case .reset: condition = .over(reset: true)
    case .silence: condition = .silent
    case .afterDelivery(let id): condition = .awaiting(id)
    }
  }

  /// Sends the answer that a delivery had to settle first, if it has.
  mutating func collect(_ settled: (Int64) -> Response?) {
    guard case .awaiting(let id) = condition, let response = settled(id) else { return }
    outbox += response.wireBytes
    condition = .open
  }

  /// Lets a held answer go when its time has come.
  mutating func release(now: ContinuousClock.Instant) {
    guard case .holding(let instant, let bytes) = condition, instant <= now else { return }
    outbox += bytes
    condition = .open
  }

  mutating func flush() {
    while !outbox.isEmpty {
      let count = send(descriptor, outbox, outbox.count, Int32(MSG_NOSIGNAL))
      if count > 0 {
        outbox.removeFirst(count)
        continue
      }
      if count < 0, errno == EINTR { continue }
      if count < 0, errno == EAGAIN { return }
      condition = .over(reset: false)
      return
    }
    if case .closing = condition { condition = .over(reset: false) }
  }

  func close() {
    if case .over(reset: true) = condition {
      // Lingering for no time makes the kernel send a reset (socket(7)).
      var now = linger(l_onoff: 1, l_linger: 0)
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
    }
    _ = Glibc.close(descriptor)
  }
}

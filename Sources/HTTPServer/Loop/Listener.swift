import CLinux
import Glibc
internal import HTTPMessages
internal import NetworkAddresses

/// The thin driver between the sockets and the connections' state machines. It lives on the event loop's thread and is never entered twice
/// at once, so that it needs no lock.
actor Listener: EventLoopDriver {
  nonisolated let loop: EventLoop
  nonisolated let handler: any RequestHandler
  let limits: Limits
  let report: @Sendable (ServerEvent) -> Void
  let sockets: [ListeningSocket]
  /// Whose word is taken for who sent a request.
  var proxies: TrustedProxies
  /// The limit, or less if the process may not open that many descriptors.
  let connectionLimit: Int
  let addressLimit: Int

  /// By descriptor, which the kernel keeps small.
  var connections: [Connection?] = []
  var connectionCount = 0
  var refusalCount = 0
  var lastGeneration: UInt64 = 0
  /// Handlers at work for requests that were given up.
  var abandonedHandlers = 0
  /// Of all connections together.
  var heldBodies = HeldBytes()
  /// Connections by where they come from.
  var networks = ClientCounts()
  /// Connections with more to read than one turn allows.
  var unread: [Connection] = []
  var deadlines = DeadlineQueue()
  var accepting: Accepting
  var moment: Moment
  var second: Int
  /// Where reads go first. One for all: a connection holds memory only for what it has not consumed.
  let scratch: ReadBuffer
  var drainDeadline: Moment.Instant?
  var waiters: [CheckedContinuation<Void, Never>] = []
  var limitReported: Moment.Instant?
  var addressLimitReported: Moment.Instant?
  var acceptFailureReported: Moment.Instant?

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  enum Accepting {
    case on
    /// Out of descriptors or memory; or not begun.
    case pausedUntil(Moment.Instant)
    /// Even the refusals are all taken; goes on when a connection closes.
    case full
    case ended
  }

  init(
    sockets: [ListeningSocket], loop: EventLoop, proxies: TrustedProxies, limits: Limits, handler: any RequestHandler,
    report: @escaping @Sendable (ServerEvent) -> Void
  ) {
    self.sockets = sockets
    self.loop = loop
    self.proxies = proxies
    self.limits = limits
    self.handler = handler
    self.report = report
    second = max(0, time(nil))
    moment = Moment(instant: .now, date: HTTPDate(secondsSince1970: second))
    // The first turn of the loop begins to accept.
    accepting = .pausedUntil(moment.instant)
    scratch = ReadBuffer(size: limits.readSize)
    connectionLimit = Listener.connectionLimit(limits)
    addressLimit = max(1, min(connectionLimit, limits.connectionsByAddress ?? connectionLimit / 2))
  }

  func trust(_ proxies: TrustedProxies) { self.proxies = proxies }

  // MARK: The loop's calls

  nonisolated func turn(_ ready: EventLoop.Ready) {
    assumeIsolated { $0.take(ready) }
  }

  nonisolated func pace() -> EventLoop.Pace {
    assumeIsolated { $0.nextPace() }
  }

  private func take(_ ready: EventLoop.Ready) {
    refreshMoment()
    for event in ready {
      if let socket = listeningSocket(event.token) {
        accept(from: socket)
      } else if let connection = connection(event.token) {
        if event.readable || event.ended { connection.isReadable = true }
        if event.ended { connection.hasPeerEnded = true }
        if event.writable { connection.isWritable = true }
        // Nothing is read while an answer is streamed, so that nothing else would tell that nobody hears it.
        if event.broken, connection.machine.isStreaming { connection.machine.fail() }
        drive(connection)
      }
    }
    readOn()
    expireDeadlines()
  }

  private func nextPace() -> EventLoop.Pace {
    guard unread.isEmpty else { return .atOnce }
    var instant = deadlines.earliest
    if let drainDeadline {
      guard connectionCount + refusalCount > 0 else { return .end }
      instant = min(instant ?? drainDeadline, drainDeadline)
    }
    if case .pausedUntil(let resumption) = accepting { instant = min(instant ?? resumption, resumption) }
    return .until(instant)
  }

  private func refreshMoment() {
    moment.instant = .now
    let now = max(0, time(nil))
    guard now != second else { return }
    second = now
    moment.date = HTTPDate(secondsSince1970: now)
  }

  private func readOn() {
    let connections = unread
    unread = []
    for connection in connections {
      connection.isQueued = false
      if self.connection(connection.token) != nil { drive(connection) }
    }
  }

  private func expireDeadlines() {
    while let entry = deadlines.removeDue(at: moment.instant) {
      guard let connection = connection(entry.token), connection.armed == entry.instant else { continue }
      connection.armed = nil
      connection.machine.expire(at: moment)
      drive(connection)
    }
    if case .pausedUntil(let instant) = accepting, instant <= moment.instant { resumeAccepting() }
    if let drainDeadline, drainDeadline <= moment.instant { closeRemaining() }
  }

  /// The connection that `token` names, unless it is closed.
  func connection(_ token: UInt64) -> Connection? {
    let descriptor = Int(truncatingIfNeeded: token & 0xFFFF_FFFF)
    guard descriptor < connections.count, let connection = connections[descriptor], connection.token == token else { return nil }
    return connection
  }
}

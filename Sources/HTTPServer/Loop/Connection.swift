internal import HTTPMessages
internal import NetworkAddresses

/// An accepted socket and its state machine. Belongs to the `Listener` actor.
final class Connection {
  let descriptor: Int32
  /// Names this connection and no other: the descriptor, and above it a number that is not used again.
  let token: UInt64
  let peer: Peer
  /// One above the limit, which is only told so.
  let isRefused: Bool
  /// Where it comes from, if that is counted.
  let network: IPAddress?
  var machine: ConnectionMachine
  /// There may be something to read. Epoll tells each change once, so it stays true until a read came back short.
  var isReadable = false
  var isWritable = true
  /// The other end has sent its last byte; a read that comes back short is not the end of it.
  var hasPeerEnded = false
  /// Waits in the listener's list of those that have more to read.
  var isQueued = false
  /// The instant of this connection's valid entry in the deadline queue.
  var armed: Moment.Instant?
  /// What the handler gave the request that is being read.
  var pass: Admission.Pass?
  /// The number of the request that a handler is at work for.
  var handledRequest: Int?
  /// Where the content of the answer that is being streamed comes from, until there is no more.
  var source: (any ContentSource)?
  /// Makes the next piece of it.
  var production: Task<Void, Never>?
  /// What this connection holds of `Limits.bodiesInAll`.
  var heldBody = HeldBytes()

  init(
    descriptor: Int32, token: UInt64, peer: Peer, isRefused: Bool, network: IPAddress?, machine: consuming ConnectionMachine
  ) {
    self.descriptor = descriptor
    self.token = token
    self.peer = peer
    self.isRefused = isRefused
    self.network = network
    self.machine = machine
  }
}

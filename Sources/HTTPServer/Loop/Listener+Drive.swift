import CLinux
import Glibc
internal import HTTPMessages
internal import HTTPTypes
internal import NetworkAddresses

extension Listener {
  /// Takes one connection as far as it can go without waiting: steps, sending, reading, and round again.
  func drive(_ connection: Connection) {
    var reads = 0
    while true {
      repeat {
        while let step = connection.machine.next(at: moment) {
          guard perform(step, on: connection) else { return }
        }
        account(for: connection)
      } while send(on: connection)
      guard connection.isReadable, connection.machine.wantsInput else { break }
      guard reads < limits.readsPerTurn else {
        enqueue(connection)
        break
      }
      reads += 1
      receive(on: connection)
    }
    arm(connection)
  }

  /// False once the connection is closed.
  private func perform(_ step: ConnectionMachine.Step, on connection: Connection) -> Bool {
    switch step {
    case .admit(let head):
      let admission = handler.admit(head)
      let client = client(of: head, on: connection)
      connection.machine.admit(admission, from: client, at: moment)
      switch admission {
      case .body(_, _, let pass): connection.pass = pass
      case .answer(let response): handler.turnedAway(Request(head: head, peer: client ?? connection.peer.description), with: response)
      }
    case .respond(let request, let number):
      connection.handledRequest = number
      let pass = connection.pass
      connection.pass = nil
      let handled = HandledRequest(token: connection.token, number: number, held: connection.machine.handledBody)
      switch handler.respond(to: request, pass: pass) {
      case .done(let reply): answer(with: reply, number, on: connection)
      case let handling: go(on: handling, handled)
      }
    case .produce(let number):
      guard let source = connection.source else { return true }
      connection.production = produce(from: source, token: connection.token, number: number)
    case .refused(let fault):
      abandonHandler(of: connection)
      if !connection.isRefused { report(.refused(fault, peer: connection.machine.client ?? "unknown")) }
    case .shutDownWrite: clinux_shut_down_write(connection.descriptor)
    case .close:
      close(connection)
      return false
    }
    return true
  }

  /// Who is behind a proxy whose word is taken; nil where the other end itself has sent this.
  private func client(of head: HTTPRequest, on connection: Connection) -> String? {
    guard proxies.contains(connection.peer) else { return nil }
    return proxies.client(behind: connection.peer, head.headerFields[values: proxies.field.name]).description
  }

  /// Takes a request further.
  private func go(on handling: Handling, _ handled: HandledRequest) {
    switch handling {
    case .done(let reply): finish(reply, handled)
    case .awaiting(let work): begin(work, handled)
    case .announced(let start):
      start(
        Announcement { [self] next in
          loop.post { self.assumeIsolated { $0.go(on: next(), handled) } }
        })
    }
  }

  /// Begins work at once and on this thread. Its task prefers the loop, so that it comes back here after each wait. Not the listener's own, which
  /// would leave it to the next turn.
  private nonisolated func begin(_ work: @escaping @Sendable () async -> Reply, _ handled: HandledRequest) {
    Task.immediate(executorPreference: loop) {
      let reply = await work()
      await self.finish(reply, handled)
    }
  }

  private func finish(_ reply: Reply, _ handled: HandledRequest) {
    guard let connection = connection(handled.token), connection.handledRequest == handled.number else {
      abandonedHandlers -= 1
      heldBodies -= handled.held
      return
    }
    answer(with: reply, handled.number, on: connection)
    drive(connection)
  }

  private func answer(with reply: Reply, _ number: Int, on connection: Connection) {
    connection.handledRequest = nil
    switch reply {
    case .whole(let response): connection.machine.respond(response, to: number, at: moment)
    case .streamed(let head, let source):
      connection.machine.stream(head, to: number, at: moment)
      // After HEAD, or a head that cannot be sent, nobody would ask it for a piece, or let it go.
      if connection.machine.isStreaming { connection.source = source }
    }
  }

  /// Has one piece made. Not at once, as a handler: a source that always has more would otherwise call itself ever deeper, and starve the
  /// other connections.
  private nonisolated func produce(from source: any ContentSource, token: UInt64, number: Int) -> Task<Void, Never> {
    Task(executorPreference: loop) {
      do {
        let piece = try await source.next()
        await self.supply(piece, token: token, number: number)
      } catch {
        await self.cut(token: token, number: number)
      }
    }
  }

  private func supply(_ piece: [UInt8]?, token: UInt64, number: Int) {
    guard let connection = connection(token) else { return }
    if piece == nil { connection.source = nil }
    connection.machine.supply(piece, to: number, at: moment)
    drive(connection)
  }

  private func cut(token: UInt64, number: Int) {
    guard let connection = connection(token) else { return }
    connection.machine.cut(number)
    drive(connection)
  }

  /// Sends what there is. True if something went out, after which the machine may have further steps.
  private func send(on connection: Connection) -> Bool {
    guard connection.isWritable, connection.machine.unsentCount > 0 else { return false }
    let count = connection.machine.withUnsent { clinux_send(connection.descriptor, $0.baseAddress, $0.count) }
    switch -count {
    case ..<0:
      connection.machine.sent(count, at: moment)
      return true
    case Int(EINTR): return true
    case Int(EAGAIN):
      connection.isWritable = false
      return false
    default:
      connection.machine.fail()
      return true
    }
  }

  private func receive(on connection: Connection) {
    let bytes = scratch.bytes
    let count = clinux_receive(connection.descriptor, bytes.baseAddress, bytes.count)
    switch count {
    case 1...:
      // A short read has emptied the socket; only an end may still wait to be read.
      if count < bytes.count, !connection.hasPeerEnded { connection.isReadable = false }
      connection.machine.receive(UnsafeRawBufferPointer(rebasing: bytes[..<count]), at: moment)
    case 0:
      connection.isReadable = false
      connection.machine.receiveEnd()
    case -Int(EAGAIN):
      connection.isReadable = false
    case -Int(EINTR): break
    default: connection.machine.fail()
    }
  }

  private func enqueue(_ connection: Connection) {
    guard !connection.isQueued else { return }
    connection.isQueued = true
    unread.append(connection)
  }

  /// Keeps the sum of all bodies below its bound: the one that would exceed it is refused.
  private func account(for connection: Connection) {
    let held = connection.machine.heldBody
    let grows = held.all > connection.heldBody.all
    heldBodies += held
    heldBodies -= connection.heldBody
    connection.heldBody = held
    guard grows, held.all > limits.assuredBody, connection.machine.phase == .body else { return }
    if heldBodies.all > limits.bodiesInAll || (held.anonymous > 0 && heldBodies.anonymous > limits.anonymousBodiesInAll) {
      connection.machine.refuse(.overloaded, at: moment)
    }
  }

  private func arm(_ connection: Connection) {
    guard let deadline = connection.machine.deadline else { return }
    if let armed = connection.armed, armed <= deadline { return }
    connection.armed = deadline
    deadlines.insert(DeadlineQueue.Entry(instant: deadline, token: connection.token))
  }

  func close(_ connection: Connection) {
    // To a client of HTTP/1.0 an orderly end would say that this was all.
    if connection.source != nil { clinux_reset_on_close(connection.descriptor) }
    Glibc.close(connection.descriptor)
    connections[Int(connection.descriptor)] = nil
    heldBodies -= connection.heldBody
    connection.production?.cancel()
    abandonHandler(of: connection)
    if connection.isRefused { refusalCount -= 1 } else { connectionCount -= 1 }
    if let network = connection.network, !connection.isRefused { networks.leave(network) }
    resumeAcceptingAfterClose()
    endDrainIfDone()
  }

  /// A handler that overran, or whose client is gone, goes on; it counts as a connection, and its body as held,
  /// until it is done, so that there is a limit to them.
  private func abandonHandler(of connection: Connection) {
    guard connection.handledRequest != nil else { return }
    connection.handledRequest = nil
    abandonedHandlers += 1
    heldBodies += connection.machine.handledBody
  }
}

/// A request that a handler is at work for.
private struct HandledRequest: Sendable {
  /// Of its connection.
  var token: UInt64
  var number: Int
  var held: HeldBytes
}

extension TrustedProxies.Field {
  /// The names are valid tokens, so neither is nil.
  fileprivate var name: HTTPField.Name {
    switch self {
    case .xForwardedFor: HTTPField.Name("X-Forwarded-For")!
    case .forwarded: HTTPField.Name("Forwarded")!
    }
  }
}

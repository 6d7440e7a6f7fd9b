import CLinux
import Glibc
internal import NetworkAddresses

extension Listener {
  /// The listening socket that `token` names. Sockets count from 1; a connection's token has a number in its upper half.
  func listeningSocket(_ token: UInt64) -> ListeningSocket? {
    token > 0 && token <= UInt64(sockets.count) ? sockets[Int(token) - 1] : nil
  }

  static func connectionLimit(_ limits: Limits) -> Int {
    var files = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &files) == 0 else { return limits.connections }
    return limits.connections(within: Int(clamping: files.rlim_cur))
  }

  func resumeAccepting() {
    for (index, socket) in sockets.enumerated() {
      guard clinux_epoll_add_level(loop.poll, socket.descriptor, UInt64(index + 1)) == 0 else {
        unwatch(sockets[..<index])
        return pauseAccepting()
      }
    }
    accepting = .on
  }

  /// Takes what waits in the kernel's queue, up to a turn's worth.
  func accept(from socket: ListeningSocket) {
    guard case .on = accepting else { return }
    for _ in 0..<limits.acceptsPerTurn {
      var address = sockaddr_storage()
      let descriptor = clinux_accept(socket.descriptor, &address)
      switch -descriptor {
      case ..<1:
        add(descriptor, peer: Peer(address))
        guard case .on = accepting else { return }
      case EAGAIN: return
      // The client has gone again, or the network under it (accept(2)): the next one may be well.
      case ECONNABORTED, EINTR, EPROTO, ENETDOWN, EHOSTDOWN, EHOSTUNREACH, ENETUNREACH, ENONET, ENOPROTOOPT, EOPNOTSUPP: continue
      default:
        reportAcceptFailure(-descriptor)
        stopWatching()
        return pauseAccepting()
      }
    }
  }

  /// Called when a connection has closed.
  func resumeAcceptingAfterClose() {
    if case .full = accepting { resumeAccepting() }
  }

  func endAccepting() {
    stopWatching()
    accepting = .ended
    for socket in sockets { socket.close() }
  }

  private func add(_ descriptor: Int32, peer: Peer) {
    let network = network(of: peer)
    let refusal = refusal(of: network)
    if let refusal {
      tell(of: refusal, peer: peer)
      // Being told is a courtesy: one client's refusals may not use up those of all, and stop accepting.
      guard refusal == .overloaded || refusalCount < limits.refusals / 2 else {
        Glibc.close(descriptor)
        return
      }
    }
    lastGeneration = lastGeneration == 0x7FFF_FFFF ? 1 : lastGeneration + 1
    let token = lastGeneration << 32 | UInt64(descriptor)
    let watching = clinux_epoll_add_edge(loop.poll, descriptor, token)
    guard watching == 0 else {
      Glibc.close(descriptor)
      return reportAcceptFailure(-watching)
    }
    clinux_no_delay(descriptor)
    clinux_limit_unsent(descriptor, limits.unsentInKernel)
    clinux_limit_silence(descriptor, UInt32(limits.silence / .milliseconds(1)))
    let machine = ConnectionMachine(limits: limits, peer: peer.description, at: moment)
    let connection = Connection(
      descriptor: descriptor, token: token, peer: peer, isRefused: refusal != nil, network: network, machine: machine)
    while connections.count <= Int(descriptor) { connections.append(nil) }
    connections[Int(descriptor)] = connection
    if let refusal {
      refusalCount += 1
      if refusalCount >= limits.refusals {
        stopWatching()
        accepting = .full
      }
      connection.machine.refuse(refusal, at: moment)
    } else {
      connectionCount += 1
      if let network { networks.enter(network) }
    }
    drive(connection)
  }

  /// What the connections of this client are counted by. A proxy that is trusted stands for many; who comes over a Unix socket is on this machine.
  private func network(of peer: Peer) -> IPAddress? {
    guard case .address(let address) = peer, !proxies.contains(peer) else { return nil }
    return address.network
  }

  /// Why a new connection is not served, if it is not.
  private func refusal(of network: IPAddress?) -> RequestFault? {
    if connectionCount + abandonedHandlers >= connectionLimit { return .overloaded }
    guard let network, networks[network] >= addressLimit else { return nil }
    return .tooManyConnections
  }

  private func stopWatching() {
    guard case .on = accepting else { return }
    unwatch(sockets[...])
  }

  private func unwatch(_ sockets: ArraySlice<ListeningSocket>) {
    for socket in sockets { _ = clinux_epoll_remove(loop.poll, socket.descriptor) }
  }

  private func pauseAccepting() {
    accepting = .pausedUntil(moment.instant + limits.acceptPause)
  }

  private func tell(of refusal: RequestFault, peer: Peer) {
    if refusal == .overloaded {
      tell(.connectionLimitReached(limit: connectionLimit), lastAt: &limitReported)
    } else {
      tell(.addressLimitReached(limit: addressLimit, peer: peer.description), lastAt: &addressLimitReported)
    }
  }

  private func reportAcceptFailure(_ code: Int32) {
    tell(.acceptFailed(code: code, reason: String(cString: strerror(code))), lastAt: &acceptFailureReported)
  }

  /// Tells of a standing condition now and then.
  private func tell(_ event: ServerEvent, lastAt: inout Moment.Instant?) {
    if let lastAt, moment.instant - lastAt < limits.reportInterval { return }
    lastAt = moment.instant
    report(event)
  }
}

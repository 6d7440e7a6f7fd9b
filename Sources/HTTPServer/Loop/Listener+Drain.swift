extension Listener {
  /// Stops accepting, closes idle connections, waits for requests under way for at most `Limits.drain`. Returns when all are closed.
  func shutDown() async {
    if drainDeadline == nil { beginDrain() }
    guard connectionCount + refusalCount > 0 else { return }
    await withCheckedContinuation { waiters.append($0) }
  }

  private func beginDrain() {
    drainDeadline = moment.instant + limits.drain
    endAccepting()
    for connection in connections.compactMap(\.self) {
      connection.machine.drain()
      drive(connection)
    }
  }

  func closeRemaining() {
    let remaining = connections.compactMap(\.self)
    guard !remaining.isEmpty else { return }
    report(.drainTimedOut(connections: remaining.count))
    for connection in remaining { close(connection) }
  }

  func endDrainIfDone() {
    guard drainDeadline != nil, connectionCount + refusalCount == 0 else { return }
    for waiter in waiters { waiter.resume() }
    waiters = []
  }
}

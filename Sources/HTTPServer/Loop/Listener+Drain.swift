extension Listener {
  /// Stops accepting, closes idle connections, waits for requests under way for at most `Limits.drain`. Returns when all are closed.
  func shutDown() async {
    if drainDeadline == nil { beginDrain() }
    // Looked at inside, not before: on its way in a caller that prefers another executor than the loop is enqueued once more, and the last
    // connection may have closed meanwhile.
    await withCheckedContinuation { continuation in
      if connectionCount + refusalCount > 0 { waiters.append(continuation) } else { continuation.resume() }
    }
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

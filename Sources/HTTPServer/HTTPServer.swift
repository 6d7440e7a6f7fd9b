import Synchronization

/// An HTTP/1.1 server on one address and one thread: RFC 9110 and 9112 with the bounds of `Limits`. TLS is a proxy's task.
package final class HTTPServer: Sendable {
  private let address: ListenAddress
  private let limits: Limits
  private let handler: any RequestHandler
  private let report: @Sendable (ServerEvent) -> Void
  private let listener = Mutex<Listener?>(nil)

  /// `report` is called on the server's thread with what is worth a line in the log; it must not block.
  package init(
    address: ListenAddress, limits: Limits = Limits(), handler: any RequestHandler, report: @escaping @Sendable (ServerEvent) -> Void
  ) {
    self.address = address
    self.limits = limits
    self.handler = handler
    self.report = report
  }

  /// Binds, listens and begins to serve. Returns the address with the port that was really taken. A server is started once.
  package func start() throws(ListenError) -> ListenAddress {
    try listener.withLock { (listener) throws(ListenError) in
      guard listener == nil else { throw .alreadyStarted }
      let socket = try ListeningSocket(address, backlog: limits.backlog)
      do throws(ListenError) {
        let loop = try EventLoop()
        let started = Listener(socket: socket, loop: loop, limits: limits, handler: handler, report: report)
        try loop.start(started)
        listener = started
        return socket.address
      } catch {
        socket.close()
        throw error
      }
    }
  }

  /// Stops accepting, closes idle connections, lets requests under way finish with `Connection: close` for at most `Limits.drain`, then
  /// closes what is left and returns. A handler that is still at work is not cancelled. Without a start it does nothing.
  package func shutDown() async {
    await listener.withLock { $0 }?.shutDown()
  }
}

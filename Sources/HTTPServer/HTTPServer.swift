package import NetworkAddresses
import Synchronization

/// An HTTP/1.1 server on its addresses and one thread: RFC 9110 and 9112 with the bounds of `Limits`. TLS is a proxy's task.
package final class HTTPServer: Sendable {
  private let addresses: [ListenAddress]
  private let inherited: [Int32]
  private let proxies: TrustedProxies
  private let limits: Limits
  private let handler: any RequestHandler
  private let report: @Sendable (ServerEvent) -> Void
  private let listener = Mutex<Listener?>(nil)

  /// Listens on `addresses`, and on `inherited`, descriptors of sockets that listen already. `report` is called on the server's thread with
  /// what is worth a line in the log; it must not block.
  package init(
    addresses: [ListenAddress], inherited: [Int32] = [], trusting proxies: TrustedProxies = TrustedProxies(), limits: Limits = Limits(),
    handler: any RequestHandler, report: @escaping @Sendable (ServerEvent) -> Void
  ) {
    self.addresses = addresses
    self.inherited = inherited
    self.proxies = proxies
    self.limits = limits
    self.handler = handler
    self.report = report
  }

  /// Binds, listens and begins to serve: on all of its sockets, or on none. Returns their addresses, the inherited ones first, with the ports
  /// that were really taken. A server is started once.
  package func start() throws(ListenError) -> [ListenAddress] {
    try listener.withLock { (listener) throws(ListenError) in
      guard listener == nil else { throw .alreadyStarted }
      var sockets: [ListeningSocket] = []
      do throws(ListenError) {
        for descriptor in inherited { sockets.append(try ListeningSocket(inherited: descriptor)) }
        for address in addresses { sockets.append(try ListeningSocket(address, backlog: limits.backlog)) }
        let loop = try EventLoop()
        let started = Listener(sockets: sockets, loop: loop, proxies: proxies, limits: limits, handler: handler, report: report)
        try loop.start(started)
        listener = started
        return sockets.map(\.address)
      } catch {
        for socket in sockets { socket.close() }
        throw error
      }
    }
  }

  /// From now on the word of these is taken for who sent a request.
  package func trust(_ proxies: TrustedProxies) async {
    await listener.withLock { $0 }?.trust(proxies)
  }

  /// Stops accepting, closes idle connections, lets requests under way finish with `Connection: close` for at most `Limits.drain`, then
  /// closes what is left and returns. A handler that is still at work is not cancelled. Without a start it does nothing.
  package func shutDown() async {
    await listener.withLock { $0 }?.shutDown()
  }
}

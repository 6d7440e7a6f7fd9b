import NetworkAddresses

@testable import HTTPServer

/// A rule in which the kernel takes part: halves of connections, resets, what is sent while something else is read.
struct SocketCase: ConformanceCase {
  var name: String
  private let body: @Sendable () async throws -> Void

  init(
    _ name: String, _ handler: Functions = Functions(answer: echo), _ play: @escaping @Sendable (ListenAddress, Events) async throws -> Void
  ) {
    self.name = name
    body = { try await withServer(handler) { address, events, _ in try await play(address, events) } }
  }

  /// With a barrier that holds back the handler of `/wait`.
  init(_ name: String, held play: @escaping @Sendable (ListenAddress, Events, Barrier) async throws -> Void) {
    self.name = name
    body = {
      let barrier = Barrier()
      let handler = Functions { request in
        if request.head.path == "/wait" { await barrier.pass() }
        return await echo(request)
      }
      try await withServer(handler) { address, events, _ in try await play(address, events, barrier) }
    }
  }

  func run() async throws { try await body() }
}

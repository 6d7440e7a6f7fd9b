@testable import HTTPServer

/// A rule in which the kernel takes part: halves of connections, resets, what is sent while something else is read.
struct SocketCase: ConformanceCase {
  var name: String
  var handler: Functions
  var play: @Sendable (ListenAddress, Events) async throws -> Void

  init(
    _ name: String, _ handler: Functions = Functions(answer: echo), _ play: @escaping @Sendable (ListenAddress, Events) async throws -> Void
  ) {
    self.name = name
    self.handler = handler
    self.play = play
  }

  func run() async throws {
    try await withServer(handler) { address, events, _ in try await play(address, events) }
  }
}

import Glibc
import HTTPMessages
import HTTPTypes
import Synchronization
import TestSupport
import Testing

@testable import HTTPServer

/// Answers whose content is made piece by piece, over real sockets.
@Suite struct StreamedServerTests {
  @Test func longContentArrivesWhole() async throws {
    let piece = [UInt8](repeating: 0x61, count: 50_000)
    try await withServer(Streams { _ in Pieces { $0 < 100 ? piece : nil } }) { address, _, _ in
      let client = try Client(address)
      try client.send(get("/", "Connection: close\r\n"))
      let text = try client.receiveToEnd()
      #expect(text.utf8.count { $0 == 0x61 } >= 5_000_000)
      #expect(text.hasSuffix("\r\n0\r\n\r\n"))
    }
  }

  @Test func aSlowReaderHoldsTheSourceBack() async throws {
    let pieces = Pieces { _ in [UInt8](repeating: 0x61, count: 100_000) }
    var limits = Limits()
    limits.writeStall = .milliseconds(50)
    try await withServer(limits: limits, Streams { _ in pieces }) { address, events, server in
      let client = try Client(address)
      try client.send(get())
      _ = try client.receiveSome()
      // It reads no more. The drain waits for nobody but this client; the server gives it up, and what was made for it is what the kernel took.
      await server.shutDown()
      #expect(events.all == [])
      #expect(await pieces.made < 200)
    }
  }

  /// What the kernel has taken is no longer seen from here, and who vanishes says nothing. The drain waits for nobody but this client.
  @Test func aClientThatTakesNothingIsGivenUpByTheKernel() async throws {
    var limits = Limits()
    limits.silence = .milliseconds(300)
    limits.writeStall = .seconds(60)
    try await withServer(limits: limits, Streams { _ in Pieces { _ in [UInt8](repeating: 0x61, count: 10_000) } }) {
      address, events, server in
      let client = try Client(address)
      try client.send(get())
      _ = try client.receiveSome()
      await server.shutDown()
      #expect(events.all == [])
    }
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func aClientThatIsGoneCancelsTheSource() async throws {
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    let source = Pieces { number in
      if number == 0 { return Array("first".utf8) }
      await untilCancelled()
      told.yield()
      return nil
    }
    try await withServer(Streams { _ in source }) { address, _, _ in
      let client = try Client(address)
      try client.send(get())
      var heard = ""
      while !heard.contains("first") { heard += try client.receiveSome() }
      client.reset()
      for await _ in cancelled { break }
    }
  }

  /// Else whoever counts those that listen would count this one for as long as its connection is kept.
  @Test func theSourceOfAnAnswerToHeadIsLetGo() async throws {
    final class Counted: ContentSource {
      static let count = Atomic<Int>(0)
      init() { Counted.count.add(1, ordering: .relaxed) }
      deinit { Counted.count.subtract(1, ordering: .relaxed) }
      func next() async throws -> [UInt8]? { nil }
    }
    struct Both: RequestHandler {
      func admit(_ head: HTTPRequest) -> Admission { .body(limit: 0) }
      func respond(to request: Request, pass: Admission.Pass?) -> Handling {
        request.head.method == .head
          ? .done(.streamed(HTTPResponse(status: .ok), Counted())) : .awaiting { .whole(await echo(request)) }
      }
    }
    try await withServer(Both()) { address, _, _ in
      let client = try Client(address)
      try client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
      _ = try client.receive(withoutBody: true)
      // That this is answered tells that the handler before is done.
      try client.send(get("/x"))
      _ = try client.receive()
      #expect(Counted.count.load(ordering: .relaxed) == 0)
    }
  }

  /// RFC 9112 §8: content without a length must not be taken for whole when time is up for it.
  @Test func contentThatIsCutOffAtShutDownIsReset() async throws {
    var limits = Limits()
    limits.drain = .milliseconds(50)
    let source = Pieces { number in
      if number > 0 { await untilCancelled() }
      return Array("first".utf8)
    }
    try await withServer(limits: limits, Streams { _ in source }) { address, _, server in
      let client = try Client(address)
      try client.send("GET / HTTP/1.0\r\n\r\n")
      var heard = ""
      while !heard.contains("first") { heard += try client.receiveSome() }
      await server.shutDown()
      #expect(throws: Client.Failure.cannotReceive(ECONNRESET)) { try client.receiveToEnd() }
    }
  }

  @Test func contentThatFailsIsReset() async throws {
    struct Failed: Error {}
    let source = Pieces { number in
      if number == 0 { return Array("first".utf8) }
      throw Failed()
    }
    try await withServer(Streams { _ in source }) { address, _, _ in
      let client = try Client(address)
      try client.send("GET / HTTP/1.0\r\n\r\n")
      #expect(throws: Client.Failure.cannotReceive(ECONNRESET)) { try client.receiveToEnd() }
    }
  }

  @Test func othersAreServedBesideAnEndlessStream() async throws {
    struct Both: RequestHandler {
      func admit(_ head: HTTPRequest) -> Admission { .body(limit: 0) }
      func respond(to request: Request, pass: Admission.Pass?) -> Handling {
        guard request.head.path == "/endless" else { return .awaiting { .whole(await echo(request)) } }
        return .done(.streamed(HTTPResponse(status: .ok), Pieces { _ in [UInt8](repeating: 0x61, count: 1_000) }))
      }
    }
    try await withServer(Both()) { address, _, server in
      let greedy = try Client(address)
      try greedy.send(get("/endless"))
      let other = try Client(address)
      for _ in 0..<20 {
        try other.send(get("/x"))
        #expect(try other.receive().text == "/x")
        _ = try greedy.receiveSome()
      }
      greedy.reset()
    }
  }
}

/// A stream in which nothing ever comes ends with its task.
private func untilCancelled() async {
  let (nothing, continuation) = AsyncStream.makeStream(of: Never.self)
  for await _ in nothing {}
  continuation.finish()
}

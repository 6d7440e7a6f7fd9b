import Glibc
import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

/// Answers whose content is made piece by piece, without a socket.
@Suite struct StreamingTests {
  /// A play that leaves its request to be answered by the test.
  private func play(_ request: String = get(), limits: Limits = Limits()) -> Play {
    let play = Play(limits: limits, answer: { _ in nil })
    play.receive(request)
    return play
  }

  @Test func piecesGoOutAsChunksAndTheConnectionIsKept() {
    let play = play()
    play.stream()
    play.supply("hello ")
    play.supply("")
    play.supply("world, sixteen b")
    play.supply(nil)
    #expect(play.text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    #expect(play.text.contains("\r\nTransfer-Encoding: chunked\r\n"))
    #expect(!play.text.contains("Content-Length"))
    #expect(play.text.hasSuffix("\r\n\r\n6\r\nhello \r\n10\r\nworld, sixteen b\r\n0\r\n\r\n"))
    play.receive(get())
    #expect(play.requests.count == 2)
    #expect(play.awaited == [])
  }

  /// RFC 9112 §6.1: never a Transfer-Encoding to HTTP/1.0; the end of the connection ends the content.
  @Test func aClientOfVersion10ReadsToTheEnd() {
    let play = play("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
    play.stream()
    play.supply("hello")
    play.supply(nil)
    #expect(!play.text.contains("Transfer-Encoding"))
    #expect(play.text.contains("\r\nConnection: close\r\n"))
    #expect(play.text.hasSuffix("\r\n\r\nhello"))
    #expect(play.hasShutDownWrite)
  }

  /// RFC 9110 §9.3.2.
  @Test func anAnswerToHeadHasNoContent() {
    let play = play("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n")
    play.stream()
    #expect(play.awaited == [])
    #expect(play.text.hasSuffix("Transfer-Encoding: chunked\r\n\r\n"))
    play.receive(get())
    #expect(play.requests.count == 2)
  }

  @Test func nothingIsMadeWhileTheClientDoesNotRead() {
    var limits = Limits()
    limits.unsentContent = 100
    let play = play(limits: limits)
    play.stream(isBlocked: true)
    play.supply(String(repeating: "a", count: 200), isBlocked: true)
    #expect(play.awaited == [])
    play.run()
    #expect(play.awaited == [1])
  }

  @Test func aClientThatStopsReadingIsDropped() {
    let play = play()
    play.stream(isBlocked: true)
    play.pass(play.machine.limits.writeStall)
    #expect(play.isClosed)
  }

  @Test func silenceOfTheSourceIsNoFault() {
    let play = play()
    play.stream()
    play.pass(.seconds(3_600))
    #expect(!play.isClosed)
    play.supply("late")
    #expect(play.text.hasSuffix("4\r\nlate\r\n"))
  }

  /// RFC 9112 §8: what is cut does not look complete.
  @Test func contentThatCannotBeCompletedHasNoLastChunk() {
    let play = play()
    play.stream()
    play.supply("half")
    play.cut()
    #expect(play.isClosed)
    #expect(play.text.hasSuffix("4\r\nhalf\r\n"))
  }

  @Test func whatIsPipelinedWaitsForTheLastPiece() {
    let play = play(get("/1") + get("/2"))
    play.stream()
    play.supply("one")
    #expect(play.requests.count == 1)
    #expect(!play.wantsInput)
    play.supply(nil)
    #expect(play.requests.map(\.head.path) == ["/1", "/2"])
  }

  @Test func aDrainedConnectionClosesAfterTheLastPiece() {
    let play = play()
    play.stream()
    play.drain()
    play.supply("bye")
    #expect(!play.isClosed)
    play.supply(nil)
    #expect(play.text.hasSuffix("3\r\nbye\r\n0\r\n\r\n"))
    #expect(play.hasShutDownWrite)
  }

  /// RFC 9110 §15.3.5: what has no content cannot be streamed; nor can a head that would split the response.
  @Test(arguments: [HTTPResponse(status: .noContent), HTTPResponse(status: .continue)])
  func aHeadThatCannotBeSentIsRefused(_ head: HTTPResponse) {
    let play = play()
    play.stream(head)
    #expect(play.refusals == [.invalidResponse])
    #expect(play.statuses == [500])
  }

  @Test func aSilentStreamHoldsNoBuffer() {
    let play = play()
    play.stream()
    play.supply(String(repeating: "a", count: 8_000))
    #expect(play.machine.output.capacity == 0)
  }

  @Test func anAnswerAfterTheDeadlineIsDropped() {
    let play = play()
    play.pass(play.machine.limits.handler)
    play.stream()
    #expect(play.statuses == [503])
    #expect(play.awaited == [])
  }
}

/// The same over real sockets.
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
    try await withServer(limits: limits, Streams { _ in pieces }) { address, _, _ in
      let client = try Client(address)
      try client.send(get())
      // It never reads; the server gives it up, and what was made for it is what the kernel took.
      await #expect(throws: Client.Failure.self) {
        while true {
          try client.send("x")
          try await Task.sleep(for: .milliseconds(5))
        }
      }
      #expect(await pieces.made < 200)
    }
  }

  @Test func aClientThatIsGoneCancelsTheSource() async throws {
    let (cancelled, told) = AsyncStream.makeStream(of: Void.self)
    let source = Pieces { number in
      if number == 0 { return Array("first".utf8) }
      await withTaskCancellationHandler {
        while !Task.isCancelled { await Task.yield() }
      } onCancel: {
        told.yield()
      }
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
      func respond(to request: Request) async -> Reply {
        guard request.head.path == "/endless" else { return .whole(await echo(request)) }
        return .streamed(HTTPResponse(status: .ok), Pieces { _ in [UInt8](repeating: 0x61, count: 1_000) })
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

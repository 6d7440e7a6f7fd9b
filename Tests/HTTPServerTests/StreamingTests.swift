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

  /// A client that always leaves something unread would else have the server keep all that it ever took.
  @Test func whatIsSentIsNotKept() {
    let play = play()
    play.stream(isBlocked: true)
    for _ in 0..<100 {
      play.supply(String(repeating: "a", count: 8_000), isBlocked: true)
      play.machine.sent(play.machine.unsentCount - 1, at: play.moment)
      play.run(isBlocked: true)
    }
    #expect(play.machine.output.count < 3 * 8_000)
  }

  @Test func anAnswerAfterTheDeadlineIsDropped() {
    let play = play()
    play.pass(play.machine.limits.handler)
    play.stream()
    #expect(play.statuses == [503])
    #expect(play.awaited == [])
  }
}

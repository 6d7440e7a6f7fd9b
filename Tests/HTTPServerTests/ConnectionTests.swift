import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

private func get(_ path: String, _ fields: String = "", version: String = "1.1") -> String {
  "GET \(path) HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
}
private func ok(_ text: String) -> Response { Response(head: HTTPResponse(status: .ok), body: Array(text.utf8)) }
private let unauthorized = Response(head: HTTPResponse(status: .unauthorized))

/// What depends on when things happen; what a request alone decides stands in the `ConformanceTable`.
@Suite struct ConnectionTests {
  @Test func nothingIsTakenUpWhileARequestIsAnswered() {
    let play = Play(answer: { _ in nil })
    play.receive(get("/1") + get("/2") + "garbage\r\n\r\n")
    #expect(play.requests.count == 1)
    #expect(!play.wantsInput)
    play.respond(ok("one"), to: 1)
    #expect(play.requests.count == 2)
    #expect(play.refusals.isEmpty)
    play.respond(ok("two"), to: 2)
    // The fault of the third is told after the answers to the first two (RFC 9112 §9.3.2).
    #expect(play.statuses == [200, 200, 400])
  }

  @Test func anAnswerToAnotherRequestIsDropped() {
    let play = Play(answer: { _ in nil })
    play.receive(get("/1"))
    play.respond(ok("late"), to: 7)
    #expect(play.output.isEmpty)
  }

  @Test func connectionEndsAfterItsLastRequest() {
    var limits = Limits()
    limits.requestsPerConnection = 2
    let play = Play(limits: limits)
    play.receive(get("/1") + get("/2") + get("/3"))
    #expect(play.requests.count == 2)
    #expect(play.text.contains("Connection: close"))
  }

  @Test func continueIsNotSentWhenPartOfTheBodyIsThere() {
    let early = Play()
    early.receive(post("Content-Length: 5\r\nExpect: 100-continue\r\n", "he"))
    early.receive("llo")
    #expect(early.statuses == [200])
  }

  @Test func afterAFaultTheRestIsReadAndDroppedUpToABound() {
    var limits = Limits()
    limits.lingerBytes = 1000
    let play = Play(limits: limits)
    play.receive("garbage\r\n\r\n")
    #expect(play.statuses == [400])
    #expect(play.hasShutDownWrite)
    play.receive(get("/smuggled"))
    #expect(play.requests.isEmpty)
    #expect(!play.isClosed)
    play.receive(String(repeating: "x", count: 1000))
    #expect(play.isClosed)
  }

  @Test func everyFaultHasAWholeAnswer() {
    let codes = Set(RequestFault.allCases.map(\.code))
    #expect(codes.count == RequestFault.allCases.count)
    for fault in RequestFault.allCases {
      #expect((400...599).contains(fault.status.code))
      #expect(
        (fault.code + fault.message).utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") })
      let response = fault.response(limits: Limits())
      #expect((response.head.headerFields[.retryAfter] != nil) == (response.status == .serviceUnavailable))
    }
  }

  @Test func aHalfClosedClientGetsItsAnswer() {
    let play = Play(answer: { _ in nil })
    play.receive(get("/"))
    play.receiveEnd()
    #expect(!play.isClosed)
    play.respond(ok("still"), to: 1)
    #expect(play.text.hasSuffix("still"))
    #expect(play.isClosed)
  }

  @Test func drainingLetsTheRequestUnderWayFinish() {
    let idle = Play()
    idle.receive(get("/"))
    idle.drain()
    #expect(idle.isClosed)
    let emptyLine = Play()
    emptyLine.receive(get("/") + "\r\n")
    emptyLine.drain()
    #expect(emptyLine.isClosed)
    let busy = Play(answer: { _ in nil })
    busy.receive(get("/1") + get("/2"))
    busy.drain()
    busy.respond(ok("done"), to: 1)
    #expect(busy.text.contains("Connection: close"))
    #expect(busy.requests.count == 1)
    let reading = Play()
    reading.receive("GET / HTTP/1.1\r\n")
    reading.drain()
    reading.receive("Host: a\r\n\r\n")
    #expect(reading.statuses == [200])
    #expect(reading.hasShutDownWrite)
  }
}

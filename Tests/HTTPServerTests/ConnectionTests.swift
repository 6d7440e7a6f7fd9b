import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

private func get(_ path: String, _ fields: String = "", version: String = "1.1") -> String {
  "GET \(path) HTTP/\(version)\r\nHost: a\r\n\(fields)\r\n"
}
private func ok(_ text: String) -> Response { Response(head: HTTPResponse(status: .ok), body: Array(text.utf8)) }
private let unauthorized = Response(head: HTTPResponse(status: .unauthorized))

/// Keeping, ending and answering: RFC 9112 §9, RFC 9110 §10.1.1.
@Suite struct ConnectionTests {
  struct Life: Sendable, CustomTestStringConvertible {
    var rule: String
    var input: String
    var keeps: Bool
    var header: String?
    var testDescription: String { rule }
  }

  static let lives = [
    Life(rule: "1.1 is kept", input: get("/"), keeps: true),
    Life(rule: "1.1 with close is not", input: get("/", "Connection: close\r\n"), keeps: false, header: "Connection: close"),
    Life(rule: "in any case", input: get("/", "Connection: CLOSE\r\n"), keeps: false, header: "Connection: close"),
    Life(rule: "in a list", input: get("/", "Connection: keep-alive , x, close\r\n"), keeps: false, header: "Connection: close"),
    Life(rule: "on another line", input: get("/", "Connection: x\r\nConnection: close\r\n"), keeps: false, header: "Connection: close"),
    Life(rule: "part of a word is no token", input: get("/", "Connection: closed, xclose\r\n"), keeps: true),
    Life(rule: "1.0 is not kept", input: get("/", version: "1.0"), keeps: false, header: "Connection: close"),
    Life(
      rule: "1.0 with keep-alive is", input: get("/", "Connection: Keep-Alive\r\n", version: "1.0"), keeps: true,
      header: "Connection: keep-alive"),
    Life(
      rule: "close outranks keep-alive", input: get("/", "Connection: keep-alive, close\r\n", version: "1.0"), keeps: false,
      header: "Connection: close"),
  ]

  @Test(arguments: lives) func keepsOrCloses(_ life: Life) {
    let play = Play()
    play.receive(life.input)
    play.receive(get("/second"))
    #expect(play.requests.count == (life.keeps ? 2 : 1))
    #expect(play.hasShutDownWrite == !life.keeps)
    if let header = life.header { #expect(play.text.contains("\r\n\(header)\r\n")) } else { #expect(!play.text.contains("Connection:")) }
  }

  @Test func pipelinedRequestsAreAnsweredInOrder() {
    let play = Play(answer: { ok("<\($0.head.path ?? "")>") })
    play.receive(get("/1") + get("/2") + "GET /3 HTTP/1.1\r\nHost: a\r\n")
    play.receive("\r\n")
    #expect(Array(play.text.matches(of: #/<\/\d>/#).map { String($0.output) }) == ["</1>", "</2>", "</3>"])
  }

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

  @Test func handlerMayAskToClose() {
    let play = Play(answer: { _ in Response(head: HTTPResponse(status: .ok, headerFields: [.connection: "close"])) })
    play.receive(get("/1") + get("/2"))
    #expect(play.requests.count == 1)
    #expect(play.text.matches(of: #/Connection: close/#).count == 1)
  }

  @Test func continueIsSentWhenTheBodyIsWanted() {
    let play = Play()
    play.receive(post("Content-Length: 5\r\nExpect: 100-Continue\r\n"))
    #expect(play.text == "HTTP/1.1 100 Continue\r\n\r\n")
    play.receive("hello")
    #expect(play.statuses == [100, 200])
  }

  @Test func continueIsNotSentWhenNeedless() {
    let early = Play()
    early.receive(post("Content-Length: 5\r\nExpect: 100-continue\r\n", "he"))
    early.receive("llo")
    #expect(early.statuses == [200], "part of the body was there")
    let empty = Play()
    empty.receive(post("Content-Length: 0\r\nExpect: 100-continue\r\n"))
    #expect(empty.statuses == [200], "there is no body")
    let old = Play()
    old.receive("POST / HTTP/1.0\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    #expect(old.output.isEmpty, "HTTP/1.0 knows no interim responses")
  }

  @Test func aFinalAnswerComesInsteadOfContinue() {
    let play = Play(admission: { _ in .answer(unauthorized) })
    play.receive(post("Content-Length: 5\r\nExpect: 100-continue\r\n"))
    #expect(play.statuses == [401])
    #expect(play.hasShutDownWrite, "whether the body will come is anybody's guess")
  }

  @Test func tooLargeABodyIsRefusedBeforeItIsRead() {
    let play = Play()
    play.receive(post("Content-Length: 2000\r\nExpect: 100-continue\r\n"))
    #expect(play.statuses == [413])
    #expect(play.text.contains("Connection: close"))
  }

  @Test func aShortUnwantedBodyIsDroppedAndTheConnectionKept() {
    let play = Play(admission: { $0.method == .post ? .answer(unauthorized) : .body(limit: 0) })
    play.receive(post("Content-Length: 5\r\n", "he"))
    #expect(play.statuses == [401])
    play.receive("llo" + get("/next"))
    #expect(play.statuses == [401, 200])
    #expect(!play.text.contains("Connection: close"))
  }

  @Test(arguments: ["Content-Length: 70000\r\n", "Transfer-Encoding: chunked\r\n"])
  func aLongOrUnknownUnwantedBodyEndsTheConnection(_ framing: String) {
    let play = Play(admission: { _ in .answer(unauthorized) })
    play.receive(post(framing))
    #expect(play.text.contains("Connection: close"))
    #expect(play.hasShutDownWrite)
    #expect(!play.isClosed, "the client is given time to read the answer")
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

  @Test func aFaultOfAHeadRequestHasNoContent() {
    let play = Play()
    play.receive("HEAD / HTTP/1.1\r\nX: 1\r\n\r\n")
    #expect(play.refusals == [.missingHost])
    #expect(play.text.hasSuffix("\r\n\r\n"))
    #expect(!play.text.contains("Content-Length: 0"))
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

  @Test func anIncompleteRequestIsNeverHandled() {
    for input in [
      "GET / HT", get("/").dropLast(2).description, post("Content-Length: 5\r\n", "hell"),
      post("Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n"),
    ] {
      let play = Play()
      play.receive(input)
      play.receiveEnd()
      #expect(play.requests.isEmpty)
      #expect(play.statuses == [400])
      #expect(play.isClosed)
    }
  }

  @Test func aSilentEndIsNoFault() {
    for input in ["", "\r\n", get("/")] {
      let play = Play()
      play.receive(input)
      play.receiveEnd()
      #expect(play.refusals.isEmpty)
      #expect(play.isClosed)
    }
  }

  @Test func drainingLetsTheRequestUnderWayFinish() {
    let idle = Play()
    idle.receive(get("/"))
    idle.drain()
    #expect(idle.isClosed)
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

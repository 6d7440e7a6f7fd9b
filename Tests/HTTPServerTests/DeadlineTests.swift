import HTTPMessages
import HTTPTypes
import Testing

@testable import HTTPServer

private let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n"

/// Every wait has an end, and dripping bytes do not put it off.
@Suite struct DeadlineTests {
  @Test func aSilentConnectionIsClosedWithoutAWord() {
    let play = Play()
    play.pass(.seconds(9.9))
    #expect(!play.isClosed)
    play.pass(.seconds(0.1))
    #expect(play.isClosed)
    #expect(play.output.isEmpty)
  }

  @Test func aDrippingHeadIsAnswered408() {
    let play = Play()
    play.receive("G")
    for octet in "ET / HTTP" {
      play.pass(.seconds(1))
      play.receive(String(octet))
    }
    #expect(play.output.isEmpty)
    play.pass(.seconds(1))
    #expect(play.statuses == [408])
    #expect(play.text.contains("Connection: close"))
    #expect(play.refusals == [.headTimeout])
  }

  @Test func anIdleConnectionIsClosedWithoutAWord() {
    let play = Play()
    play.receive(get)
    let answered = play.output
    play.pass(.seconds(64))
    #expect(!play.isClosed)
    play.pass(.seconds(1))
    #expect(play.isClosed)
    #expect(play.output == answered)
  }

  /// Old clients send an empty line behind a body (RFC 9112 §2.2). A 408 would be taken for the answer to what they send next.
  @Test(arguments: ["", get]) func anEmptyLineIsNoRequest(_ before: String) {
    let play = Play()
    play.receive(before + "\r\n")
    let answered = play.output
    play.pass(.seconds(65))
    #expect(play.isClosed)
    #expect(play.output == answered)
    #expect(play.refusals == [])
  }

  @Test func emptyLinesDoNotPutOffTheEnd() {
    let play = Play()
    play.receive(get)
    for _ in 0..<10 {
      play.receive("\r\n")
      play.pass(.seconds(1))
    }
    #expect(play.isClosed)
    #expect(play.statuses == [200])
  }

  @Test func theHeadOfALaterRequestHasItsOwnTime() {
    let play = Play()
    play.receive(get)
    play.pass(.seconds(60))
    play.receive("GET")
    play.pass(.seconds(9))
    #expect(play.statuses == [200])
    play.pass(.seconds(1))
    #expect(play.statuses == [200, 408])
  }

  @Test func aStalledBodyIsAnswered408() {
    let play = Play(admission: { _ in .body(limit: 100_000) })
    play.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\n" + String(repeating: "x", count: 50_000))
    play.pass(.seconds(9))
    play.receive("x")
    play.pass(.seconds(9))
    #expect(play.output.isEmpty)
    play.pass(.seconds(1))
    #expect(play.statuses == [408])
  }

  @Test func aDrippingBodyIsAnswered408() {
    let play = Play()
    play.receive("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    play.pass(.seconds(5))
    play.receive("1\r\nx\r\n")
    play.pass(.seconds(4.9))
    play.receive("1\r\nx\r\n")
    #expect(play.output.isEmpty)
    play.pass(.seconds(0.2))
    #expect(play.statuses == [408])
    #expect(play.requests.isEmpty)
  }

  /// Each KiB is worth a second, but all of them together are not worth more than the minute that a body has.
  @Test(arguments: [(500, 19), (1100, 60), (100_000, 60)]) func aBodyEarnsItsTime(_ perSecond: Int, _ end: Int) {
    let play = Play(admission: { _ in .body(limit: 10_000_000) })
    play.receive("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10000000\r\n\r\n")
    var second = 0
    while play.statuses.isEmpty, second < 100 {
      second += 1
      play.pass(.seconds(1))
      play.receive([UInt8](repeating: 0, count: perSecond))
    }
    #expect(play.statuses == [408])
    #expect(second == end)
  }

  @Test func aHandlerThatOverrunsIsAnswered503AndItsAnswerDropped() {
    let play = Play(answer: { _ in nil })
    play.receive(get)
    play.pass(.seconds(8))
    #expect(play.statuses == [503])
    #expect(play.text.contains("Retry-After: 5\r\n"))
    #expect(play.text.contains("Connection: close\r\n"))
    play.respond(Response(head: HTTPResponse(status: .ok)), to: 1)
    #expect(play.statuses == [503])
  }

  @Test func aClientThatDoesNotReadIsDropped() {
    let play = Play(answer: { _ in nil })
    play.receive(get)
    play.machine.respond(Response(head: HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: 30_000)), to: 1, at: play.moment)
    play.run(isBlocked: true)
    play.moment.instant += .seconds(9)
    play.machine.sent(10_240, at: play.moment)
    play.moment.instant += .seconds(9)
    play.machine.expire(at: play.moment)
    #expect(play.phase == .head, "there was progress")
    play.moment.instant += .seconds(1)
    play.machine.expire(at: play.moment)
    #expect(play.phase == .closed)
  }

  @Test func aClientThatDripsItsReadingIsDropped() {
    let play = Play(answer: { _ in nil })
    play.receive(get)
    play.machine.respond(Response(head: HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: 30_000)), to: 1, at: play.moment)
    play.run(isBlocked: true)
    for _ in 0..<10 {
      #expect(play.phase == .head)
      play.moment.instant += .seconds(1)
      play.machine.sent(1_000, at: play.moment)
      play.machine.expire(at: play.moment)
    }
    #expect(play.phase == .closed)
  }

  @Test func aLongDownloadIsNotIdle() {
    let play = Play(answer: { _ in nil })
    play.receive(get)
    play.machine.respond(Response(head: HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: 300_000)), to: 1, at: play.moment)
    play.run(isBlocked: true)
    for _ in 0..<200 {
      play.moment.instant += .seconds(1)
      play.machine.sent(1_100, at: play.moment)
      play.machine.expire(at: play.moment)
    }
    #expect(play.phase == .head)
    #expect(play.machine.unsentCount > 0)
  }

  @Test func lingeringEnds() {
    let play = Play()
    play.receive("garbage\r\n\r\n")
    play.pass(.seconds(1))
    #expect(!play.isClosed)
    play.pass(.seconds(1))
    #expect(play.isClosed)
  }

  @Test func noFurtherRequestIsBegunWhileTooMuchIsUnsent() {
    var limits = Limits()
    limits.unsentResponse = 1000
    let play = Play(limits: limits, answer: { _ in nil })
    play.receive(get + get)
    play.machine.respond(Response(head: HTTPResponse(status: .ok), body: [UInt8](repeating: 0, count: 2000)), to: 1, at: play.moment)
    play.run(isBlocked: true)
    #expect(play.requests.count == 1)
    #expect(!play.wantsInput)
    play.run()
    #expect(play.requests.count == 2)
  }

  @Test func deadlinesComeEarliestFirst() {
    var queue = DeadlineQueue()
    var seed: UInt64 = 7
    for token in 0..<500 {
      seed = seed &* 6_364_136_223_846_793_005 &+ 1
      queue.insert(DeadlineQueue.Entry(instant: Play.start + .milliseconds(Int(seed >> 40)), token: UInt64(token)))
    }
    var last = Play.start
    var count = 0
    #expect(queue.removeDue(at: Play.start - .seconds(1)) == nil)
    while let entry = queue.removeDue(at: Play.start + .seconds(100_000)) {
      #expect(entry.instant >= last)
      last = entry.instant
      count += 1
    }
    #expect(count == 500)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// The courier asks whether anything is due far more often than what: both must say the same.
@Suite struct DueTests {
  /// Whether something is due, by both ways of asking.
  private func isDue(_ bench: Bench) throws -> [Bool] {
    try bench.connection.reading(at: bench.now) {
      [try $0.hasDueCallback(instance: "main"), try !$0.dueCallbacks(instance: "main", limit: 1).isEmpty]
    }
  }

  @Test func whatIsOwedIsDueUntilSomebodyHasIt() throws {
    let bench = try Bench()
    try bench.openChange()
    #expect(try isDue(bench) == [false, false])
    try bench.decide("alice")
    #expect(try isDue(bench) == [true, true])
    #expect(try bench.claims().count == 1)
    // The play waits for the approval, which is under way.
    #expect(try isDue(bench) == [false, false])
    bench.wait(Gate.lease)
    #expect(try isDue(bench) == [true, true])
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "502", after: .seconds(60)))
    #expect(try isDue(bench) == [false, false])
    bench.wait(.seconds(60))
    #expect(try isDue(bench) == [true, true])
  }

  /// When the courier has to look again.
  private func nextDue(_ bench: Bench) throws -> Instant? {
    try bench.connection.reading(at: bench.now) { try $0.nextDue(instance: "main") }
  }

  @Test func whatIsUnderWayIsDueWhenItsLeaseEndsAndWhatFailedWhenItsPauseDoes() throws {
    let bench = try Bench()
    try bench.openChange()
    #expect(try nextDue(bench) == nil)
    try bench.decide("alice")
    #expect(try nextDue(bench) == bench.now)
    let claim = try #require(try bench.claims().first)
    // The play waits for the approval, and is not due before it.
    #expect(try nextDue(bench) == bench.now + Gate.lease)
    try bench.settle(claim, .retry(reason: "502", after: .seconds(60)))
    #expect(try nextDue(bench) == bench.now + .seconds(60))
  }

  /// What the courier sees when so many questions are under way that there is room for no more.
  @Test func questionsThatFindNoRoomHoldUpNoDecision() throws {
    let bench = try Bench()
    try bench.openChange()
    for deployment in 816..<820 { try bench.apply(Bench.facts(.created, pending: 0, deployment: Int64(deployment))) }
    try bench.command { gate, transaction in
      for id in 2...5 { try transaction.askToInspect(deployment: Int64(id), instance: "main", requestID: "r") }
    }
    func seen(questions: Bool) throws -> (isDue: Bool, next: Instant?) {
      try bench.connection.reading(at: bench.now) {
        (try $0.hasDueCallback(instance: "main", questions: questions), try $0.nextDue(instance: "main", questions: questions))
      }
    }
    func claimed(questions: Int) throws -> [CallbackStep] {
      try bench.command { try $0.claim(instance: "main", limit: 3, questions: questions, in: $1) }.map(\.callback.step)
    }
    // Nothing to wake up for: whoever looked all the same would look for ever.
    #expect(try seen(questions: true) == (true, bench.now) && seen(questions: false) == (false, nil))
    #expect(try claimed(questions: 0) == [])
    try bench.decide("alice", .rejected)
    #expect(try seen(questions: false) == (true, bench.now))
    #expect(try claimed(questions: 1) == [.reject, .inspect])
    #expect(try seen(questions: false) == (false, bench.now + Gate.lease))
    #expect(try claimed(questions: 9) == [.inspect, .inspect, .inspect])
  }

  @Test func anotherGitLabsWorkIsNotOurs() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.connection.reading(at: bench.now) { try $0.hasDueCallback(instance: "other") } == false)
  }
}

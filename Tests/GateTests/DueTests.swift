import Calendar
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

  @Test func anotherGitLabsWorkIsNotOurs() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.connection.reading(at: bench.now) { try $0.hasDueCallback(instance: "other") } == false)
  }
}

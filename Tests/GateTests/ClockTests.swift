import ChangeControl
import Gate
import Storage
import Testing

/// The clock was ahead, by years perhaps, and is set right. What was written down meanwhile must not wait until the clock is there again.
@Suite struct ClockTests {
  /// What can be claimed once the sweep has been.
  func claims(_ bench: Bench) throws -> [Claim] {
    try bench.command { _ = try $0.sweep(in: $1) }
    return try bench.claims()
  }

  static let ahead: Duration = .seconds(10 * 365 * 86_400)
  /// By less than what GitLab may ask to wait for.
  static let slightlyAhead: Duration = .seconds(600)

  @Test(arguments: [ahead, slightlyAhead]) func aDecisionMadeWhileTheClockWasAheadIsDelivered(_ ahead: Duration) throws {
    let bench = try Bench()
    try bench.openChange()
    bench.wait(ahead)
    try bench.decide("alice")
    bench.wait(.zero - ahead)
    #expect(try claims(bench).map(\.callback.step) == [.approve])
  }

  @Test(arguments: [ahead, slightlyAhead]) func aLeaseTakenWhileTheClockWasAheadEnds(_ ahead: Duration) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(ahead)
    #expect(try bench.claims().count == 1)
    bench.wait(.zero - ahead)
    #expect(try claims(bench).map(\.callback.step) == [.approve])
  }

  @Test(arguments: [ahead, slightlyAhead]) func aRetryPutOffWhileTheClockWasAheadIsTried(_ ahead: Duration) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(ahead)
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "no answer", after: nil))
    bench.wait(.zero - ahead)
    #expect(try claims(bench).count == 1)
  }

  /// GitLab asks for a minute of quiet while the clock is ahead; then the clock is set right.
  private func paused(whileAheadBy ahead: Duration) throws -> Bench {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(ahead)
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "429", after: .seconds(60)))
    bench.wait(.zero - ahead)
    return bench
  }

  @Test(arguments: [ahead, slightlyAhead]) func aPauseAskedForWhileTheClockWasAheadEnds(_ ahead: Duration) throws {
    let bench = try paused(whileAheadBy: ahead)
    #expect(try claims(bench).count == 1)
  }

  @Test func aFailureThatIsHeardAfterTheClockWasSetRightDoesNotHideThatItWasAhead() throws {
    let bench = try paused(whileAheadBy: Self.slightlyAhead)
    try bench.command { try $0.noteTrouble(instance: "main", reason: "no answer", pause: nil, in: $1) }
    #expect(try claims(bench).count == 1)
  }

  @Test func norDoesAnAnswer() throws {
    let bench = try paused(whileAheadBy: Self.slightlyAhead)
    try bench.command { try $1.noteContact(instance: "main") }
    #expect(try claims(bench).count == 1)
  }

  @Test func aClockThatWasSetRightMakesNothingDueTwice() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(Self.slightlyAhead)
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "no answer", after: nil))
    bench.wait(.zero - Self.slightlyAhead)
    try bench.settle(try #require(try claims(bench).first), .retry(reason: "429", after: .seconds(60)))
    #expect(try claims(bench).isEmpty, "what GitLab asks for now is obeyed")
  }

  @Test func whoSpokeWhileTheClockWasAheadIsAskedAboutOnceAndNotInACircle() throws {
    let bench = try Bench(required: 2)
    bench.plan.policies["people"]?.preventAuthorApproval = true
    try bench.openChange()
    bench.wait(Self.slightlyAhead)
    try bench.decide("alice")
    try bench.decide("carol")
    bench.wait(.zero - Self.slightlyAhead)
    var asked = 0
    for _ in 0..<10 {
      for claim in try claims(bench) {
        switch claim.instruction {
        case .ask(.person(let name)):
          asked += 1
          let person = KnownPerson(username: name, id: name == "alice" ? 21 : 23, name: name, emails: [])
          try bench.settle(claim, .told(.person(person)))
        case .ask(.contributions):
          try bench.settle(claim, .told(.contributions(Contributions(base: "old", identities: [], mergeRequests: [], files: nil))))
        default: break
        }
      }
      bench.wait(.seconds(1))
    }
    #expect(try bench.change().change.gate == .allowed)
    #expect(asked <= 4)
  }

  @Test func whatReallyHasToWaitWaits() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "429", after: .seconds(3_600)))
    bench.wait(.seconds(3_599))
    #expect(try claims(bench).isEmpty)
    bench.wait(.seconds(1))
    #expect(try bench.claims().count == 1)
  }

  @Test func theLoopsThatAskWhatIsDueSeeItToo() throws {
    let bench = try Bench()
    try bench.openChange()
    bench.wait(Self.ahead)
    try bench.decide("alice")
    bench.wait(.zero - Self.ahead)
    try bench.command { _ = try $0.sweep(in: $1) }
    let (due, next) = try bench.connection.reading(at: bench.now) {
      (try $0.dueCallbacks(instance: "main", limit: 10), try $0.nextDue(instance: "main"))
    }
    #expect(due.map(\.step) == [.approve])
    #expect(next.map { $0 <= bench.now } ?? false)
  }

  @Test func whatWasAskedAboutInTheFutureIsAskedAboutAgain() throws {
    let bench = try Bench()
    bench.wait(Self.ahead)
    try bench.apply(Bench.facts(pending: 0))
    bench.wait(.zero - Self.ahead)
    let asked = try bench.command { gate, transaction in
      try gate.reconcile(
        project: Project(id: 30, path: "acme/payments/checkout", webURL: nil),
        blocked: [BlockedDeployment(identity: Bench.identity, environment: "production", updatedAt: nil, jobID: nil)], instance: "main",
        requestID: "r", in: transaction)
    }
    #expect(asked == 1)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

@Suite struct ReplayTests {
  private func replay(_ bench: Bench, since: Duration = .seconds(86_400), _ edit: (inout ControlPlan) -> Void) throws -> [Replay] {
    var plan = bench.plan
    edit(&plan)
    return try bench.connection.reading(at: bench.now) {
      try Gate(plan: plan).replay(since: bench.now - since, after: 0, limit: 100, in: $0)
    }
  }

  private func isSame(_ replays: [Replay]) -> Bool {
    replays.count == 1 && replays.allSatisfy { if case .same = $0.outcome { true } else { false } }
  }

  private func would(_ replays: [Replay]) -> [String] {
    replays.compactMap {
      guard case .differs(let would, let because) = $0.outcome else { return nil }
      return "\(would.rawValue): \(because?.rule ?? "-")"
    }
  }

  @Test func byItsOwnPolicyADecisionIsTheSame() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    try bench.decide("bob")
    #expect(isSame(try replay(bench) { _ in }))
  }

  @Test func anotherGroupOrNumberMakesItDiffer() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try would(replay(bench) { $0.groups["managers"] = .listed(["bob"]) }) == ["awaiting: group managers"])
    #expect(try would(replay(bench) { $0.policies["people"]?.approvalRules[0].requiredApprovals = 2 }) == ["awaiting: group managers"])
  }

  @Test func aRejectionWouldNotHaveCounted() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice", .rejected)
    #expect(isSame(try replay(bench) { _ in }))
    #expect(try would(replay(bench) { $0.groups["managers"] = .listed(["bob"]) }) == ["awaiting: group managers"])
    var rule = AutomaticRule()
    rule.tiers = ["production"]
    #expect(
      try would(
        replay(bench) {
          $0.groups["managers"] = .listed(["bob"])
          $0.policies["people"]?.autoApprove = [rule]
        }) == ["allowed: -"])
  }

  @Test func itIsLookedAtAtTheTimeOfItsDecision() throws {
    let bench = try Bench()
    try bench.openChange()
    bench.wait(.seconds(600))
    try bench.decide("alice")
    bench.wait(.seconds(36_000))
    #expect(isSame(try replay(bench) { $0.policies["people"]?.expiresAfter = .seconds(601) }))
    // It was over by then: nobody had said anything when the minute ended.
    #expect(try would(replay(bench) { $0.policies["people"]?.expiresAfter = .seconds(60) }).map { $0.prefix(9) } == ["prevented"])
    let period = try #require(Period(start: bench.now - .seconds(36_000), end: bench.now - .seconds(35_999)))
    #expect(
      try would(replay(bench) { $0.policies["people"]?.freezeWindows = [FreezeWindow(name: "w", schedule: .fixed(period))] })
        == ["awaiting: freeze window w"])
    #expect(try replay(bench, since: .seconds(3_600)) { _ in }.isEmpty)
  }

  @Test func aReviewOfSeveralIsReplayedInItsStep() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    try bench.openChange()
    try bench.decide("alice")
    let request = TransitionRequest(
      key: "CHG-1", name: "Ready for CAB approval", comment: nil, expectedRevision: nil, requestID: "r")
    try bench.command { _ = try $0.transition(request, by: Actor(user: "olga", role: .operator), in: $1) }
    try bench.decide("bob", .rejected)
    #expect(try bench.change().change.gate == .prevented)
    #expect(isSame(try replay(bench) { _ in }))
    #expect(try would(replay(bench) { $0.groups["managers"] = .listed(["alice"]) }) == ["awaiting: group managers"])
  }

  @Test func whatNoPolicyDecidedIsNotReplayed() throws {
    let bench = try Bench()
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60)) }
    try bench.openChange()
    try bench.command {
      _ = try $0.breakGlass(
        key: "CHG-1", reason: "fire", expectedRevision: nil, by: Actor(user: "alice", role: .operator), requestID: "r", in: $1)
    }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.apply(Bench.facts(.canceled, deployment: 816))
    let replays = try replay(bench) { $0.policies["people"]?.approvalRules[0].requiredApprovals = 3 }
    #expect(replays.count == 2)
    for replay in replays { #expect({ if case .byNoPolicy = replay.outcome { true } else { false } }(), "\(replay.outcome)") }
  }

  @Test func aPolicyThatIsNotThereIsSaid() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    let replays = try replay(bench) { $0.policies = [:] }
    #expect(replays.count == 1)
    for replay in replays { #expect({ if case .unknownPolicy = replay.outcome { true } else { false } }()) }
  }

  @Test func whatWasApprovedAfterAShorterTimeWouldHaveExpired() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(.seconds(200))
    try bench.decide("bob")
    #expect(try would(replay(bench) { $0.policies["people"]?.expiresAfter = .seconds(60) }).map { $0.prefix(9) } == ["prevented"])
    #expect(isSame(try replay(bench) { $0.policies["people"]?.expiresAfter = .seconds(300) }))
  }

  @Test func whoHadSaidAllBeforeTheDeadlineIsHeldToNone() throws {
    let bench = try Bench()
    try bench.freeze("release", from: .zero, lasting: .seconds(3_600))
    try bench.openChange()
    try bench.decide("alice")
    try bench.wait(.seconds(3_601), looking: true)
    #expect(try bench.change().change.gate == .allowed)
    #expect(isSame(try replay(bench) { $0.policies["people"]?.expiresAfter = .seconds(60) }))
  }

  /// What was told of it later says nothing of the decision.
  @Test func whatWasEditedAfterTheDecisionIsLeftAside() throws {
    let bench = try Bench()
    bench.edit { $0.requiredFields = [.risk] }
    let olga = Actor(user: "olga", role: .operator)
    func edit(_ edits: [ChangeEdit]) throws {
      try bench.command { _ = try $0.edit(edits, key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1) }
    }
    try bench.openChange()
    try edit([.risk(.low), .reason("before")])
    try bench.decide("alice")
    #expect(try bench.change().change.gate == .allowed)
    bench.wait(.seconds(60))
    try edit([.plannedStart(bench.now + .seconds(600)), .risk(.high)])
    try edit([.plannedEnd(bench.now + .seconds(900)), .risk(nil)])
    #expect(isSame(try replay(bench) { _ in }))
    var rule = AutomaticRule()
    rule.risks = ["low"]
    #expect(try would(replay(bench) { $0.policies["people"]?.autoReject = [rule] }) == ["prevented: no rejection"])
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Past the rules, with a reason.
@Suite struct EmergencyTests {
  func bench() throws -> Bench {
    let bench = try Bench(required: 2)
    bench.plan.groups["on-call"] = .listed(["otto", "dana"])
    bench.edit { $0.breakGlass = BreakGlass(group: "on-call", reviewWithin: .seconds(3_600)) }
    try bench.openChange()
    return bench
  }

  @discardableResult
  func breakGlass(_ bench: Bench, _ user: String, role: Role = .operator) throws -> ChangeView {
    try bench.command {
      try $0.breakGlass(
        key: "CHG-1", reason: "checkout is down", expectedRevision: nil, by: Actor(user: user, role: role), requestID: "r", in: $1)
    }
  }

  @discardableResult
  func review(_ bench: Bench, _ user: String) throws -> ChangeView {
    try bench.command {
      try $0.review(key: "CHG-1", comment: "it was right", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
    }
  }

  @Test func aBrokenGlassOpensTheGateAtOnceAndOwesAReview() throws {
    let bench = try bench()
    let view = try breakGlass(bench, "otto")
    #expect(view.change.gate == .allowed)
    #expect(view.change.brokenGlass?.user == "otto")
    #expect(view.change.review?.dueAt == bench.now + .seconds(3_600))
    #expect(view.waitingFor.first == "a review by somebody else than otto, due at \((bench.now + .seconds(3_600)).iso8601)")
    #expect(view.evaluation?.verdict == .allowed)
    #expect(view.evaluation?.root.children.first?.rule == "break_glass")
    #expect(try bench.actions() == ["change.opened", "change.glass_broken", "gate.turned"])
    guard case .approve(let effect) = try bench.claims().first?.instruction else { return #expect(Bool(false), "nothing to approve") }
    #expect(effect.people == ["otto"] && effect.required == 0)
    try bench.checkPromises()
  }

  @Test func somebodyElseReviews() throws {
    let bench = try bench()
    try bench.expectRefusal("nothing_to_review", { try review(bench, "alice") })
    try breakGlass(bench, "otto")
    try bench.expectRefusal("own_break_glass", { try review(bench, "OTTO") })
    bench.wait(.seconds(7_200))
    let view = try review(bench, "alice")
    #expect(view.change.review?.by == "alice")
    #expect(!view.waitingFor.contains { $0.contains("review") })
    #expect(try bench.actions().last == "change.reviewed")
    try bench.expectRefusal("already_reviewed", { try review(bench, "bob") })
    try bench.checkPromises()
  }

  /// What is read must not speak of a time that is over as of one to come, nor be taken for what was read before that time.
  @Test func aReviewThatIsOverdueSaysSo() throws {
    let bench = try bench()
    let due = try #require(try breakGlass(bench, "otto").change.review?.dueAt)
    for claim in try bench.claims() { try bench.settle(claim, .overtaken(Bench.facts(.canceled, pending: 0, job: "canceled"))) }
    bench.now = due
    let before = try bench.change()
    #expect(before.waitingFor.first == "a review by somebody else than otto, due at \(due.iso8601)" && !before.isReviewOverdue)
    #expect(try !bench.connection.reading(at: bench.now) { try bench.gate.mayHaveMoved(before, in: $0) })
    bench.wait(.milliseconds(1))
    let after = try bench.change()
    #expect(after.waitingFor.first == "a review by somebody else than otto: it was due at \(due.iso8601), and is overdue since")
    #expect(after.isReviewOverdue)
    #expect(try bench.connection.reading(at: bench.now) { try bench.gate.mayHaveMoved(after, in: $0) })
    #expect(try !review(bench, "alice").isReviewOverdue)
  }

  @Test func onlyThePolicysPeopleBreakIt() throws {
    let bench = try bench()
    try bench.expectRefusal("break_glass_not_allowed", { try breakGlass(bench, "alice") })
    try bench.expectRefusal("insufficient_role", { try breakGlass(bench, "otto", role: .approver) })
    bench.edit { $0.breakGlass = nil }
    try bench.expectRefusal("break_glass_not_allowed", { try breakGlass(bench, "otto") })
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test func aDecidedGateIsNotBrokenOpen() throws {
    let bench = try bench()
    try bench.decide("alice", .rejected)
    try bench.expectRefusal("not_waiting", { try breakGlass(bench, "otto") })
  }

  @Test func aFreezeIsOverriddenOnlyByThePolicysPeople() throws {
    let bench = try bench()
    func override(_ user: String) throws {
      try bench.command {
        _ = try $0.overrideFreeze(key: "CHG-1", reason: "fix", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
      }
    }
    try bench.expectRefusal("freeze_override_not_allowed", { try override("otto") })
    bench.edit { $0.freezeOverride = "on-call" }
    try bench.expectRefusal("freeze_override_not_allowed", { try override("alice") })
    try bench.expectRefusal("own_deployment", { try override("dana") })
    try bench.expectRefusal("no_freeze", { try override("otto") })
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(60)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    try override("otto")
    try override("otto")
    #expect(try bench.count("freeze_override") == 1)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Times in which nothing is let through: what is decided inside one waits, and what is decided before one does not slip into it.
@Suite struct FreezeTests {
  private func bench(required: Int = 1, from start: Duration = .zero, lasting duration: Duration = .seconds(3_600)) throws -> Bench {
    let bench = try Bench(required: required)
    try bench.freeze("release", from: start, lasting: duration)
    return bench
  }

  @Test func whatIsApprovedInsideWaitsForItsEndAndNotAMomentLess() throws {
    let bench = try bench()
    let end = bench.now + .seconds(3_600)
    try bench.openChange()
    let held = try bench.decide("alice")
    #expect(held.change.gate == .awaiting)
    #expect(held.waitingFor == ["freeze window release to end at \(end.iso8601)"])
    #expect(held.change.lookAt == end)
    try bench.wait(.milliseconds(3_599_999), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.milliseconds(1), looking: true)
    let view = try bench.change()
    #expect(view.change.gate == .allowed && view.change.decidedAt == end)
    #expect(view.callbacks.map(\.step) == [.approve, .play])
    #expect(try bench.actions() == ["change.opened", "approval.recorded", "gate.turned"])
    try bench.checkPromises()
  }

  @Test func aRejectionPasses() throws {
    let bench = try bench()
    try bench.openChange()
    #expect(try bench.decide("alice", .rejected).change.gate == .prevented)
    #expect(try bench.change().callbacks.map(\.step) == [.reject])
  }

  @Test func aBrokenGlassPassesAndIsDelivered() throws {
    let bench = try bench()
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60)) }
    try bench.openChange()
    let view = try bench.command {
      try $0.breakGlass(
        key: "CHG-1", reason: "carts are lost", expectedRevision: nil, by: Actor(user: "bob", role: .operator), requestID: "r", in: $1)
    }
    #expect(view.change.gate == .allowed)
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  @Test func twoPeopleTogetherOverrideIt() throws {
    let bench = try bench()
    bench.edit { $0.freezeOverride = "managers" }
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.override("bob").waitingFor.first?.hasSuffix("or one more of group managers to override it") == true)
    #expect(try bench.override("BOB").change.gate == .awaiting)
    let view = try bench.override("carol")
    #expect(view.change.gate == .allowed)
    #expect(view.evaluation?.root.children.first { $0.rule == "freeze window release" }?.counted == ["bob", "carol"])
    #expect(try bench.actions().filter { $0 == "gate.turned" }.count == 1)
    try bench.checkPromises()
  }

  @Test func anOverrideOpensNothingThatPeopleHaveNotApproved() throws {
    let bench = try bench()
    bench.edit { $0.freezeOverride = "managers" }
    try bench.openChange()
    try bench.override("bob")
    #expect(try bench.override("carol").change.gate == .awaiting)
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func whoHasLeftTheGroupOverridesNoMore() throws {
    let bench = try bench()
    bench.plan.groups["on-call"] = .listed(["otto", "paula", "quinn"])
    bench.edit { $0.freezeOverride = "on-call" }
    try bench.openChange()
    try bench.override("otto")
    bench.plan.groups["on-call"] = .listed(["paula", "quinn"])
    try bench.decide("alice")
    #expect(try bench.override("paula").change.gate == .awaiting)
    #expect(try bench.override("quinn").change.gate == .allowed)
  }

  @Test func whoTriggeredTheDeploymentOverridesNothing() throws {
    let bench = try bench()
    bench.plan.groups["on-call"] = .listed(["dana", "otto"])
    bench.edit { $0.freezeOverride = "on-call" }
    try bench.openChange()
    try bench.expectRefusal("own_deployment", { try bench.override("dana") })
  }

  @Test func whatTheEndOfOneWindowLeavesInAnotherWaitsOn() throws {
    let bench = try bench()
    try bench.freeze("audit", from: .seconds(3_000), lasting: .seconds(3_000))
    try bench.openChange()
    try bench.decide("alice")
    try bench.wait(.seconds(3_600), looking: true)
    let view = try bench.change()
    #expect(view.change.gate == .awaiting && view.change.lookAt == bench.now + .seconds(2_400))
    #expect(view.waitingFor.count == 1 && view.waitingFor[0].contains("audit"))
    try bench.wait(.seconds(2_400), looking: true)
    #expect(try bench.change().change.gate == .allowed)
  }

  /// What a change waits for is another text when the window ends: whoever has read it sees that by its revision, and once.
  @Test func theEndOfAWindowMovesTheRevisionOnce() throws {
    let bench = try bench(required: 2)
    try bench.openChange()
    let before = try bench.decide("alice")
    try bench.wait(.seconds(3_600), looking: true)
    let after = try bench.change()
    #expect(after.waitingFor != before.waitingFor && after.change.gate == .awaiting)
    #expect(after.change.revision == before.change.revision + 1)
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.revision == after.change.revision)
  }

  @Test func anAutomaticApprovalIsHeldToo() throws {
    let bench = try bench()
    var rule = AutomaticRule()
    rule.tiers = ["production"]
    bench.edit { $0.autoApprove = [rule] }
    try bench.openChange()
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.gate == .allowed)
    #expect(try bench.actions() == ["change.opened", "gate.turned"])
  }

  @Test func aYesFromLaterOnInsideAFreezeWaitsForBoth() throws {
    let bench = try bench()
    try bench.openChange()
    let later = bench.now + .seconds(600)
    #expect(try bench.decide("alice", effectiveAt: later).change.lookAt == later)
    try bench.wait(.seconds(600), looking: true)
    let view = try bench.change()
    #expect(view.change.gate == .awaiting && view.change.lookAt == bench.now + .seconds(3_000))
    try bench.wait(.seconds(3_000), looking: true)
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whatWaitsForAFreezeDoesNotExpire() throws {
    let bench = try bench()
    bench.edit { $0.expiresAfter = .seconds(60) }
    try bench.openChange()
    try bench.decide("alice")
    try bench.wait(.seconds(61), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.seconds(3_539), looking: true)
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func aPlannedStartHoldsUntilThenAndAPlannedEndForGood() throws {
    let bench = try Bench()
    try bench.openChange()
    let start = bench.now + .seconds(600)
    func edit(_ edits: [ChangeEdit]) throws {
      try bench.command {
        _ = try $0.edit(edits, key: "CHG-1", expectedRevision: nil, by: Actor(user: "olga", role: .operator), requestID: "r", in: $1)
      }
    }
    try edit([.plannedStart(start), .plannedEnd(start + .seconds(60))])
    #expect(try bench.decide("alice").waitingFor == ["its planned start at \(start.iso8601)"])
    // Nobody has looked while it might have begun.
    try bench.wait(.seconds(660), looking: true)
    let late = try bench.change()
    #expect(late.change.gate == .awaiting && late.change.lookAt == nil)
    #expect(late.waitingFor.first?.contains("plan it anew") == true)
    try edit([.plannedEnd(nil)])
    #expect(try bench.change().change.gate == .allowed)
    #expect(try bench.actions() == ["change.opened", "change.edited", "approval.recorded", "change.edited", "gate.turned"])
  }

  // MARK: Clocks and configurations that change

  @Test func aNewConfigurationFreezesAndThawsWhatWaits() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    try bench.freeze("new", from: .zero, lasting: .seconds(600))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.lookAt == bench.now + .seconds(600))
    #expect(try bench.decide("bob").change.gate == .awaiting)
    bench.edit { $0.freezeWindows = [] }
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func aClockThatIsSetBackLeavesNothingBehind() throws {
    let bench = try bench(from: .seconds(600))
    try bench.openChange()
    bench.wait(.seconds(700))
    let end = bench.now + .seconds(3_500)
    #expect(try bench.decide("alice").change.lookAt == end)
    bench.wait(.seconds(-650))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .allowed)
    // The window holds what is claimed inside it all the same.
    bench.wait(.seconds(600))
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(4_000))
    #expect(try bench.claims().map(\.callback.step) == [.approve])
    try bench.checkPromises()
  }
}

extension Bench {
  /// One more window of the policy, from so long after now.
  func freeze(_ name: String, from start: Duration, lasting duration: Duration) throws {
    let period = try #require(Period(start: now + start, end: now + start + duration))
    edit { $0.freezeWindows.append(FreezeWindow(name: name, schedule: .fixed(period))) }
  }

  @discardableResult
  func override(_ user: String) throws -> ChangeView {
    try command {
      try $0.overrideFreeze(key: "CHG-1", reason: "carts are lost", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
    }
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Whole lives by JSM's change workflow: two reviews, planning between them, and a start that the policy has to allow.
@Suite struct ITSMTests {
  private static let peerReview = "Peer review / change manager approval"

  private func makeEmergency(_ bench: Bench) throws {
    try bench.command { _ = try $0.edit([.type(.emergency)], key: "CHG-1", expectedRevision: nil, by: Bench.olga, requestID: "r", in: $1) }
  }

  @Test func twoReviewsTakeTwoPeople() throws {
    let bench = try Bench.itsm()
    #expect(try bench.decide("alice").change.status == "Planning")
    try bench.take("Ready for CAB approval")
    try bench.expectRefusal("already_counted", { try bench.decide("alice") })
    let approved = try bench.decide("bob")
    #expect(approved.change.status == "Awaiting implementation" && approved.change.gate == .awaiting)
    #expect(approved.change.stepsPassed == [Self.peerReview, "Awaiting CAB approval"])
    let view = try bench.take("Start implementation")
    #expect(view.change.gate == .allowed && view.change.decidedBy == "olga")
    guard case .approve(let effect) = try bench.claims().first?.instruction else { return #expect(Bool(false), "nothing to approve") }
    #expect(effect.people == ["alice", "bob"] && effect.required == 2)
    try bench.apply(Bench.facts(.success, pending: 0, approvals: [ours()]))
    #expect(try bench.change().change.status == "Resolved")
    #expect(
      try bench.actions() == [
        "change.opened", "approval.recorded", "change.status", "change.status", "approval.recorded", "change.status", "gate.turned",
        "change.status",
      ])
    try bench.checkPromises()
  }

  @Test func aReviewThatIsEnteredAgainAsksAnew() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for CAB approval")
    try bench.decide("bob")
    for name in ["Pending", "Back to planning", "Ready for CAB approval"] { try bench.take(name) }
    let again = try bench.change()
    #expect(again.change.status == "Awaiting CAB approval" && again.approvals.map(\.user) == ["alice"])
    #expect(again.waitingFor == ["1 more approval from group managers"])
    #expect(try bench.decide("carol").change.status == "Awaiting implementation")
  }

  @Test func whatIsDeclinedInTheSecondReviewIsShownDeclined() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for CAB approval")
    let view = try bench.decide("bob", .rejected)
    #expect(view.change.status == "Declined" && view.change.gate == .prevented)
    #expect(view.evaluation?.verdict == .rejected)
    #expect(view.evaluation?.root.children.last?.found == "bob rejected")
  }

  @Test func aReviewThatIsTakenBackHoldsTheStartUntilItIsGivenAnew() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for implementation")
    try bench.command { _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: alice, requestID: "r", in: $1) }
    try bench.expectRefusal("not_approved", { try bench.take("Start implementation") })
    #expect(try bench.decide("bob").approvals.map(\.step) == [Self.peerReview])
    #expect(try bench.take("Start implementation").change.gate == .allowed)
  }

  /// Asked once more, and the answer is no.
  @Test func aReviewThatWasTakenBackCanBeDeclined() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for implementation")
    try bench.command { _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: alice, requestID: "r", in: $1) }
    let view = try bench.decide("bob", .rejected)
    #expect(view.change.gate == .prevented && view.change.status == "Declined" && view.change.closedAt != nil)
    #expect(view.callbacks.map(\.step) == [.reject])
  }

  @Test func whoHasLeftSinceTheReviewKeepsTheStartFromOpening() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for implementation")
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    try bench.expectRefusal("not_approved", { try bench.take("Start implementation") })
  }

  @Test func aFreezeHoldsTheStartAndSaysUntilWhen() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    let end = bench.now + .seconds(3_600)
    let period = try #require(Period(start: bench.now, end: end))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    try bench.openChange()
    // A review turns no gate, so a freeze does not hold it.
    #expect(try bench.decide("alice").change.status == "Planning")
    try bench.take("Ready for implementation")
    #expect { try bench.take("Start implementation") } throws: {
      guard let refusal = $0 as? Refusal else { return false }
      return refusal.code == "not_approved" && refusal.message.contains("release") && refusal.message.contains(end.iso8601)
    }
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    #expect(try bench.take("Start implementation").change.gate == .allowed)
  }

  @Test func anEmergencyIsOverriddenAndOwesAReview() throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    let carol = Actor(user: "carol", role: .operator)
    try bench.expectRefusal("not_an_emergency", { try bench.take("Emergency override", by: carol, comment: "down") })
    try makeEmergency(bench)
    try bench.expectRefusal("break_glass_not_allowed", { try bench.take("Emergency override", comment: "down") })
    try bench.expectRefusal("comment_required", { try bench.take("Emergency override", by: carol) })
    let view = try bench.take("Emergency override", by: carol, comment: "down")
    #expect(view.change.status == "Awaiting implementation" && view.change.gate == .awaiting)
    #expect(view.change.review?.dueAt == bench.now + .seconds(3_600))
    #expect(try bench.actions().suffix(2) == ["change.glass_broken", "change.status"])
    // What has not been let through cannot be looked back at.
    try bench.expectRefusal(
      "not_let_through_yet",
      {
        try bench.command {
          _ = try $0.review(key: "CHG-1", comment: "ok", by: Actor(user: "alice", role: .approver), requestID: "r", in: $1)
        }
      })
    #expect(try bench.take("Start implementation").change.gate == .allowed)
    try bench.expectRefusal(
      "own_break_glass",
      {
        try bench.command { _ = try $0.review(key: "CHG-1", comment: "ok", by: carol, requestID: "r", in: $1) }
      })
    try bench.checkPromises()
  }

  /// An approver decides where the policy lets them; past it go only those who operate.
  @Test(arguments: [Role.viewer, .approver, .auditor])
  func theOverrideIsForOperators(_ role: Role) throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try makeEmergency(bench)
    try bench.expectRefusal(
      "insufficient_role", { try bench.take("Emergency override", by: Actor(user: "carol", role: role), comment: "down") })
  }

  /// Whoever lets it be reviewed after all is bound by what the review says.
  @Test func aNoThatIsSaidAfterTheOverrideCounts() throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try makeEmergency(bench)
    try bench.take("Emergency override", by: Actor(user: "carol", role: .operator), comment: "down")
    for name in ["Pending", "Back to planning", "Ready for CAB approval"] { try bench.take(name) }
    bench.wait(.seconds(1))
    #expect(try bench.decide("bob", .rejected).change.gate == .prevented)
  }

  /// Also where the clock was ahead when the glass was broken, or stood still: what came after is told by the records.
  @Test(arguments: [Duration.seconds(-3_600), .zero]) func aNoThatIsSaidAfterTheOverrideCountsWhateverTheClockSays(_ by: Duration) throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try makeEmergency(bench)
    try bench.take("Emergency override", by: Actor(user: "carol", role: .operator), comment: "down")
    bench.wait(by)
    for name in ["Pending", "Back to planning", "Ready for CAB approval"] { try bench.take(name) }
    #expect(try bench.decide("bob", .rejected).change.gate == .prevented)
  }

  /// However much was said in between: the records are looked for, not the first of them.
  @Test func aNoCountsAfterAnyNumberOfComments() throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try makeEmergency(bench)
    try bench.take("Emergency override", by: Actor(user: "carol", role: .operator), comment: "down")
    bench.wait(.seconds(1))
    try bench.command { gate, transaction in
      for _ in 0..<1_000 {
        _ = try gate.comment("hm", key: "CHG-1", by: Actor(user: "carol", role: .approver), requestID: "r", in: transaction)
      }
    }
    for name in ["Pending", "Back to planning", "Ready for CAB approval"] { try bench.take(name) }
    #expect(try bench.decide("bob", .rejected).change.gate == .prevented)
  }

  /// The last of its steps, however many there were.
  @Test func saysWhatEndedAChangeThatWentToAndFro() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    for _ in 0..<51 { for name in ["Pending", "Back to planning"] { try bench.take(name) } }
    try bench.take("Ready for CAB approval")
    try bench.decide("bob")
    try bench.take("Start implementation")
    bench.wait(.seconds(1))
    try bench.apply(Bench.facts(.success, pending: 0, approvals: [ours()]))
    bench.edit { $0.approvalRules[0].requiredApprovals = 3 }
    let ended = try #require(try bench.change().evaluation?.root.children.first)
    #expect(ended.rule == "ended" && ended.found.contains("GitLab says the deployment is success"), "\(ended.found)")
  }

  @Test func aStandardChangePassesItsReviewByPolicy() throws {
    var rule = AutomaticRule()
    rule.changeTypes = [.standard]
    let bench = try Bench.itsm { $0.autoApprove = [rule] }
    #expect(try bench.change().change.status == Self.peerReview)
    try bench.command { _ = try $0.edit([.type(.standard)], key: "CHG-1", expectedRevision: nil, by: Bench.olga, requestID: "r", in: $1) }
    #expect(try bench.change().change.status == "Planning")
    try bench.take("Ready for implementation")
    #expect(try bench.take("Start implementation").change.gate == .allowed)
    #expect(try bench.actions() == ["change.opened", "change.edited", "change.status", "change.status", "gate.turned"])
  }

  /// It has what it needs, and only somebody who operates can move it on: that is what it waits for.
  @Test func whatWaitsToBeMovedSaysSo() throws {
    let bench = try Bench.itsm()
    #expect(
      try bench.decide("alice").waitingFor == [
        "somebody to move it on: Ready for CAB approval, or Ready for implementation, or Pending"
      ])
  }

  /// What the gate lacks besides holds no step between two reviews: nobody is to wait for it.
  @Test func whatCanBeMovedOnMeanwhileSaysSoToo() throws {
    let bench = try Bench.itsm { $0.requiredFields = [.risk] }
    let risk = "an operator to fill in risk"
    #expect(try bench.change().waitingFor == ["1 more approval from group managers", risk])
    #expect(
      try bench.decide("alice").waitingFor == [
        risk, "somebody to move it on: Ready for CAB approval, or Ready for implementation, or Pending",
      ])
    // The start is held until it is filled in.
    #expect(try bench.take("Ready for implementation").waitingFor == [risk])
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// What only time moves: approvals that count later, decisions that come too late.
@Suite struct TimeTests {
  @Test func anApprovalCountsFromItsTimeOn() throws {
    let bench = try Bench()
    try bench.openChange()
    let tonight = bench.now + .seconds(3_600)
    let view = try bench.decide("alice", effectiveAt: tonight)
    #expect(view.change.gate == .awaiting)
    #expect(view.change.lookAt == tonight)
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == ["not_yet_effective"])
    try bench.wait(.seconds(3_599), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.seconds(1), looking: true)
    let after = try bench.change()
    #expect(after.change.gate == .allowed)
    #expect(after.change.decidedAt == tonight)
    #expect(after.change.lookAt == nil)
    #expect(after.callbacks.map(\.step) == [.approve, .play])
    try bench.checkPromises()
  }

  @Test func whoThinksBetterOfItTakesItBackBeforeItsTime() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice", effectiveAt: bench.now + .seconds(60))
    try bench.command { _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: alice, requestID: "r", in: $1) }
    #expect(try bench.change().change.lookAt == nil)
    try bench.wait(.seconds(61), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test(arguments: [(EndWithoutRejection.leave, []), (.reject, [CallbackStep.reject]), (.cancelJob, [.cancel])])
  func aDecisionThatComesTooLate(_ told: EndWithoutRejection, _ owed: [CallbackStep]) throws {
    let bench = try Bench(required: 2)
    bench.edit {
      $0.expiresAfter = .seconds(3_600)
      $0.whenExpired = told
    }
    try bench.openChange()
    try bench.decide("alice")
    try bench.wait(.seconds(3_599), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.seconds(1), looking: true)
    let view = try bench.change()
    #expect(view.change.gate == .prevented)
    #expect(view.change.status == "Expired")
    #expect(view.callbacks.map(\.step) == owed)
    #expect(try bench.actions().last == "gate.turned")
    try bench.expectRefusal("not_waiting", { try bench.decide("bob") })
    try bench.checkPromises()
  }

  @Test func whatOnlyWaitsForTimeDoesNotExpire() throws {
    let bench = try Bench()
    bench.edit { $0.expiresAfter = .seconds(3_600) }
    try bench.openChange()
    try bench.decide("alice", effectiveAt: bench.now + .seconds(7_200))
    // Not decided: nobody's yes counts yet, and the time for it is over.
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.status == "Expired")
  }

  @Test func aLongerTimeIsForWaitingChangesToo() throws {
    let bench = try Bench(required: 2)
    bench.edit { $0.expiresAfter = .seconds(3_600) }
    try bench.openChange()
    let first = try #require(try bench.change().change.lookAt)
    bench.edit { $0.expiresAfter = .seconds(7_200) }
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.lookAt == first + .seconds(3_600))
  }
}

/// What needs nobody's yes, and what is stopped at once.
@Suite struct AutomaticTests {
  func rule(_ edit: (inout AutomaticRule) -> Void) -> AutomaticRule {
    var rule = AutomaticRule()
    edit(&rule)
    return rule
  }

  @Test func aMatchingChangeIsLetThroughWhenItOpens() throws {
    let bench = try Bench()
    bench.edit { $0.autoApprove = [rule { $0.tiers = ["staging"] }, rule { $0.tiers = ["production"] }] }
    try bench.openChange()
    let view = try bench.change()
    #expect(view.change.gate == .allowed)
    #expect(view.approvals.isEmpty)
    #expect(view.callbacks.map(\.step) == [.approve, .play])
    let finding = view.evaluation?.root.children.first
    #expect(finding?.rule == "auto_approve")
    #expect(finding?.found == "rule 2 matches")
    #expect(try bench.actions() == ["change.opened", "gate.turned"])
    guard case .approve(let effect) = try bench.claims().first?.instruction else { return #expect(Bool(false), "nothing to approve") }
    #expect(effect.people.isEmpty && effect.required == 0)
    try bench.checkPromises()
  }

  @Test func whatDiffersWaitsForPeopleAndSaysWhy() throws {
    let bench = try Bench()
    bench.edit { $0.autoApprove = [rule { $0.tiers = ["staging"] }] }
    try bench.openChange()
    let view = try bench.change()
    #expect(view.change.gate == .awaiting)
    #expect(view.evaluation?.root.children.first?.found == "rule 1: tier is production")
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func aRejectionWinsOverAnApproval() throws {
    let bench = try Bench()
    bench.edit {
      $0.autoApprove = [rule { $0.tiers = ["production"] }]
      $0.autoReject = [rule { $0.refs = [Pattern("main")] }]
    }
    try bench.openChange()
    let view = try bench.change()
    #expect(view.change.gate == .prevented)
    #expect(view.callbacks.map(\.step) == [.reject])
  }

  @Test func whatCannotBeKnownIsNotRuledOut() throws {
    let bench = try Bench()
    bench.edit { $0.autoReject = [rule { $0.anyFiles = [Pattern("migrations/**")] }] }
    try bench.openChange()
    let view = try bench.decide("alice")
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor == ["to know what is deployed (auto_reject asks for it)"])
    #expect(view.evaluation?.questions.contributions == true)
  }

  /// Nobody has to say how risky a change is whose files the rule is not about.
  @Test func whatDiffersNeedNotBeKnownInAllElse() throws {
    let bench = try Bench()
    bench.edit {
      $0.autoReject = [
        rule {
          $0.anyFiles = [Pattern("migrations/**")]
          $0.risks = ["high"]
        }
      ]
    }
    try bench.openChange()
    try bench.tell(.contributions(Contributions(base: "b", identities: [], mergeRequests: [], files: ["README.md"])))
    #expect(try bench.decide("alice").change.gate == .allowed)
  }
}

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
    try override("otto")
    try override("otto")
    #expect(try bench.count("freeze_override") == 1)
  }
}

let alice = Actor(user: "alice", role: .approver)

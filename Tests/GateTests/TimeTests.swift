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
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.gate == .awaiting)
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func aYesForLaterIsNoYesOfThoseWhoAreMissing() throws {
    let bench = try Bench(required: 2)
    bench.edit { $0.expiresAfter = .seconds(3_600) }
    try bench.openChange()
    try bench.decide("alice", effectiveAt: bench.now + .seconds(7_200))
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

  @Test func aRuleWithHoursWaitsForThemAndWhatItDecidedOutlivesThem() throws {
    let bench = try Bench()
    let begins = bench.now + .seconds(3_600)
    let hours = try #require(Period(start: begins, end: begins + .seconds(60)))
    bench.edit { $0.autoApprove = [rule { $0.hours = .fixed(hours) }] }
    try bench.openChange()
    #expect(try bench.change().change.gate == .awaiting)
    #expect(try bench.change().change.lookAt == begins)
    #expect(try bench.change().evaluation?.root.children.first?.found == "rule 1: it is not in force at this time")
    try bench.wait(.seconds(3_600), looking: true)
    #expect(try bench.change().change.gate == .allowed)
    // GitLab is told late: the hours are over, the decision is not.
    try bench.wait(.seconds(600), looking: true)
    #expect(try bench.claims().first?.callback.step == .approve)
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

  /// Who triggered it must not talk it past its approvers; and may tell all that no rule asks for.
  @Test(arguments: [ChangeEdit.type(.standard), .risk(.low)]) func nobodyTellsTheirOwnDeploymentThrough(_ edit: ChangeEdit) throws {
    let bench = try Bench()
    bench.edit { $0.autoApprove = [rule { $0.changeTypes = [.standard] }, rule { $0.risks = ["low"] }] }
    try bench.openChange()
    func tell(_ edit: ChangeEdit, by user: String) throws {
      try bench.command {
        _ = try $0.edit([edit], key: "CHG-1", expectedRevision: nil, by: Actor(user: user, role: .operator), requestID: "r", in: $1)
      }
    }
    try bench.expectRefusal("own_deployment", { try tell(edit, by: "Dana") })
    try tell(.reason("the timeout drops carts"), by: "dana")
    try tell(edit, by: "olga")
    #expect(try bench.change().change.gate == .allowed)
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

let alice = Actor(user: "alice", role: .approver)

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Decided, and not told GitLab yet, when the ground moves: a freeze begins, an approver leaves.
@Suite struct HeldCallbackTests {
  private func bench() throws -> (bench: Bench, end: Instant) {
    let bench = try Bench()
    let period = try #require(Period(start: bench.now + .seconds(10), end: bench.now + .seconds(40 * 86_400)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "winter", schedule: .fixed(period))] }
    try bench.openChange()
    try bench.decide("alice")
    return (bench, period.end)
  }

  @Test func aFreezeThatBeginsHoldsItHoweverLongAndLetsItGo() throws {
    let (bench, end) = try bench()
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    for _ in 0..<39 {
      bench.wait(.seconds(86_400))
      try bench.command { _ = try $0.sweep(in: $1) }
      #expect(try bench.claims().isEmpty)
    }
    let held = try bench.change()
    #expect(held.callbacks.map(\.state) == [.retrying, .pending])
    #expect(held.waitingFor.first?.contains("freeze window winter to end at \(end.iso8601)") == true)
    bench.now = end
    #expect(try bench.claims().map(\.callback.step) == [.approve])
    try bench.checkPromises()
  }

  /// GitLab wanted others' approvals too, and has them in the middle of the freeze: the job is not started then.
  @Test func aFreezeHoldsTheStartOfTheJobToo() throws {
    let (bench, end) = try bench()
    let approve = try #require(try bench.claims().first)
    try bench.settle(approve, .waiting(Bench.facts(pending: 1, approvals: [ours()]), reason: "GitLab waits for others"))
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    #expect(try bench.change().callbacks.map(\.state) == [.delivered, .retrying])
    bench.now = end
    #expect(try bench.claims().map(\.callback.step) == [.play])
  }

  /// The freeze began after the decision: those who may let a change through it may still do so.
  @Test func twoPeopleOverrideTheFreezeThatHoldsIt() throws {
    let (bench, _) = try bench()
    bench.edit { $0.freezeOverride = "managers" }
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    for user in ["bob", "carol"] {
      #expect(try bench.claims().isEmpty)
      try bench.command {
        _ = try $0.overrideFreeze(key: "CHG-1", reason: "down", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
      }
    }
    #expect(try bench.claims().map(\.callback.step) == [.approve])
    // It is on its way: there is nothing left to override.
    bench.plan.groups["managers"] = .listed(["alice", "bob", "carol", "otto"])
    try bench.expectRefusal(
      "not_waiting",
      {
        try bench.command {
          _ = try $0.overrideFreeze(key: "CHG-1", reason: "down", by: Actor(user: "otto", role: .approver), requestID: "r", in: $1)
        }
      })
    try bench.checkPromises()
  }

  /// What people read says why it is held: a new text has a new revision, and the same text the same one.
  @Test func aHeldCallbackMovesTheRevisionOnce() throws {
    let (bench, _) = try bench()
    let before = try bench.change()
    bench.wait(.seconds(11))
    _ = try bench.claims()
    let held = try bench.change()
    #expect(held.waitingFor != before.waitingFor)
    #expect(held.change.revision == before.change.revision + 1)
    bench.wait(.seconds(86_400))
    try bench.command { _ = try $0.sweep(in: $1) }
    _ = try bench.claims()
    #expect(try bench.change().change.revision == held.change.revision)
  }

  /// The time that people had for their decision says nothing of one that they have taken.
  @Test(arguments: ["expires_after", "planned_end"])
  func aDecisionThatStandsNoMoreIsLookedAtSoonWhateverTimePeopleHad(_ what: String) throws {
    let bench = try Bench()
    let end = bench.now + .seconds(86_400)
    try bench.openChange()
    if what == "expires_after" {
      bench.edit { $0.expiresAfter = .seconds(86_400) }
    } else {
      let olga = Actor(user: "olga", role: .operator)
      try bench.command { _ = try $0.edit([.plannedEnd(end)], key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1) }
    }
    try bench.decide("alice")
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    #expect(try bench.claims().isEmpty)
    #expect(try bench.change().waitingFor.first?.contains("no longer stands") == true)
    bench.plan.groups["managers"] = .listed(["alice", "bob"])
    bench.wait(.seconds(30))
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  /// An open gate takes no approvals: what is asked for is what can still be done.
  @Test func whoHasLeftIsNotReplacedByAnApprovalThatNobodyCanGive() throws {
    let bench = try Bench()
    bench.plan.groups["on-call"] = .listed(["otto"])
    bench.edit { $0.breakGlass = BreakGlass(group: "on-call", reviewWithin: .seconds(3_600)) }
    try bench.openChange()
    try bench.decide("alice")
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    #expect(try bench.claims().isEmpty)
    let view = try bench.change()
    let reason = try #require(view.callbacks.first?.lastError)
    #expect(reason.contains("which nobody can give any more") && reason.contains("group on-call may break the glass"), "\(reason)")
    #expect(view.evaluation?.whoCould == [:], "bob is asked for what he cannot give")
    #expect { try bench.decide("bob") } throws: {
      guard let refusal = $0 as? Refusal else { return false }
      return refusal.code == "not_waiting" && refusal.message.contains("cancel its job in GitLab")
    }
  }

  /// A freeze of half an hour, so near its end that nothing else brings it forward.
  @Test func aFreezeThatAConfigurationTakesAwayHoldsItNoLonger() throws {
    let bench = try Bench()
    try bench.freeze("release", from: .seconds(10), lasting: .seconds(1_800))
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    bench.edit { $0.freezeWindows = [] }
    try bench.command { _ = try $0.sweep(in: $1) }
    #expect(try bench.claims().isEmpty, "nobody has told it that the configuration is another")
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try bench.claims().map(\.callback.step) == [.approve])
    try bench.checkPromises()
  }

  /// An attempt is on its way, or GitLab has asked for patience: neither is due sooner for it.
  @Test func onlyWhatIsHeldIsLookedAtSooner() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    let approve = try #require(try bench.claims().first)
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try bench.claims().isEmpty)
    try bench.settle(approve, .retry(reason: "no answer", after: .seconds(60)))
    try bench.command { _, transaction in try transaction.endPauses(after: bench.now) }
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try bench.claims().isEmpty)
  }

  /// The answer to the approval was lost, and the policy lets it through no more: only GitLab knows whether it stands there.
  enum Found: CaseIterable { case ours, theirs, nothing, nothingAndAllowedAgain }

  @Test(arguments: Found.allCases) func whatMayStandInGitLabIsLookedForBeforeItIsGivenUp(_ found: Found) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "no answer", after: nil))
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    bench.wait(.seconds(3_600))
    let look = try #require(try bench.claims().first)
    guard case .approve(let effect) = look.instruction else { throw Bench.Broken(what: "\(look.instruction)") }
    #expect(!effect.mayAct, "nothing is sent that the policy does not allow")
    switch found {
    case .ours:
      try bench.settle(look, .done(Bench.facts(pending: 0, approvals: [ours()])))
      #expect(try bench.claims().isEmpty)
      #expect(try bench.change().callbacks.map(\.state) == [.delivered, .retrying], "its job is not started")
    case .theirs:
      try bench.settle(look, .outOfBand(Bench.facts(pending: 0, approvals: [theirs()])))
      #expect(try bench.change().change.outOfBand)
    case .nothing:
      try bench.settle(look, .untouched(Bench.facts()))
      #expect(try bench.change().callbacks.map(\.state) == [.retrying, .pending])
      bench.wait(.seconds(3_600))
      try bench.settle(try #require(try bench.claims().first), .untouched(Bench.facts()))
      #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
      #expect(try bench.change().callbacks.first?.lastError?.hasPrefix("held: ") == true)
    case .nothingAndAllowedAgain:
      bench.plan.groups["managers"] = .listed(["alice", "bob"])
      try bench.settle(look, .untouched(Bench.facts()))
      guard case .approve(let effect) = try bench.claims().first?.instruction else { throw Bench.Broken(what: "nothing goes out") }
      #expect(effect.mayAct)
    }
    try bench.checkPromises()
  }

  /// GitLab takes its time over the look: whoever may let it through need not wait for that.
  @Test(arguments: [true, false]) func whatIsOnlyLookedForIsLetThroughMeanwhile(_ byGlass: Bool) throws {
    let bench = try Bench()
    try bench.freeze("release", from: .seconds(10), lasting: .seconds(1_800))
    bench.edit {
      $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60))
      $0.freezeOverride = "managers"
    }
    try bench.openChange()
    try bench.decide("alice")
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "no answer", after: nil))
    bench.wait(.seconds(11))
    let look = try #require(try bench.claims().first)
    if byGlass {
      try bench.command {
        let bob = Actor(user: "bob", role: .operator)
        _ = try $0.breakGlass(key: "CHG-1", reason: "down", expectedRevision: nil, by: bob, requestID: "r", in: $1)
      }
    } else {
      for user in ["bob", "carol"] {
        try bench.command {
          _ = try $0.overrideFreeze(key: "CHG-1", reason: "down", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
        }
      }
    }
    #expect(try bench.claims().isEmpty, "the look is under way still")
    try bench.settle(look, .untouched(Bench.facts()))
    guard case .approve(let effect) = try bench.claims().first?.instruction else { throw Bench.Broken(what: "nothing goes out") }
    #expect(effect.mayAct)
    try bench.checkPromises()
  }

  @Test func aDecisionThatStandsNoMoreIsGivenUpInTime() throws {
    let bench = try Bench()
    bench.edit { $0.expiresAfter = .seconds(86_400) }
    try bench.openChange()
    try bench.decide("alice")
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    _ = try bench.claims()
    bench.wait(.seconds(3_600))
    _ = try bench.claims()
    #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    try bench.checkPromises()
  }

  /// The planned end passes while a freeze holds it: the evaluation says what stands, and what helps.
  @Test func aPlannedEndThatPassesWhileItIsHeldIsTold() throws {
    let olga = Actor(user: "olga", role: .operator)
    let bench = try Bench()
    try bench.freeze("release", from: .seconds(10), lasting: .seconds(100))
    try bench.openChange()
    let end = bench.now + .seconds(60)
    try bench.command { _ = try $0.edit([.plannedEnd(end)], key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1) }
    let decidedAt = bench.now
    try bench.decide("alice")
    #expect(try bench.change().evaluation?.verdict == .allowed)
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(100))
    #expect(try bench.claims().isEmpty)
    let held = try bench.change()
    let wish = "an operator to plan it anew: its planned window ended at \(end.iso8601)"
    #expect(held.evaluation?.verdict == .waiting && held.evaluation?.waitingFor == [wish])
    #expect(held.evaluation?.root.children.first?.rule == "decided")
    #expect(held.evaluation?.root.children.first?.found.hasPrefix("let through at \(decidedAt.iso8601); ") == true)
    #expect(held.evaluation?.root.children.contains { $0.rule == "planned_end" && $0.outcome == .waiting } == true)
    #expect(held.waitingFor.first?.contains(wish) == true)
    // Planned anew it goes at once.
    let later = bench.now + .seconds(60)
    try bench.command { _ = try $0.edit([.plannedEnd(later)], key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1) }
    #expect(try bench.claims().map(\.callback.step) == [.approve])
    #expect(try bench.change().evaluation?.verdict == .allowed)
    try bench.checkPromises()
  }

  /// How long it was held is no time in which GitLab refused it, and the other way round: each is given up only by its own.
  @Test func howLongItWasHeldIsNotHowLongGitLabRefused() throws {
    let bench = try Bench()
    let limit = bench.plan.instances[0].giveUpAfter
    try bench.openChange()
    try bench.decide("alice")
    bench.plan.groups["managers"] = .listed(["bob"])
    #expect(try bench.claims().isEmpty)
    bench.wait(limit - .seconds(60))
    #expect(try bench.claims().isEmpty)
    bench.plan.groups["managers"] = .listed(["alice"])
    bench.wait(.seconds(30))
    // It stands again, and GitLab refuses: that has begun now.
    let sent = try #require(try bench.claims().first)
    bench.wait(.seconds(60))
    #expect(try bench.settle(sent, .refused(reason: "403 Forbidden")).state == .retrying)
    bench.wait(limit - .seconds(1))
    let again = try #require(try bench.claims().first)
    #expect(try bench.settle(again, .refused(reason: "403 Forbidden")).state == .retrying)
    // Held anew, and looked for: what GitLab refused is over.
    bench.plan.groups["managers"] = .listed(["bob"])
    bench.wait(.seconds(300))
    let look = try #require(try bench.claims().first)
    #expect(try bench.settle(look, .untouched(Bench.facts())).state == .retrying)
    bench.wait(limit - .seconds(1))
    let last = try #require(try bench.claims().first)
    #expect(try bench.settle(last, .untouched(Bench.facts())).state == .retrying)
    bench.wait(.seconds(31))
    let end = try #require(try bench.claims().first)
    #expect(try bench.settle(end, .untouched(Bench.facts())).state == .abandoned)
    try bench.checkPromises()
  }
}

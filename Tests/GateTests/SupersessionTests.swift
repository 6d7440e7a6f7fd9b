import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// A newer deployment is let through: what becomes of the older ones that still wait for the same environment.
@Suite struct SupersessionTests {
  private func bench(_ told: EndWithoutRejection = .leave) throws -> Bench {
    let bench = try Bench()
    bench.edit {
      $0.supersedesOlder = true
      $0.whenSuperseded = told
    }
    try bench.openChange()
    try bench.apply(Bench.facts(deployment: 816))
    return bench
  }

  @Test(arguments: [(EndWithoutRejection.leave, []), (.reject, [CallbackStep.reject]), (.cancelJob, [.cancel])])
  func theOlderEndsAndGitLabIsToldWhatThePolicySays(_ told: EndWithoutRejection, _ owed: [CallbackStep]) throws {
    let bench = try bench(told)
    try bench.decide("alice", key: "CHG-2")
    let older = try bench.change()
    #expect(older.change.gate == .prevented && older.change.status == "Canceled" && older.change.closedAt == bench.now)
    #expect(older.callbacks.map(\.step) == owed)
    #expect(try bench.change("CHG-2").change.gate == .allowed)
    #expect(
      try bench.actions() == ["change.opened", "change.opened", "approval.recorded", "gate.turned", "gate.turned"])
    try bench.checkPromises()
  }

  @Test func theNewerIsNeverEndedByTheOlder() throws {
    let bench = try bench()
    try bench.decide("alice")
    #expect(try bench.change("CHG-2").change.gate == .awaiting)
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.change().change.gate == .allowed)
    #expect(try bench.change("CHG-2").change.gate == .allowed)
  }

  /// Of several that wait in GitLab when the gate first looks, the newest is seen first, and is the older change.
  @Test(arguments: ["the freeze ends", "the freeze is taken away"])
  func theNewestDeploymentGoesFirstInWhateverOrderTheyWereOpened(_ what: String) throws {
    let bench = try Bench()
    bench.edit { ($0.supersedesOlder, $0.whenSuperseded) = (true, .cancelJob) }
    try bench.freeze("release", from: .zero, lasting: .seconds(3_600))
    for (number, deployment) in [816, 815, 814].enumerated() {
      try bench.apply(Bench.facts(deployment: Int64(deployment)))
      try bench.decide("alice", key: "CHG-\(number + 1)")
    }
    if what == "the freeze ends" {
      try bench.wait(.seconds(3_601), looking: true)
    } else {
      bench.edit { $0.freezeWindows = [] }
      try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    }
    #expect(try bench.change().change.gate == .allowed)
    for key in ["CHG-2", "CHG-3"] {
      let older = try bench.change(key)
      #expect(older.change.gate == .prevented && older.callbacks.map(\.step) == [.cancel], "\(key)")
    }
  }

  @Test func aRejectionEndsNothingElse() throws {
    let bench = try bench()
    try bench.decide("alice", .rejected, key: "CHG-2")
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test func anotherEnvironmentAndAnotherProjectAreLeftAlone() throws {
    let bench = try Bench()
    bench.edit { $0.supersedesOlder = true }
    try bench.openChange()
    try bench.apply(Bench.facts(environment: "prod/eu", deployment: 816))
    var elsewhere = Bench.facts(deployment: 817)
    elsewhere.identity = DeploymentIdentity(instance: "main", project: 31, deployment: 817)
    elsewhere.project = Project(id: 31, path: "acme/payments/billing", webURL: nil)
    try bench.apply(elsewhere)
    for key in ["CHG-2", "CHG-3"] { try bench.decide("alice", key: key) }
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test func theOldersOwnPolicyDecides() throws {
    let bench = try bench()
    bench.edit { $0.supersedesOlder = false }
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test func aBrokenGlassSupersedesToo() throws {
    let bench = try bench()
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60)) }
    try bench.command {
      _ = try $0.breakGlass(
        key: "CHG-2", reason: "down", expectedRevision: nil, by: Actor(user: "bob", role: .operator), requestID: "r", in: $1)
    }
    #expect(try bench.change().change.gate == .prevented)
  }

  /// The webhook of the older came late, or reconcile found the newer first: the older does not go after it.
  @Test func whatIsLearnedOfTooLateIsSupersededWhenItOpens() throws {
    let bench = try Bench()
    var rule = AutomaticRule()
    rule.tiers = ["production"]
    bench.edit { policy in
      policy.supersedesOlder = true
      policy.whenSuperseded = .cancelJob
      policy.autoApprove = [rule]
    }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.openChange()
    try bench.apply(Bench.facts(environment: "prod/eu", deployment: 814))
    #expect(try bench.change("CHG-1").change.gate == .allowed)
    let late = try bench.change("CHG-2")
    #expect(late.change.gate == .prevented && late.callbacks.map(\.step) == [.cancel])
    #expect(try bench.change("CHG-3").change.gate == .allowed, "another environment")
    try bench.checkPromises()
  }

  /// The older was let through, and a freeze began before GitLab was told: it does not go out after the newer one.
  @Test(arguments: [true, false]) func whatWasLetThroughAndIsStillHeldDoesNotGoAfterTheNewer(_ supersedes: Bool) throws {
    let bench = try bench()
    bench.edit { $0.supersedesOlder = supersedes }
    try bench.freeze("release", from: .seconds(10), lasting: .seconds(3_600))
    try bench.decide("alice")
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60)) }
    try bench.command {
      _ = try $0.breakGlass(
        key: "CHG-2", reason: "down", expectedRevision: nil, by: Actor(user: "bob", role: .operator), requestID: "r", in: $1)
    }
    #expect(try bench.claims().compactMap(\.callback.change) == [2])
    let older = try bench.change()
    #expect(older.change.gate == .allowed, "a gate never turns round")
    #expect(older.callbacks.map(\.state) == (supersedes ? [.abandoned, .abandoned] : [.retrying, .pending]))
    #expect((older.callbacks.first?.lastError?.hasPrefix("superseded: CHG-2, a newer deployment") ?? false) == supersedes)
    bench.wait(.seconds(3_600))
    #expect(try bench.claims().contains { $0.callback.change == 1 } == !supersedes)
    // Tried again by hand it is given up again: an older version comes back by a deployment of its own.
    if supersedes {
      try bench.command { _ = try $0.retryCallbacks(key: "CHG-1", by: Actor(user: "olga", role: .operator), requestID: "r", in: $1) }
      #expect(try bench.claims().isEmpty)
      #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    }
    try bench.checkPromises()
  }

  /// Its approval was on its way when the newer was let through, and nobody knows whether it has arrived: GitLab is asked, and tells.
  @Test(arguments: [true, false]) func whatMayHaveArrivedIsLookedForAndNotSent(_ hasArrived: Bool) throws {
    let bench = try bench()
    try bench.decide("alice")
    let sent = try #require(try bench.claims().first)
    try bench.decide("alice", key: "CHG-2")
    try bench.settle(sent, .retry(reason: "no answer", after: nil))
    bench.wait(.seconds(300))
    let look = try #require(try bench.claims().first { $0.callback.change == 1 })
    guard case .approve(let effect) = look.instruction else { throw Bench.Broken(what: "\(look.instruction)") }
    #expect(!effect.mayAct)
    if hasArrived {
      try bench.settle(look, .done(Bench.facts(pending: 0, approvals: [ours()])))
      // Its job is not started after the newer one's.
      #expect(try bench.claims().isEmpty)
      #expect(try bench.change().callbacks.map(\.state) == [.delivered, .abandoned])
    } else {
      try bench.settle(look, .untouched(Bench.facts()))
      #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    }
    try bench.checkPromises()
  }

  /// The older's start is under way when the newer is let through: GitLab may take its time over it, and must not hear the newer's before.
  @Test(arguments: [CallbackStep.approve, .play]) func theNewerWaitsForWhatIsUnderWay(_ step: CallbackStep) throws {
    let bench = try bench()
    try bench.decide("alice")
    var older = try #require(try bench.claims().first)
    if step == .play {
      try bench.settle(older, .done(Bench.facts(pending: 0, approvals: [ours()])))
      older = try #require(try bench.claims().first)
    }
    #expect(older.callback.step == step)
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.claims().isEmpty)
    let waiting = try bench.change("CHG-2")
    #expect(waiting.callbacks.map(\.state) == [.retrying, .pending])
    #expect(waiting.waitingFor.first?.contains("CHG-1, an older deployment to production, is on its way") == true, "\(waiting.waitingFor)")
    // Whatever comes of it.
    try bench.settle(older, .retry(reason: "no answer", after: nil))
    #expect(try bench.claims().map(\.callback.change) == [2])
    try bench.checkPromises()
  }

  /// Nobody tells any more what came of it: whether it has arrived is looked for, and then the newer goes.
  @Test func theNewerDoesNotWaitForTheDead() throws {
    let bench = try bench()
    try bench.decide("alice")
    #expect(try bench.claims().count == 1)
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.claims().isEmpty)
    try bench.command { _ = try $1.releaseLeases() }
    bench.wait(.seconds(30))
    let look = try #require(try bench.claims().first { $0.callback.change == 1 })
    try bench.settle(look, .untouched(Bench.facts()))
    #expect(try bench.claims().map(\.callback.change) == [2])
    #expect(try bench.change("CHG-2").callbacks.first?.refusedSince == nil, "what waits for time is not given up")
  }

  /// Another environment's, one that may go out after the newer all the same, and a newer one keep nobody waiting.
  @Test func onlyAnOlderOneThatMustNotComeAfterKeepsWaiting() throws {
    let bench = try bench()
    try bench.apply(Bench.facts(environment: "prod/eu", deployment: 814))
    for key in ["CHG-3", "CHG-2"] { try bench.decide("alice", key: key) }
    #expect(try bench.claims().count == 2, "each of another environment")
    let others = try self.bench()
    others.edit { $0.supersedesOlder = false }
    try others.decide("alice")
    #expect(try others.claims().count == 1)
    try others.decide("alice", key: "CHG-2")
    #expect(try others.claims().map(\.callback.change) == [2], "in any order, as ever")
  }

  /// Both approved inside a freeze: its end lets the newer go, and the older does not go out with it.
  @Test func theEndOfAFreezeLetsTheNewestGo() throws {
    let bench = try bench()
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(60)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    for key in ["CHG-1", "CHG-2"] { #expect(try bench.decide("alice", key: key).change.gate == .awaiting) }
    try bench.wait(.seconds(60), looking: true)
    #expect(try bench.change("CHG-2").change.gate == .allowed)
    #expect(try bench.change().change.gate == .prevented)
  }

  /// A reload has them ended that have waited behind a newer one so far.
  @Test func aConfigurationThatSupersedesEndsTheOlderOnes() throws {
    let bench = try bench()
    bench.edit { $0.supersedesOlder = false }
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.change().change.gate == .awaiting)
    bench.edit { $0.supersedesOlder = true }
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    let older = try bench.change()
    #expect(older.change.gate == .prevented && older.change.status == "Canceled")
    #expect(older.evaluation?.root.children.first?.found.hasSuffix("CHG-2 was let through") == true)
    try bench.checkPromises()
  }

  /// Nor does a yes let it through that is given before it is looked at.
  @Test func aYesThatComesBeforeTheLookLetsNoOlderThrough() throws {
    let bench = try bench()
    bench.edit { $0.supersedesOlder = false }
    try bench.decide("alice", key: "CHG-2")
    bench.edit { $0.supersedesOlder = true }
    #expect(try bench.decide("alice").change.gate == .prevented)
    #expect(try bench.claims().allSatisfy { $0.callback.change == 2 })
    try bench.checkPromises()
  }

  @Test func nobodyStartsWhatANewerHasOvertaken() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    for number in [815, 816] { try bench.apply(Bench.facts(deployment: Int64(number))) }
    for key in ["CHG-1", "CHG-2"] {
      try bench.decide("alice", key: key)
      try bench.take("Ready for CAB approval", key: key)
      try bench.decide("bob", key: key)
    }
    try bench.take("Start implementation", key: "CHG-2")
    bench.edit { $0.supersedesOlder = true }
    try bench.expectRefusal("superseded") { try bench.take("Start implementation", key: "CHG-1") }
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .prevented)
  }
}

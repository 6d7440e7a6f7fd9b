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
}

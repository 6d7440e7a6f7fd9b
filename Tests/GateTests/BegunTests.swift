import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// A newer deployment that was let through supersedes older ones where it has brought a version, in part at least, and not where it came to nothing.
@Suite struct BegunTests {
  /// CHG-1 of the newer deployment is let through, and GitLab has taken the approval.
  private func bench(plays: Bool) throws -> Bench {
    let bench = try Bench(plays: plays)
    bench.edit { $0.supersedesOlder = true }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.decide("alice")
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts(pending: 0, approvals: [ours()], deployment: 816)))
    return bench
  }

  /// What GitLab says of the newer deployment in the end, and whether its job began.
  private func ended(_ status: DeploymentStatus, begun: Bool?, approvals: [RecordedApproval] = [ours()]) -> DeploymentFacts {
    var facts = Bench.facts(status, pending: 0, job: status.rawValue, approvals: approvals, deployment: 816)
    facts.job?.hasBegun = begun
    return facts
  }

  /// The older is learned of afterwards; whether it is ended, may be decided, and goes out.
  private func expectOlder(isSuperseded: Bool, _ bench: Bench) throws {
    try bench.apply(Bench.facts(deployment: 815))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change("CHG-2").change.gate == (isSuperseded ? .prevented : .awaiting))
    if !isSuperseded {
      #expect(try bench.decide("alice", key: "CHG-2").change.gate == .allowed)
      #expect(try bench.claims().contains { $0.callback.change == 2 }, "nor is it withheld")
    }
    try bench.checkPromises()
  }

  /// People start the job and cancel it, and no look falls in between: GitLab has kept when it began.
  @Test(arguments: [DeploymentStatus.canceled, .failed], [true, false])
  func whatPeopleStartedBetweenTwoLooksIsKnownByItsJob(_ status: DeploymentStatus, _ hasBegun: Bool) throws {
    let bench = try bench(plays: false)
    try bench.apply(ended(status, begun: hasBegun))
    try expectOlder(isSuperseded: hasBegun, bench)
  }

  /// Nor is that forgotten by a look that tells less.
  @Test func whatHasBegunHas() throws {
    let bench = try bench(plays: false)
    try bench.apply(ended(.canceled, begun: true))
    try bench.apply(ended(.canceled, begun: nil))
    try bench.apply(ended(.canceled, begun: false))
    try expectOlder(isSuperseded: true, bench)
  }

  /// We had it started, and it was canceled before a runner took it up: GitLab says so, or is silent, and then it may have run.
  @Test(arguments: [false, nil] as [Bool?]) func whatWeHadStartedIsHeldToHaveRunUnlessGitLabDeniesIt(_ hasBegun: Bool?) throws {
    let bench = try bench(plays: true)
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts(pending: 0, approvals: [ours()], deployment: 816)))
    try bench.apply(ended(.canceled, begun: hasBegun))
    try expectOlder(isSuperseded: hasBegun == nil, bench)
  }

  /// Then the deployment is taken away: what it did since the last look nobody knows.
  @Test func whatWeHadStartedAndIsGoneIsHeldToHaveRun() throws {
    let bench = try bench(plays: true)
    var waiting = Bench.facts(pending: 0, approvals: [ours()], deployment: 816)
    waiting.job?.hasBegun = false
    try bench.settle(try #require(try bench.claims().first), .done(waiting))
    try bench.command { try $0.lose(deployment: 1, reason: "404", in: $1) }
    try expectOlder(isSuperseded: true, bench)
  }

  /// People can reject a deployment in GitLab only before it runs, also where GitLab says nothing of its job.
  @Test(arguments: [false, nil] as [Bool?]) func whatWasRejectedInGitLabBeforeItRanSupersedesNothing(_ hasBegun: Bool?) throws {
    let bench = try bench(plays: false)
    try bench.apply(ended(.failed, begun: hasBegun, approvals: [ours(), theirs(.rejected)]))
    #expect(try bench.change().change.closedAt != nil)
    try expectOlder(isSuperseded: false, bench)
  }

  /// The older was let through before, and is held: it need not wait for a version that never comes.
  @Test func norDoesItHoldBackWhatWasLetThroughBefore() throws {
    let bench = try Bench()
    bench.edit { $0.supersedesOlder = true }
    try bench.openChange()
    try bench.apply(Bench.facts(deployment: 816))
    try bench.freeze("release", from: .seconds(10), lasting: .seconds(60))
    for key in ["CHG-1", "CHG-2"] { try bench.decide("alice", key: key) }
    bench.wait(.seconds(11))
    try bench.apply(ended(.failed, begun: false, approvals: [theirs(.rejected)]))
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(60))
    #expect(try bench.claims().contains { $0.callback.change == 1 })
    try bench.checkPromises()
  }

  /// A deployment that broke has left a part of its version, maybe. Of one that an older program looked at last it is not known.
  @Test func whatFailedIsHeldToHaveRunWhereGitLabIsSilent() throws {
    let bench = try bench(plays: false)
    try bench.apply(ended(.failed, begun: nil))
    try expectOlder(isSuperseded: true, bench)
  }

  /// It came to nothing before it ran: there is no newer version for the older to come after.
  @Test(arguments: ["canceled", "skipped", "gone"]) func whatCameToNothingBeforeItRanSupersedesNothingAnyMore(_ end: String) throws {
    let bench = try Bench()
    bench.edit { $0.supersedesOlder = true }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.decide("alice", key: "CHG-1")
    if let status = DeploymentStatus(rawValue: end) {
      try bench.apply(Bench.facts(status, pending: 0, job: end, deployment: 816))
    } else {
      try bench.command { try $0.lose(deployment: 1, reason: "404", in: $1) }
    }
    // Learned of afterwards, and looked at.
    try bench.apply(Bench.facts(deployment: 815))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change("CHG-2").change.gate == .awaiting)
    #expect(try bench.decide("alice", key: "CHG-2").change.gate == .allowed)
    #expect(try bench.claims().contains { $0.callback.change == 2 }, "nor is it withheld")
    try bench.checkPromises()
  }

  /// It was started, and may have replaced a part of what ran: an older one is not what people want now.
  @Test(arguments: [true, false]) func whatWasCanceledWhileItRanSupersedes(_ isSeen: Bool) throws {
    let bench = try Bench()
    bench.edit { $0.supersedesOlder = true }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.decide("alice", key: "CHG-1")
    if isSeen {
      try bench.apply(Bench.facts(.running, pending: 0, job: "running", deployment: 816))
    } else {
      for step in [CallbackStep.approve, .play] {
        let claim = try #require(try bench.claims().first { $0.callback.step == step })
        let approved = Bench.facts(pending: 0, approvals: [ours()], deployment: 816)
        try bench.settle(claim, .done(approved))
      }
    }
    try bench.apply(Bench.facts(.canceled, pending: 0, job: "canceled", deployment: 816))
    try bench.apply(Bench.facts(deployment: 815))
    #expect(try bench.change("CHG-2").change.gate == .prevented)
    try bench.checkPromises()
  }

  /// In a workflow that has no step for a deployment that begins, too, and where people start the job.
  @Test func whatWasCanceledWhileItRanSupersedesInEveryWorkflow() throws {
    let bench = try Bench(plays: false)
    bench.plan.services[0].workflow = "itsm"
    bench.edit { $0.supersedesOlder = true }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.decide("alice")
    for name in ["Ready for implementation", "Start implementation"] { try bench.take(name) }
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts(pending: 0, approvals: [ours()], deployment: 816)))
    for _ in 0..<2 { try bench.apply(Bench.facts(.running, pending: 0, job: "running", approvals: [ours()], deployment: 816)) }
    #expect(try bench.change().change.status == "Implementing")
    #expect(try bench.actions().suffix(2) == ["callback.delivered", "change.status"], "that it runs is told, once")
    try bench.apply(Bench.facts(.canceled, pending: 0, job: "canceled", approvals: [ours()], deployment: 816))
    try bench.apply(Bench.facts(deployment: 815))
    #expect(try bench.change("CHG-2").change.gate == .prevented)
    try bench.checkPromises()
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

@Suite struct CallbackTests {
  /// A decided change, and the claim of its first callback.
  func decided(_ status: ApprovalStatus = .approved) throws -> (Bench, Claim) {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice", status)
    return (bench, try #require(try bench.claims().first))
  }

  func callback(_ bench: Bench, _ step: CallbackStep) throws -> CallbackRecord {
    try #require(try bench.change().callbacks.first { $0.step == step })
  }

  @Test func theWholePlan() throws {
    let (bench, approve) = try decided()
    #expect(approve.callback.step == .approve)
    guard case .approve(let effect) = approve.instruction else { throw Bench.Broken(what: "no approve") }
    #expect(effect.people == ["alice"])
    #expect(effect.sha == "279484c09fbe69ededfced8c1bb6e6d24616b468")
    #expect(try bench.claims().isEmpty, "play is not due before approve is delivered")
    try bench.settle(approve, .done(Bench.facts(pending: 0, approvals: [ours()])))
    let play = try #require(try bench.claims().first)
    #expect(play.callback.step == .play)
    try bench.settle(play, .done(Bench.facts(.running, pending: 0, job: "running", approvals: [ours()])))
    let view = try bench.change()
    #expect(view.callbacks.map(\.state) == [.delivered, .delivered])
    #expect(view.change.status == "Deploying")
    #expect(!view.change.outOfBand)
    #expect(try bench.claims().isEmpty)
    try bench.checkPromises()
  }

  @Test func aLeaseIsRespectedAndEnds() throws {
    let (bench, _) = try decided()
    #expect(try bench.claims().isEmpty)
    bench.wait(Gate.lease)
    #expect(try bench.claims().map(\.callback.attempts) == [2])
  }

  @Test func aLateOutcomeOfALostLeaseChangesNothing() throws {
    let (bench, first) = try decided()
    bench.wait(Gate.lease)
    let second = try #require(try bench.claims().first)
    try bench.settle(first, .impossible(reason: "late"))
    #expect(try callback(bench, .approve).state == .pending)
    try bench.settle(second, .done(Bench.facts(pending: 0, approvals: [ours()])))
    #expect(try callback(bench, .approve).state == .delivered)
  }

  @Test func afterACrashWhatWasClaimedIsTakenUpAtOnce() throws {
    let (bench, _) = try decided()
    try bench.command { _ = try $1.releaseLeases() }
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  @Test func retriesBackOff() throws {
    let (bench, first) = try decided()
    var claim = first
    var waits: [Int64] = []
    for _ in 0..<12 {
      let settlement = try bench.settle(claim, .retry(reason: "no answer", after: nil))
      let due = try #require(settlement.dueAt)
      waits.append((due - bench.now).wholeMilliseconds)
      bench.now = due
      claim = try #require(try bench.claims().first)
    }
    #expect(waits == [500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 64_000, 128_000, 150_000, 150_000, 150_000])
    #expect(try callback(bench, .approve).state == .retrying)
  }

  @Test func whatAGitLabFailsThatAnswersTheRestBacksOff() throws {
    let (bench, first) = try decided()
    var claim = first
    for _ in 0..<9 {
      bench.now = try #require(try bench.settle(claim, .retry(reason: "500", after: nil)).dueAt)
      claim = try #require(try bench.claims().first)
    }
    try bench.settle(claim, .retry(reason: "500", after: nil))
    // The first answer after a silence brings it forward.
    try bench.command { try $1.noteContact(instance: "main") }
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "500", after: nil))
    for _ in 0..<10 {
      bench.wait(.seconds(5))
      try bench.command { try $1.noteContact(instance: "main") }
      #expect(try bench.claims().isEmpty)
    }
  }

  @Test func retryAfterPausesTheWholeInstance() throws {
    let (bench, claim) = try decided()
    try bench.apply(Bench.facts(deployment: 816))
    try bench.settle(claim, .retry(reason: "429", after: .seconds(60)))
    try bench.command { try $1.askToInspect(deployment: 2, instance: "main", requestID: "r") }
    bench.wait(.seconds(59))
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(2))
    #expect(try bench.claims().count == 2)
  }

  @Test func whatAnAdministratorCanMendIsTriedUntilGiveUpAfter() throws {
    let (bench, first) = try decided()
    var claim = first
    while bench.now.milliseconds < 1_788_426_902_000 + 3_600_000 {
      let settlement = try bench.command { try $0.settle(claim, .refused(reason: "403"), mayHaveActed: false, in: $1) }
      #expect(settlement.state == .retrying)
      #expect(try callback(bench, .approve).lastError == "403")
      bench.now = try #require(settlement.dueAt)
      claim = try #require(try bench.claims().first)
    }
    let last = try bench.command { try $0.settle(claim, .refused(reason: "403"), mayHaveActed: false, in: $1) }
    #expect(last.state == .abandoned)
    #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    #expect(try bench.change().waitingFor.first?.contains("403") == true)
  }

  @Test func anUnreachableGitLabIsNeverGivenUpOn() throws {
    let (bench, first) = try decided()
    var claim = first
    for _ in 0..<200 {
      let settlement = try bench.settle(claim, .retry(reason: "down", after: nil))
      #expect(settlement.state == .retrying)
      bench.now = try #require(settlement.dueAt)
      claim = try #require(try bench.claims().first)
    }
  }

  @Test func theImpossibleIsAbandonedAtOnceAndAnOperatorCanRetry() throws {
    let (bench, claim) = try decided()
    try bench.settle(claim, .impossible(reason: "not protected"))
    #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    #expect(throws: Refusal.self) {
      try bench.command { try $0.retryCallbacks(key: "CHG-1", by: Actor(user: "alice", role: .approver), requestID: "r", in: $1) }
    }
    try bench.command { _ = try $0.retryCallbacks(key: "CHG-1", by: Actor(user: "olga", role: .operator), requestID: "r", in: $1) }
    let again = try #require(try bench.claims().first)
    try bench.settle(again, .done(Bench.facts(pending: 0, approvals: [ours()])))
    #expect(try bench.claims().map(\.callback.step) == [.play])
    #expect(try bench.actions().contains("callback.retried"))
  }

  @Test func whatOthersApprovedInGitLabIsNotPlayed() throws {
    let (bench, claim) = try decided()
    try bench.settle(claim, .outOfBand(Bench.facts(pending: 0, approvals: [theirs()])))
    let view = try bench.change()
    #expect(view.change.outOfBand)
    #expect(view.callbacks.map(\.state) == [.abandoned, .abandoned])
    #expect(try bench.claims().isEmpty)
  }

  @Test func aDeploymentThatMovedOnEndsThePlan() throws {
    let (bench, claim) = try decided()
    try bench.settle(claim, .overtaken(Bench.facts(.canceled, pending: 0, job: "canceled")))
    let view = try bench.change()
    #expect(view.change.status == "Canceled")
    #expect(view.change.gate == .allowed)
    #expect(view.callbacks.map(\.state) == [.abandoned, .abandoned])
  }

  @Test func ourPartIsDoneWhileGitLabWaitsForOthers() throws {
    let (bench, claim) = try decided()
    try bench.settle(claim, .waiting(Bench.facts(pending: 1, approvals: [ours()]), reason: "1 more from QA"))
    #expect(try callback(bench, .approve).state == .delivered)
    let play = try #require(try bench.claims().first)
    try bench.settle(play, .waiting(Bench.facts(pending: 1, approvals: [ours()]), reason: "1 more from QA"))
    #expect(try callback(bench, .play).state == .retrying)
    bench.wait(.seconds(30))
    let again = try #require(try bench.claims().first)
    try bench.settle(again, .done(Bench.facts(.running, pending: 0, job: "running", approvals: [ours(), theirs()])))
    #expect(try bench.change().callbacks.map(\.state) == [.delivered, .delivered])
    #expect(try !bench.change().change.outOfBand)
  }

  @Test func aDecisionThatNoLongerStandsIsHeldAndSaysWhy() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    bench.plan.groups = ["managers": .listed(["bob", "carol"])]
    #expect(try bench.claims().isEmpty)
    #expect(try callback(bench, .approve).lastError?.contains("no longer stands") == true)
    bench.plan.groups = ["managers": .listed(["alice", "bob", "carol"])]
    bench.wait(.seconds(31))
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  @Test func goneIsBelievedAfterAReconcileInterval() throws {
    let bench = try Bench()
    try bench.openChange()
    func hear(_ outcome: CallbackOutcome, after wait: Duration) throws {
      bench.wait(wait)
      try bench.command { try $1.askToInspect(deployment: 1, instance: "main", requestID: "r") }
      try bench.settle(try #require(try bench.claims().first), outcome)
    }
    try hear(.gone(reason: "404"), after: .zero)
    try hear(.gone(reason: "404"), after: .seconds(29))
    #expect(try bench.change().change.gate == .awaiting)
    // Something else in between: it begins anew.
    try hear(.retry(reason: "502", after: nil), after: .seconds(2))
    try hear(.gone(reason: "404"), after: .seconds(60))
    #expect(try bench.change().change.gate == .awaiting)
    try hear(.gone(reason: "404"), after: .seconds(30))
    let change = try bench.change().change
    #expect(change.gate == .invalid)
    #expect(change.closedAt != nil)
    #expect(try bench.claims().isEmpty)
    #expect(try bench.count("outbox") == 0)
  }

  @Test func aRejectionReachesGitLab() throws {
    let (bench, claim) = try decided(.rejected)
    guard case .reject(let effect) = claim.instruction else { throw Bench.Broken(what: "no reject") }
    #expect(effect.reason == "no")
    try bench.settle(claim, .done(Bench.facts(.failed, pending: 1, job: "failed", approvals: [ours(.rejected)])))
    let view = try bench.change()
    #expect(view.change.status == "Rejected")
    #expect(!view.change.outOfBand)
    #expect(view.callbacks.map(\.state) == [.delivered])
  }

  @Test func reconcileAsksAboutWhatIsNewAndWhatIsOpen() throws {
    let bench = try Bench()
    let blocked = BlockedDeployment(identity: Bench.identity, environment: "production", updatedAt: nil, jobID: nil)
    let project = Project(id: 30, path: "acme/payments/checkout", webURL: nil)
    func round() throws -> (Int, Int) {
      try bench.command {
        (
          try $0.reconcile(project: project, blocked: [blocked], instance: "main", requestID: "r", in: $1),
          try $0.reconcileFollowed(instance: "main", requestID: "r", in: $1)
        )
      }
    }
    #expect(try round() == (1, 0))
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts()))
    #expect(try bench.change().change.gate == .awaiting)
    #expect(try round() == (0, 1))
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts(.skipped, pending: 0)))
    #expect(try bench.change().change.gate == .prevented)
    #expect(try round() == (0, 0))
  }
}

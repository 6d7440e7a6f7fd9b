import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Ways to have a deployment let through that the policy does not allow, to lose a decision, or to leave a change without a way on.
@Suite struct AttackTests {
  static let alice = Member(id: 21, username: "alice", level: 30)
  private let olga = Actor(user: "olga", role: .operator)

  /// GitLab, or this gate, is away for longer than a list may be shown: what people have decided meanwhile is held, not expired.
  @Test func whatEverybodyHasSaidYesToDoesNotExpireWhileGitLabIsAway() throws {
    let bench = try Bench.people()
    bench.edit { $0.expiresAfter = .seconds(600) }
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(86_400)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "winter", schedule: .fixed(period))] }
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    try bench.decide("alice")
    try bench.wait(.seconds(3_600), looking: true)
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .awaiting)
  }

  @Test func norWhereNoFreezeHoldsIt() throws {
    let bench = try Bench.people()
    bench.edit { $0.expiresAfter = .seconds(600) }
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    bench.wait(.seconds(60))
    try bench.decide("alice")
    try bench.wait(.seconds(3_600), looking: true)
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .awaiting)
  }

  private var loop: Workflow {
    Workflow(
      name: "loop",
      statuses: [
        .init(name: "One", category: .toDo, gate: .awaiting), .init(name: "Two", category: .toDo, gate: .awaiting),
        .init(name: "Ready", category: .toDo, gate: .awaiting), .init(name: "Go", category: .inProgress, gate: .allowed),
        .init(name: "No", category: .done, gate: .prevented),
      ],
      transitions: [
        .init(from: "One", name: "Approve", to: "Two", trigger: .approval),
        .init(from: "One", name: "Reject", to: "No", trigger: .rejection),
        .init(from: "Two", name: "Approve", to: "Ready", trigger: .approval),
        .init(from: "Two", name: "Reject", to: "No", trigger: .rejection),
        .init(from: "Ready", name: "Start", to: "Go", trigger: .person()),
        .init(from: "Ready", name: "Rework", to: "One", trigger: .person()),
      ])
  }

  @Test func aReviewThatTheOneBeforeLeadsBackToAsksAnew() throws {
    let bench = try Bench()
    bench.plan.workflows["loop"] = loop
    bench.plan.services[0].workflow = "loop"
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.decide("bob").change.status == "Ready")
    try bench.command {
      _ = try $0.transition(
        TransitionRequest(key: "CHG-1", name: "Rework", comment: nil, expectedRevision: nil, requestID: "r"), by: olga, in: $1)
    }
    try bench.decide("alice")
    #expect(try bench.change().change.status == "Two")
    #expect(try bench.change().approvals.map(\.user) == ["alice"])
    try bench.decide("bob")
    #expect(try bench.change().change.status == "Ready")
  }

  @Test func theTriggererDoesNotTellARiskThatARejectionAsksFor() throws {
    let bench = try Bench()
    var approve = AutomaticRule()
    approve.tiers = ["production"]
    var reject = AutomaticRule()
    reject.risks = ["high"]
    bench.edit {
      $0.autoApprove = [approve]
      $0.autoReject = [reject]
    }
    try bench.openChange()
    #expect(try bench.change().change.gate == .awaiting)
    try bench.expectRefusal(
      "own_deployment",
      {
        try bench.command {
          _ = try $0.edit(
            [.risk(.low)], key: "CHG-1", expectedRevision: nil, by: Actor(user: "dana", role: .operator), requestID: "r", in: $1)
        }
      })
  }

  @Test func aListReadWhileTheClockWasAheadDeliversNothing() throws {
    let bench = try Bench.people()
    try bench.openChange()
    bench.wait(.seconds(86_400))
    try bench.tell(.members([Self.alice]))
    #expect(try bench.decide("alice").change.gate == .allowed)
    bench.wait(.zero - .seconds(86_400) + .seconds(3_600))
    try bench.command { _ = try $0.sweep(in: $1) }
    #expect(try bench.claims().map(\.callback.step).filter { $0 == .approve } == [])
  }

  @Test func aYesIsTakenBackThoughThePolicyIsLost() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    let policy = bench.plan.policies.removeValue(forKey: "people")
    let refusal = bench.refusal {
      try bench.command {
        _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: Actor(user: "alice", role: .approver), requestID: "r", in: $1)
      }
    }
    #expect(refusal == nil, "\(String(describing: refusal?.code))")
    bench.plan.policies["people"] = policy
    #expect(try bench.decide("bob").change.gate == .awaiting)
  }

  @Test func onePersonUnderTwoNamesFillsOnePlace() throws {
    let bench = try Bench.people([ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .group("security"))])
    try bench.openChange()
    try bench.command { _, transaction in
      try transaction.store(
        KnownPerson(username: "alice", id: 21, name: nil, emails: []), username: "alice", instance: "main", beganAt: bench.now)
    }
    try bench.tell(.members([Member(id: 21, username: "alicia", level: 30)]))
    try bench.decide("alice")
    #expect(try bench.decide("alicia").change.gate == .awaiting)
  }

  @Test func aGlassIsBrokenForWhatAFreezeHoldsAfterTheDecision() throws {
    let bench = try Bench()
    let period = try #require(Period(start: bench.now + .seconds(10), end: bench.now + .seconds(40 * 86_400)))
    bench.edit {
      $0.freezeWindows = [FreezeWindow(name: "winter", schedule: .fixed(period))]
      $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60))
    }
    try bench.openChange()
    try bench.decide("alice")
    bench.wait(.seconds(11))
    #expect(try bench.claims().isEmpty)
    let refusal = bench.refusal {
      try bench.command {
        _ = try $0.breakGlass(
          key: "CHG-1", reason: "down", expectedRevision: nil, by: Actor(user: "bob", role: .operator), requestID: "r", in: $1)
      }
    }
    #expect(refusal == nil, "\(String(describing: refusal?.code))")
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Who changes their username between triggering a deployment and approving it is who triggered it, also where a policy lists people by name and asks
/// GitLab nothing.
@Suite struct RenamedTests {
  enum Trace: CaseIterable { case deployment, person, member }

  /// CHG-1 was triggered by `dana`, id 12, who is `alice` again by now.
  private func bench(_ trace: Trace?) throws -> Bench {
    let bench = try Bench()
    try bench.command { _, transaction in
      switch trace {
      case .deployment:
        let earlier = Bench.facts(.success, pending: 0, triggerer: "Alice", deployment: 700)
        try bench.gate.apply(earlier, by: .webhook, requestID: "r", in: transaction)
      case .person:
        let alice = KnownPerson(username: "alice", id: 12, name: nil, emails: [])
        try transaction.store(alice, username: "Alice", instance: "main", beganAt: bench.now)
      case .member:
        let alice = Member(id: 12, username: "Alice", level: 30)
        _ = try transaction.store([alice], of: .project(99), instance: "main", beganAt: bench.now)
      case nil:
        // Another GitLab's 12 is somebody else.
        let carol = Member(id: 12, username: "alice", level: 30)
        _ = try transaction.store([carol], of: .project(99), instance: "other", beganAt: bench.now)
        let alice = KnownPerson(username: "alice", id: 12, name: nil, emails: [])
        try transaction.store(alice, username: "alice", instance: "other", beganAt: bench.now)
      }
    }
    try bench.openChange()
    return bench
  }

  @Test(arguments: Trace.allCases)
  func theTriggererDoesNotApprove(_ trace: Trace) throws {
    let bench = try bench(trace)
    try bench.expectRefusal("own_deployment", { try bench.decide("alice") })
    #expect(try bench.decide("bob").change.gate == .allowed)
    #expect(try bench.connection.query("SELECT 1 FROM outbox WHERE step = 'ask'") { _ in true }.isEmpty, "GitLab is asked nothing for it")
  }

  @Test func whomGitLabHasShownUnderNoOtherNameIsSomebodyElse() throws {
    #expect(try bench(nil).decide("alice").change.gate == .allowed)
  }

  @Test func aYesFromBeforeTheNameWasKnownCountsNoMore() throws {
    let bench = try bench(nil)
    bench.edit { $0.approvalRules[0].requiredApprovals = 2 }
    try bench.decide("alice")
    try bench.apply(Bench.facts(.success, pending: 0, triggerer: "alice", deployment: 700))
    let view = try bench.decide("bob")
    #expect(view.change.gate == .awaiting)
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == ["own_deployment"])
  }

  /// Alice was renamed between two approvals, and the policy lists both names.
  @Test(arguments: [Int64(21), 22]) func twoNamesOfOnePersonAreOneApproval(_ other: Int64) throws {
    let bench = try Bench(required: 2)
    try bench.command { _, transaction in
      for (name, id) in [("alice", 21), ("carol", other)] {
        try transaction.store(
          KnownPerson(username: name, id: id, name: nil, emails: []), username: name, instance: "main", beganAt: bench.now)
      }
    }
    try bench.openChange()
    try bench.decide("alice")
    let view = try bench.decide("carol")
    #expect(view.change.gate == (other == 21 ? .awaiting : .allowed))
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == (other == 21 ? ["already_counted"] : []))
    #expect(try bench.connection.query("SELECT 1 FROM outbox WHERE step = 'ask'") { _ in true }.isEmpty, "GitLab is asked nothing for it")
  }

  /// One alone lifts no freeze, under two names neither.
  @Test(arguments: [Int64(21), 22]) func twoNamesOfOnePersonLiftNoFreeze(_ other: Int64) throws {
    let bench = try Bench()
    try bench.command { _, transaction in
      for (name, id) in [("alice", 21), ("carol", other)] {
        try transaction.store(
          KnownPerson(username: name, id: id, name: nil, emails: []), username: name, instance: "main", beganAt: bench.now)
      }
    }
    try bench.freeze("release", from: .zero, lasting: .seconds(60))
    bench.edit { $0.freezeOverride = "managers" }
    try bench.openChange()
    try bench.decide("bob")
    for user in ["alice", "carol"] {
      try bench.command {
        _ = try $0.overrideFreeze(key: "CHG-1", reason: "now", by: Actor(user: user, role: .approver), requestID: "r", in: $1)
      }
    }
    #expect(try bench.change().change.gate == (other == 21 ? .awaiting : .allowed))
  }

  @Test func theTriggererOverridesNoFreezeAndTellsNoTypeThatARuleAsksFor() throws {
    let bench = try bench(.deployment)
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(60)))
    var rule = AutomaticRule()
    rule.changeTypes = [.standard]
    bench.edit {
      $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))]
      $0.freezeOverride = "managers"
      $0.autoApprove = [rule]
    }
    try bench.expectRefusal(
      "own_deployment",
      {
        try bench.command {
          _ = try $0.overrideFreeze(key: "CHG-1", reason: "now", by: Actor(user: "alice", role: .approver), requestID: "r", in: $1)
        }
      })
    try bench.expectRefusal(
      "own_deployment",
      {
        try bench.command {
          let alice = Actor(user: "alice", role: .operator)
          _ = try $0.edit([.type(.standard)], key: "CHG-1", expectedRevision: nil, by: alice, requestID: "r", in: $1)
        }
      })
  }
}

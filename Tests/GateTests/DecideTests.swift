import ChangeControl
import Gate
import Storage
import Testing

@Suite struct DecideTests {
  @Test func everyWaitingChangeIsLookedAtAgain() throws {
    let bench = try Bench(required: 2)
    for deployment in 1...Int64(Gate.looksAtOnce + 1) {
      try bench.apply(Bench.facts(deployment: deployment))
      try bench.decide("alice", key: "CHG-\(deployment)")
    }
    bench.plan.policies["people"]?.approvalRules = [ApprovalRule(approver: .group("managers"))]
    let cursor = try #require(try bench.command { try $0.reconsiderWaiting(before: nil, in: $1) })
    #expect(try bench.command { try $0.reconsiderWaiting(before: cursor, in: $1) } == nil)
    #expect(try bench.connection.reading(at: bench.now) { try $0.changeCount(gate: .awaiting) } == 0)
  }

  func expectRefusal(_ code: String, _ bench: Bench, _ body: () throws -> Void) throws {
    let before = try [bench.count("approval"), bench.count("audit_entry"), bench.count("outbox")]
    #expect { try body() } throws: { ($0 as? Refusal)?.code == code }
    #expect(try [bench.count("approval"), bench.count("audit_entry"), bench.count("outbox")] == before)
  }

  @Test func oneOfOneAllowsAndOwesApproveAndPlay() throws {
    let bench = try Bench()
    try bench.openChange()
    let view = try bench.decide("alice", comment: "tested")
    #expect(view.change.gate == .allowed)
    #expect(view.change.status == "Approved")
    #expect(view.callbacks.map(\.step) == [.approve, .play])
    #expect(view.callbacks.allSatisfy { $0.state == .pending })
    #expect(try bench.actions() == ["change.opened", "approval.recorded", "gate.turned"])
    try bench.checkPromises()
  }

  @Test func leaveMeansNoPlay() throws {
    let bench = try Bench(plays: false)
    try bench.openChange()
    #expect(try bench.decide("alice").callbacks.map(\.step) == [.approve])
  }

  @Test func twoOfTwo() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    let first = try bench.decide("alice")
    #expect(first.change.gate == .awaiting)
    #expect(first.waitingFor == ["1 more approval from group managers"])
    #expect(first.callbacks.isEmpty)
    #expect(try bench.decide("bob").change.gate == .allowed)
  }

  @Test func theSameYesTwiceIsOne() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    let first = try bench.decide("alice")
    let second = try bench.decide("Alice")
    #expect(second.change.revision == first.change.revision)
    #expect(second.change.gate == .awaiting)
    #expect(try bench.count("approval") == 1)
  }

  @Test func aRejectionPrevents() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    let view = try bench.decide("bob", .rejected, comment: "not now")
    #expect(view.change.gate == .prevented)
    #expect(view.change.status == "Rejected")
    #expect(view.callbacks.map(\.step) == [.reject])
  }

  @Test func aChangeOfMindReplaces() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.decide("alice", .rejected).change.gate == .prevented)
    #expect(try bench.count("approval") == 2)
  }

  @Test func refusals() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try expectRefusal("not_eligible", bench) { try bench.decide("mallory") }
    try expectRefusal("not_eligible", bench) { try bench.decide("mallory", .rejected) }
    try expectRefusal("own_deployment", bench) { try bench.decide("DANA") }
    try expectRefusal("insufficient_role", bench) { try bench.decide("alice", role: .viewer) }
    try expectRefusal("insufficient_role", bench) { try bench.decide("alice", role: .auditor) }
    try expectRefusal("comment_required", bench) { try bench.decide("alice", .rejected, comment: "") }
    try expectRefusal("stale_revision", bench) { try bench.decide("alice", revision: 7) }
    bench.plan.policies = [:]
    try expectRefusal("policy_missing", bench) { try bench.decide("alice") }
  }

  @Test func adminDecidesOnlyWhereAPolicyLetsThem() throws {
    let bench = try Bench()
    try bench.openChange()
    try expectRefusal("not_eligible", bench) { try bench.decide("root", role: .admin) }
    #expect(try bench.decide("alice", role: .admin).change.gate == .allowed)
  }

  @Test func afterTheDecisionNobodyDecides() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try expectRefusal("not_waiting", bench) { try bench.decide("bob") }
    try expectRefusal("not_waiting", bench) { try bench.decide("bob", .rejected) }
    try expectRefusal("not_waiting", bench) { try withdraw(bench, "alice") }
  }

  @discardableResult
  func withdraw(_ bench: Bench, _ user: String) throws -> ChangeView {
    try bench.command {
      try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: Actor(user: user, role: .approver), requestID: "r", in: $1)
    }
  }

  @Test func withdrawnDoesNotCount() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try expectRefusal("nothing_to_withdraw", bench) { try withdraw(bench, "alice") }
    try bench.decide("alice")
    #expect(try withdraw(bench, "alice").approvals.isEmpty)
    #expect(try bench.decide("bob").change.gate == .awaiting)
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func aRelaxedPolicyTurnsAWaitingChange() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    bench.plan.policies["people"]?.approvalRules = [ApprovalRule(approver: .group("managers"))]
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.gate == .allowed)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// What is looked at again, when, and what that costs: nothing keeps others from their turn.
@Suite struct LookTests {
  /// A line of the log names by it what else came of the same look; why it looked stands in the audit log.
  @Test func whatALookOwesHasTheRequestThatMadeItLook() throws {
    for id in ["0f3c-sweep", nil] {
      let bench = try Bench(required: 2)
      try bench.openChange()
      try bench.decide("alice")
      bench.edit { $0.approvalRules[0].requiredApprovals = 1 }
      try bench.command { _ = try $0.reconsiderWaiting(before: nil, requestID: id, in: $1) }
      #expect(try bench.change().callbacks.map(\.requestID) == [id ?? "CHG-1", id ?? "CHG-1"])
    }
  }

  private func bench(changes: Int) throws -> Bench {
    let bench = try Bench()
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(60)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    for number in 1...changes {
      try bench.apply(Bench.facts(environment: "prod/\(number)", deployment: Int64(number)))
      try bench.decide("alice", key: "CHG-\(number)")
    }
    return bench
  }

  @Test func aLostPolicyKeepsNoOthersFromTheirTurn() throws {
    let bench = try bench(changes: Gate.looksAtOnce + 1)
    // All but the last lose their policy.
    bench.plan.policies["last"] = bench.plan.policies["people"]
    bench.plan.policies["people"] = nil
    try bench.connection.execute("UPDATE change_request SET policy = 'last' WHERE id = \(Gate.looksAtOnce + 1)")
    bench.wait(.seconds(60))
    for _ in 0..<2 { try bench.command { _ = try $0.lookAgain(in: $1) } }
    #expect(try bench.change("CHG-\(Gate.looksAtOnce + 1)").change.gate == .allowed)
    // Nothing is left that could be looked at, so nothing is looked at each second.
    #expect(try bench.command { try $0.lookAgain(in: $1) } == nil)
    // It is back: what waited for it goes on.
    bench.plan.policies["people"] = bench.plan.policies["last"]
    _ = try bench.command { try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change("CHG-2").change.gate == .allowed)
  }

  /// A new configuration may give the status that a change waits in another meaning: what ends a change ends it all the same, and holds nobody up.
  @Test func aStatusThatMeansSomethingElseNowHoldsNobodyUp() throws {
    let bench = try Bench(required: 2)
    bench.edit { $0.expiresAfter = .seconds(60) }
    try bench.openChange()
    var workflow = Workflow.simple
    workflow.statuses[0] = Workflow.Status(name: "New", category: .toDo, gate: .awaiting)
    workflow.statuses.append(Workflow.Status(name: "Awaiting approval", category: .done, gate: .prevented))
    for index in workflow.transitions.indices where workflow.transitions[index].from == "Awaiting approval" {
      workflow.transitions[index].from = "New"
    }
    bench.plan.workflows["simple"] = workflow
    bench.wait(.seconds(60))
    try bench.command { _ = try $0.lookAgain(in: $1) }
    let view = try bench.change()
    #expect(view.change.gate == .prevented && view.change.closedAt == bench.now)
    try bench.checkPromises()
  }

  @Test func looksGoOnWhileMoreIsDue() throws {
    let bench = try bench(changes: Gate.looksAtOnce + 1)
    bench.wait(.seconds(60))
    let next = try bench.command { try $0.lookAgain(in: $1) }
    #expect(next.map { $0 <= bench.now } == true)
    #expect(try bench.command { try $0.lookAgain(in: $1) } == nil)
    #expect(try bench.count("outbox") == 2 * Int64(Gate.looksAtOnce + 1))
  }
}

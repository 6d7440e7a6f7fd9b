import ChangeControl
import Gate
import Storage
import Testing

/// What a new configuration means for what waits.
@Suite struct CompareTests {
  private func compare(_ bench: Bench, _ edit: (inout ControlPlan) -> Void) throws -> Comparison {
    var plan = bench.plan
    edit(&plan)
    return try bench.connection.reading(at: bench.now) { try Gate(plan: plan).compare(with: bench.gate, before: nil, in: $0) }
  }

  @Test func onlyWhatDiffersIsTold() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    try bench.apply(Bench.facts(deployment: 816))
    let comparison = try compare(bench) { $0.policies["people"]?.approvalRules[0].requiredApprovals = 1 }
    #expect(comparison.lookedAt == 2 && comparison.cursor == nil)
    #expect(comparison.changed.map(\.key) == ["CHG-1"])
    #expect(comparison.changed.first?.turns == true)
    #expect(comparison.changed.first?.after.gate == .allowed && comparison.changed.first?.after.verdict == .allowed)
    #expect(try compare(bench) { _ in }.changed.isEmpty)
    #expect(try bench.change().change.gate == .awaiting, "nothing turns by being compared")
  }

  @Test func aLostPolicyAndALostWorkflowAreTold() throws {
    let bench = try Bench()
    try bench.openChange()
    let lost = try compare(bench) { $0.policies = [:] }
    #expect(lost.changed.map(\.because) == ["the configuration has no policy people"])
    #expect(lost.changed.map(\.turns) == [false])
    #expect(try compare(bench) { $0.workflows = [:] }.changed.map(\.because) == ["the configuration has no workflow simple"])
  }

  @Test func aVerdictThatDiffersWhileTheGateWaitsOnIsNoTurn() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    try bench.openChange()
    try bench.decide("alice")
    let comparison = try compare(bench) { $0.groups["managers"] = .listed(["bob"]) }
    #expect(comparison.changed.map(\.turns) == [false])
    #expect(comparison.changed.first?.before.verdict == .allowed && comparison.changed.first?.after.verdict == .waiting)
  }

  /// What ends by a newer deployment turns as well: it may be rejected in GitLab for good. What is told is what comes of it.
  @Test(arguments: [true, false]) func whatIsSupersededByItIsTold(_ isLetThrough: Bool) throws {
    let bench = try Bench(required: isLetThrough ? 1 : 2)
    for deployment in 815...817 { try bench.apply(Bench.facts(deployment: Int64(deployment))) }
    try bench.apply(Bench.facts(environment: "prod/eu", deployment: 818))
    try bench.decide("alice", key: "CHG-2")
    #expect(try bench.change("CHG-2").change.gate == (isLetThrough ? .allowed : .awaiting))
    func edit(_ plan: inout ControlPlan) {
      plan.policies["people"]?.supersedesOlder = true
      plan.policies["people"]?.approvalRules[0].requiredApprovals = 1
    }
    let comparison = try compare(bench, edit)
    #expect(comparison.changed.map(\.key) == (isLetThrough ? ["CHG-1"] : ["CHG-2", "CHG-1"]))
    #expect(!comparison.changed.map(\.turns).contains(false))
    #expect(comparison.changed.last?.because == "superseded: CHG-2, a newer deployment to production, is let through")
    edit(&bench.plan)
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    for changed in comparison.changed { #expect(try bench.change(changed.key).change.gate == changed.after.gate) }
    for key in ["CHG-3", "CHG-4"] { #expect(try bench.change(key).change.gate == .awaiting) }
  }

  @Test func manyAreTakenPageByPage() throws {
    let bench = try Bench()
    for number in 1...Int64(Gate.looksAtOnce + 1) { try bench.apply(Bench.facts(deployment: number)) }
    let first = try compare(bench) { _ in }
    #expect(first.lookedAt == Gate.looksAtOnce && first.cursor == 2)
    let rest = try bench.connection.reading(at: bench.now) { try bench.gate.compare(with: bench.gate, before: first.cursor, in: $0) }
    #expect(rest.lookedAt == 1 && rest.cursor == nil)
  }
}

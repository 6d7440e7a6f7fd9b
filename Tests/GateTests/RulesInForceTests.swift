import Calendar
import ChangeControl
import Gate
import JSON
import Storage
import TestSupport
import Testing

/// A waiting change goes by what the configuration names for it when it is looked at, and not by what was named when it was opened.
@Suite struct RulesInForceTests {
  private func bench(required: Int = 2, _ edit: (inout ControlPlan) -> Void = { _ in }) throws -> Bench {
    let bench = try Bench(required: required)
    bench.plan.policies["lone"] = Policy(name: "lone", approvalRules: [ApprovalRule(approver: .user("alice"))])
    edit(&bench.plan)
    try bench.openChange()
    return bench
  }

  private func look(_ bench: Bench) throws { try bench.command { _ = try $0.reconsiderWaiting(before: nil, requestID: "look", in: $1) } }

  private func entries(_ action: AuditAction, _ bench: Bench) throws -> [JSONValue] {
    var filter = AuditFilter()
    filter.action = action.rawValue
    let entries = try bench.connection.reading(at: bench.now) { try $0.auditEntries(filter, after: 0, limit: 100) }
    return try entries.map { try JSONValue.parse($0.detail) }
  }

  private func digests(_ bench: Bench) -> [String: String] { bench.gate.policyDigests }

  @Test func theServiceNamesAnotherPolicyAndTheChangeTurnsByIt() throws {
    let bench = try bench()
    try bench.decide("alice")
    bench.plan.services[0].policy = "lone"
    let shown = try bench.change()
    #expect(shown.change.policy == "lone" && shown.evaluation?.verdict == .allowed, "also before it is looked at again")
    try look(bench)
    let view = try bench.change()
    #expect(view.change.gate == .allowed && view.change.policy == "lone")
    let followed = try entries(.policyFollowed, bench)
    #expect(followed.count == 1)
    #expect(followed.first?["policy"]?.string == "lone" && followed.first?["policy_digest"]?.string == digests(bench)["lone"])
    #expect(followed.first?["before"]?["policy"]?.string == "people")
    #expect(followed.first?["before"]?["policy_digest"]?.string == digests(bench)["people"])
    #expect(followed.first?["request_id"]?.string == "look")
    #expect(try entries(.gateTurned, bench).first?["policy_digest"]?.string == digests(bench)["lone"])
    #expect(try bench.actions() == ["change.opened", "approval.recorded", "change.policy", "gate.turned"])
    // It was decided by this one, whatever is named afterwards.
    bench.plan.services[0].policy = "people"
    try look(bench)
    #expect(try bench.change().change.policy == "lone")
    try bench.checkPromises()
  }

  /// Who gave a yes that the new policy does not count is named, and the next to speak is judged by it, looked at or not.
  @Test func whatWasSaidIsHeldAgainstTheNewPolicy() throws {
    let bench = try bench()
    try bench.decide("bob")
    bench.plan.services[0].policy = "lone"
    let view = try bench.change()
    #expect(view.evaluation?.seats.isEmpty == true && view.waitingFor == ["1 more approval from user alice"])
    let leftOut = view.evaluation?.root.children.flatMap(\.leftOut).map(\.code)
    #expect(leftOut == ["not_eligible"])
    try bench.expectRefusal("not_eligible") { try bench.decide("carol") }
    #expect(try bench.decide("alice").change.gate == .allowed)
    #expect(try bench.actions() == ["change.opened", "approval.recorded", "change.policy", "approval.recorded", "gate.turned"])
  }

  /// The policy that it followed is gone, renamed: its digest is what the log has.
  @Test func aPolicyThatWasRenamedIsToldByTheLog() throws {
    let bench = try bench()
    let before = digests(bench)["people"]
    bench.plan.policies["two-people"] = bench.plan.policies.removeValue(forKey: "people")
    bench.plan.policies["two-people"]?.name = "two-people"
    bench.plan.services[0].policy = "two-people"
    try look(bench)
    let followed = try #require(try entries(.policyFollowed, bench).first)
    #expect(followed["before"]?["policy_digest"]?.string == before && before != nil)
    #expect(followed["policy_digest"]?.string == digests(bench)["two-people"])
    try look(bench)
    #expect(try entries(.policyFollowed, bench).count == 1, "once")
    #expect(try bench.change().waitingFor == ["2 more approvals from group managers"])
  }

  @Test func anotherServiceTakesItOverByTheOrderOfTheConfiguration() throws {
    let bench = try bench()
    var first = bench.plan.services[0]
    (first.id, first.policy) = ("payments", "lone")
    bench.plan.services.insert(first, at: 0)
    try look(bench)
    let change = try bench.change().change
    #expect(change.service == "payments" && change.policy == "lone")
    #expect(try entries(.policyFollowed, bench).first?["before"]?["service"]?.string == "checkout")
  }

  @Test func whatNoServiceGatesAnyMoreKeepsItsPolicyAndSaysSo() throws {
    let bench = try bench(required: 1)
    bench.plan.services[0].gatedTiers = []
    try look(bench)
    try look(bench)
    let view = try bench.change()
    #expect(view.change.policy == "people" && view.waitingFor == ["1 more approval from group managers"])
    let finding = try #require(view.evaluation?.root.children.first { $0.rule == "policy in force" })
    #expect(finding.found == "no service of the configuration gates this deployment any more; it goes on by policy people, which it had")
    let kept = try entries(.policyKept, bench)
    #expect(kept.count == 1 && kept.first?["because"]?.string == finding.found && kept.first?["named"] == .null)
    #expect(try bench.decide("alice").change.gate == .allowed)
    // It is gone as well: nothing is guessed.
    let other = try self.bench(required: 1)
    other.plan.services = []
    other.plan.policies["people"] = nil
    #expect(try other.change().waitingFor == ["policy people to be put back into the configuration by an administrator"])
  }

  /// One person's yes to each of two reviews is not one person's yes.
  @Test func anotherWorkflowLeavesTheChangeItsOwnAndItsPolicy() throws {
    let bench = try bench()
    try bench.decide("alice")
    bench.plan.services[0].workflow = "itsm"
    bench.plan.services[0].policy = "lone"
    try look(bench)
    try look(bench)
    let view = try bench.change()
    #expect(view.change.workflow == "simple" && view.change.policy == "people" && view.change.gate == .awaiting)
    #expect(view.waitingFor == ["1 more approval from group managers"])
    let finding = try #require(view.evaluation?.root.children.first)
    #expect(finding.rule == "policy in force" && finding.found.contains("names workflow itsm and policy lone now"))
    let kept = try entries(.policyKept, bench)
    #expect(kept.count == 1 && kept.first?["named"]?["workflow"]?.string == "itsm")
    // Back again, and it follows.
    bench.plan.services[0].workflow = "simple"
    try look(bench)
    #expect(try bench.change().change.gate == .allowed)
  }

  /// What a change kept is over, though it goes by the same policy: the log that said the one says the other, each time and once.
  @Test(arguments: [true, false]) func thatItFollowsAgainIsToldToo(_ isUngated: Bool) throws {
    let bench = try bench()
    let whole = bench.plan.services[0]
    for round in 1...2 {
      if isUngated { bench.plan.services[0].gatedTiers = [] } else { bench.plan.services[0].workflow = "itsm" }
      for _ in 0..<2 { try look(bench) }
      #expect(try entries(.policyKept, bench).count == round)
      bench.plan.services[0] = whole
      for _ in 0..<2 { try look(bench) }
      let followed = try entries(.policyFollowed, bench)
      #expect(followed.count == round)
      #expect(followed.last?["because"]?.string == "the configuration gates it by workflow simple again")
      #expect(followed.last?["policy"]?.string == "people" && followed.last?["policy_digest"]?.string == digests(bench)["people"])
    }
    #expect(
      try bench.actions() == ["change.opened", "change.policy_kept", "change.policy", "change.policy_kept", "change.policy"])
    try bench.checkPromises()
  }

  /// Who has read the change by the former policy decides by what they have read, or not at all.
  @Test func whoHasReadItByTheFormerPolicyReadsItAnewFirst() throws {
    let bench = try bench()
    let revision = try bench.change().change.revision
    bench.plan.services[0].policy = "lone"
    try bench.expectRefusal("stale_revision") { try bench.decide("alice", revision: revision) }
    try look(bench)
    #expect(try bench.decide("alice", revision: bench.change().change.revision).change.gate == .allowed)
  }

  @Test func aReloadTellsWhoFollowsAnotherPolicy() throws {
    let bench = try bench()
    try bench.decide("alice")
    try bench.apply(Bench.facts(deployment: 816))
    var plan = bench.plan
    plan.services[0].policy = "lone"
    let comparison = try bench.connection.reading(at: bench.now) { try Gate(plan: plan).compare(with: bench.gate, before: nil, in: $0) }
    #expect(comparison.changed.map(\.key) == ["CHG-2", "CHG-1"])
    #expect(comparison.changed.map(\.turns) == [false, true] && comparison.changed.map(\.differs) == [false, true])
    #expect(comparison.changed.allSatisfy { $0.before.policy == "people" && $0.after.policy == "lone" })
    plan.services[0].workflow = "itsm"
    let kept = try bench.connection.reading(at: bench.now) { try Gate(plan: plan).compare(with: bench.gate, before: nil, in: $0) }
    #expect(kept.changed.allSatisfy { !$0.differs && $0.after.policy == "people" && $0.after.kept != nil } && kept.changed.count == 2)
  }

  @Test func simulateAndReplayGoByItToo() throws {
    let bench = try bench()
    bench.plan.services[0].policy = "lone"
    var supposition = Supposition()
    supposition.decisions = [("alice", .approved)]
    let simulation = try bench.connection.reading(at: bench.now) { try bench.gate.simulate(key: "CHG-1", supposition, in: $0) }
    #expect(simulation.outlook.change.gate == .allowed && simulation.policyDigest == digests(bench)["lone"])
    try look(bench)
    try bench.decide("alice")
    // Replayed by a service of another name that gates the same.
    bench.plan.services[0].id = "payments"
    bench.plan.services[0].policy = "people"
    let replays = try bench.connection.reading(at: bench.now) {
      try bench.gate.replay(since: Instant(milliseconds: 0), after: 0, limit: 10, in: $0)
    }
    #expect(replays.map(\.policy) == ["people"])
    guard case .differs(.awaiting, _) = replays.first?.outcome else { return #expect(Bool(false), "\(replays)") }
  }

  /// A policy that is stricter about who wrote it has GitLab asked.
  @Test func whatTheNewPolicyMustKnowIsAsked() throws {
    let bench = try bench { $0.policies["lone"]?.preventAuthorApproval = true }
    #expect(try bench.claims().isEmpty)
    bench.plan.services[0].policy = "lone"
    try look(bench)
    #expect(try bench.claims().map(\.callback.step) == [.ask])
  }
}

import ChangeControl
import Gate
import Storage
import Testing

@Suite struct InspectTests {
  @Test func opensOnceForOneDeployment() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.openChange()
    let view = try bench.change()
    #expect(view.change.status == "Awaiting approval")
    #expect(view.change.gate == .awaiting)
    #expect(view.record.deployment.triggerer?.username == "dana")
    #expect(try bench.count("change_request") == 1)
    #expect(try bench.actions() == ["change.opened"])
  }

  @Test func aReRunIsAnotherDeploymentAndNeedsItsOwnDecision() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try bench.apply(Bench.facts(deployment: 816))
    #expect(try bench.change("CHG-2").change.gate == .awaiting)
  }

  @Test func aPlainManualJobIsNobodysChange() throws {
    let bench = try Bench()
    try bench.apply(Bench.facts(pending: 0))
    #expect(try bench.count("change_request") == 0)
  }

  @Test(arguments: [DeploymentStatus.created, .running, .success, .failed, .canceled, .skipped])
  func onlyABlockedDeploymentOpensAChange(status: DeploymentStatus) throws {
    let bench = try Bench()
    try bench.apply(Bench.facts(status, pending: 1))
    #expect(try bench.count("change_request") == 0)
  }

  @Test func anUngatedEnvironmentOpensNone() throws {
    let bench = try Bench()
    try bench.apply(Bench.facts(environment: "staging", tier: "staging"))
    #expect(try bench.count("change_request") == 0)
  }

  @Test(arguments: [
    (DeploymentStatus.canceled, "Canceled", GateState.prevented, false),
    (.skipped, "Canceled", .prevented, false),
    (.failed, "Failed", .prevented, false),
    (.running, "Deploying", .invalid, true),
    (.success, "Deployed", .invalid, true),
  ])
  func whatADeploymentDoesBeforeADecision(status: DeploymentStatus, to: String, gate: GateState, outOfBand: Bool) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(status, pending: 0))
    let change = try bench.change().change
    #expect(change.status == to)
    #expect(change.gate == gate)
    #expect(change.outOfBand == outOfBand)
    #expect(change.closedAt != nil)
    #expect(try bench.count("outbox") == 0)
    try bench.checkPromises()
  }

  @Test func aRejectionInGitLabIsTheirsAndNotABrokenDeployment() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(.failed, pending: 1, job: "failed", approvals: [theirs(.rejected)]))
    let change = try bench.change().change
    #expect(change.status == "Rejected")
    #expect(change.gate == .prevented)
    #expect(change.outOfBand)
    #expect(try bench.count("outbox") == 0)
    #expect(try bench.actions().contains("gitlab.approval"))
  }

  @Test func othersApprovedInGitLab() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(pending: 0, approvals: [theirs()]))
    var change = try bench.change().change
    #expect(change.outOfBand)
    #expect(change.gate == .awaiting)
    try bench.apply(Bench.facts(.running, pending: 0, job: "running", approvals: [theirs()]))
    change = try bench.change().change
    #expect(change.gate == .invalid)
    #expect(change.closedAt != nil)
    try bench.apply(Bench.facts(.success, pending: 0, job: "success", approvals: [theirs()]))
    #expect(try bench.change().change.status == "Deployed")
    #expect(try bench.actions().count { $0 == "change.out_of_band" } == 1)
  }

  @Test func afterApprovalTheStatusFollowsAndTheGateStays() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try bench.apply(Bench.facts(.running, pending: 0, job: "running", approvals: [ours()]))
    #expect(try bench.change().change.status == "Deploying")
    try bench.apply(Bench.facts(.failed, pending: 0, job: "failed", approvals: [ours()]))
    let change = try bench.change().change
    #expect(change.status == "Failed")
    #expect(change.gate == .allowed)
    #expect(!change.outOfBand)
  }

  @Test func whoPlaysTheJobDoesNotBecomeTheRequester() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(.running, pending: 0, triggerer: "change-gateway"))
    #expect(try bench.change().record.deployment.triggerer?.username == "dana")
  }

  @Test func oldNewsDoesNotReopen() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(.canceled, pending: 0))
    let before = try bench.change().change
    try bench.apply(Bench.facts(.blocked, pending: 1))
    let after = try bench.change().change
    #expect(after.gate == before.gate)
    #expect(after.status == before.status)
  }
}

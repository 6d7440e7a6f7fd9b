import Calendar
import GitLabSimulator
import JSON
import Testing

/// Facts C.3, C.4 and C.5: what an approval does, whom it counts for, and how a decision changes.
@Suite struct ApprovalAftermathTests {
  private func state(_ world: inout World, _ started: StartedPipeline) throws -> [String] {
    let deployment = try world.get("projects/30/deployments/\(started.deploymentID)").json
    return [
      deployment?["status"]?.string ?? "", deployment?["deployable"]?["status"]?.string ?? "",
      String(deployment?["pending_approval_count"]?.integer ?? -1),
    ]
  }

  @Test func oneOfTwoApprovalsLeavesItWaiting() throws {
    var world = demoWorld()
    world.addApprovalRule(.level(.maintainer), environment: "production")
    let started = world.deploy()
    _ = try world.approve(started.deploymentID)
    #expect(try state(&world, started) == ["blocked", "manual", "1"])
  }

  @Test func theLastApprovalByRulesLeavesTheJobManual() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = try world.approve(started.deploymentID)
    world.tick(at: morning + .seconds(3_600))
    #expect(try state(&world, started) == ["blocked", "manual", "0"])
    #expect(world.effects.entries.count == 1)
  }

  @Test func theLastApprovalByCountStartsTheJob() throws {
    var world = demoWorld(release: .v18)
    for protection in world.protections.all {
      world.protections[protection.id].approvalRules = []
      world.protections[protection.id].requiredApprovalCount = 2
      world.protections[protection.id].deployAccess.append(World.AccessRule(id: 700, .level(.developer)))
    }
    let started = world.deploy()
    _ = try world.approve(started.deploymentID)
    #expect(world.jobs[started.jobID].status == .manual)
    try world.decide(deployment: started.deploymentID, .approved, by: "alice")
    #expect(world.jobs[started.jobID].status == .pending)
    world.tick(at: world.now)
    #expect(try state(&world, started) == ["success", "success", "0"])
    #expect(world.effects.entries.map(\.kind).contains(.jobStartedByApproval(job: started.jobID)))
  }

  @Test func theFirstRejectionEndsTheJob() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = world.takeDeliveries()
    #expect(try world.approve(started.deploymentID, ["status": "rejected", "comment": "no"]).status == 201)
    #expect(try state(&world, started) == ["failed", "failed", "1"])
    let job = try world.get("projects/30/jobs/\(started.jobID)").json
    #expect(job?["failure_reason"] == "deployment_rejected")
    #expect(world.takeStatuses() == ["rejected", "failed"])
    #expect(world.pipelines[started.pipelineID].status == .failed)
  }

  @Test func theSameDecisionAgainChangesNothing() throws {
    var world = demoWorld()
    world.addApprovalRule(.level(.maintainer), environment: "production")
    let id = world.deploy().deploymentID
    _ = try world.approve(id, ["status": "approved", "comment": "first"])
    _ = world.takeDeliveries()
    let again = try world.approve(id, ["status": "approved", "comment": "second"])
    #expect(again.status == 201 && again.json?["comment"] == "first")
    #expect(world.takeDeliveries().isEmpty)
    #expect(world.recordedApprovals.count == 1)
    #expect(world.effects.entries.last?.kind == .approvalRepeated(deployment: id, status: .approved))
  }

  @Test func anApprovalBecomesARejectionWhileOthersArePending() throws {
    var world = demoWorld()
    world.addApprovalRule(.level(.maintainer), environment: "production")
    let started = world.deploy()
    _ = try world.approve(started.deploymentID, ["status": "approved", "comment": "first"])
    let turned = try world.approve(started.deploymentID, ["status": "rejected", "comment": "second"])
    #expect(turned.status == 201 && turned.json?["comment"] == "second" && turned.json?["status"] == "rejected")
    #expect(world.approvals.all.count == 1)
    #expect(world.jobs[started.jobID].status == .failed)
  }

  @Test func anApprovalAfterARejectionIsStoredAndHelpsNobody() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = try world.approve(started.deploymentID, ["status": "rejected"])
    #expect(try world.approve(started.deploymentID).status == 201)
    #expect(try state(&world, started) == ["failed", "failed", "0"])
  }

  @Test func relaxedRulesCountAtOnce() throws {
    var world = demoWorld()
    let started = world.deploy()
    #expect(try state(&world, started) == ["blocked", "manual", "1"])
    world.relaxApprovalRules(environment: "production")
    #expect(try state(&world, started) == ["blocked", "manual", "0"])
  }

  @Test func rulesOfTheProjectAndOfTheGroupAddUp() throws {
    var world = demoWorld()
    world.protections.insert(
      World.ProtectedEnvironment(
        id: 60, .group(2), name: "production", deployAccess: [World.AccessRule(id: 61, .level(.developer))],
        approvalRules: [World.AccessRule(id: 62, .group(134), requiredApprovals: 1)]))
    let started = world.deploy()
    #expect(try state(&world, started) == ["blocked", "manual", "2"])
    _ = try world.approve(started.deploymentID)
    try world.decide(deployment: started.deploymentID, .approved, by: "olu")
    #expect(try state(&world, started) == ["blocked", "manual", "0"])
  }

  @Test func aUserInTwoRulesFillsOneUnlessHeSaysAsWhat() throws {
    var world = demoWorld()
    world.relaxApprovalRules(environment: "production")
    world.addApprovalRule(.group(134), environment: "production")
    world.addApprovalRule(.level(.maintainer), environment: "production")
    let started = world.deploy()
    try world.decide(deployment: started.deploymentID, .approved, by: "olu")
    try world.decide(deployment: started.deploymentID, .approved, by: "olu")
    #expect(try state(&world, started)[2] == "1")
    try world.decide(deployment: started.deploymentID, .approved, by: "olu", representedAs: "Maint")
    #expect(try state(&world, started)[2] == "0")
    #expect(world.recordedApprovals.count == 2)
  }

  @Test func aDirectGroupRuleIgnoresInheritedMembers() throws {
    var world = demoWorld()
    world.relaxApprovalRules(environment: "production")
    world.memberships.append(World.Membership(.group(2), userID: 22, level: .owner))
    world.addApprovalRule(.group(134), environment: "production")
    let id = world.deploy().deploymentID
    #expect(throws: APIError.self) { try world.decide(deployment: id, .approved, by: "bob") }
    let production = world.protections.all.first { $0.name == "production" }?.id ?? 0
    world.protections[production].approvalRules[0].groupInheritance = 1
    try world.decide(deployment: id, .approved, by: "bob")
  }
}

import Calendar
import GitLabSimulator
import JSON
import Testing

/// Hooks as the world sends them, against the payload files: same members, same order, same types.
@Suite struct HookFixtureTests {
  /// The story of the fixtures: a pipeline at ten past nine, blocked at 09:15:02, approved 09:41:30, run 09:41:44 to 09:44:10.
  private func story(release: World.Release = .v19, ending: World.Job.Ending = .success) throws -> (World, StartedPipeline) {
    var world = demoWorld(release: release)
    world.runner = .init(picksUpAfter: .seconds(3), runsFor: nil)
    let started = world.startPipeline(
      environment: "production", triggeredBy: "dana", commitTitle: "Raise checkout timeout", sha: sha, testsTake: .seconds(299))
    world.tick(at: at("09:15:02"))
    world.tick(at: at("09:41:30"))
    return (world, started)
  }

  private func at(_ clock: String) -> Instant { Instant(iso8601: "2026-09-03T\(clock)Z") ?? morning }

  /// The whole story of one deployment to its end, and all its hooks.
  private func hooks(_ event: World.Hook.Event, release: World.Release = .v19, ending: World.Job.Ending = .success) throws -> [JSONValue] {
    var (world, started) = try story(release: release)
    _ = try world.approve(started.deploymentID, ["status": "approved", "comment": "CHG-1042 approved by 2 of 2"])
    world.tick(at: at("09:41:41"))
    _ = try world.call(.post, "projects/30/jobs/\(started.jobID)/play")
    world.tick(at: at("09:44:10"))
    world.finishJob(started.jobID, as: ending)
    return world.takeHooks(event)
  }

  @Test func theBlockedHookIsTheFixtureToTheByte() throws {
    var (world, _) = try story()
    let sent = world.takeDeliveries().first { $0.event == .deployment }
    #expect(sent?.request.body == (try Fixture.bytes("signed/body.bin")))
  }

  @Test func deploymentHooksOf19() throws {
    let sent = try hooks(.deployment)
    #expect(sent.map { $0["status"]?.string } == ["blocked", "approved", "running", "success"])
    for hook in sent {
      let name = "deployment-\(hook["status"]?.string ?? "").json"
      #expect(shapeDifferences(hook, try Fixture.json(name)) == [], "\(name)")
    }
    #expect(sent[1]["approval"]?["approval_rule"] == (try Fixture.json("deployment-approved.json"))["approval"]?["approval_rule"])
    #expect(sent[1]["status_changed_at"] == "2026-09-03T09:41:30.000Z")
    let failed = try hooks(.deployment, ending: .failure)
    #expect(shapeDifferences(failed.last, try Fixture.json("deployment-failed.json")) == [])
  }

  @Test func theDeployerOfAPlayedJobIsWhoPlayedIt() throws {
    let sent = try hooks(.deployment)
    #expect(sent.map { $0["user"]?["username"]?.string } == ["dana", "dana", "change-gateway", "change-gateway"])
  }

  @Test func deploymentHooksOf18() throws {
    let sent = try hooks(.deployment, release: .v18)
    #expect(sent.map { $0["status"]?.string } == ["running", "success"])
    for hook in sent {
      #expect(shapeDifferences(hook, try Fixture.json("deployment-\(hook["status"]?.string ?? "")-legacy-time.json")) == [])
    }
    #expect(sent.last?["status_changed_at"] == "2026-09-03 09:44:10 UTC")
  }

  @Test func theTimeFormatIsASetting() throws {
    var world = demoWorld(release: .v18)
    world.instance.hookTime = .iso8601
    world.recordDeployment(environment: "production", status: .canceled)
    #expect(world.takeHooks(.deployment).first?["status_changed_at"] == "2026-09-03T09:10:00.000Z")
  }

  @Test(arguments: [World.Release.v18, .v19]) func canceled(release: World.Release) throws {
    var (world, started) = try story(release: release)
    _ = world.takeDeliveries()
    world.cancelPipeline(started.pipelineID)
    let file = release == .v18 ? "deployment-canceled-legacy-time.json" : "deployment-canceled.json"
    let sent = world.takeHooks(.deployment)
    #expect(sent.count == 1)
    #expect(shapeDifferences(sent.first, try Fixture.json(file)) == [])
  }

  @Test func aRejectionIsTwoHooks() throws {
    var (world, started) = try story()
    _ = world.takeDeliveries()
    _ = try world.approve(started.deploymentID, ["status": "rejected", "comment": "CHG-1043 declined: freeze window"])
    let sent = world.takeDeliveries()
    func json(_ index: Int) throws -> JSONValue { try JSONValue.parse(sent[index].request.body) }
    #expect(sent.map(\.event) == [.deployment, .job, .deployment, .pipeline])
    #expect(shapeDifferences(try json(0), try Fixture.json("deployment-rejected.json")) == [])
    #expect(shapeDifferences(try json(1), try Fixture.json("job-failed-deployment-rejected.json")) == [])
    #expect(shapeDifferences(try json(2), try Fixture.json("deployment-failed-after-rejection.json")) == [])
    #expect(shapeDifferences(try json(3), try Fixture.json("pipeline-failed-deployment-rejected.json")) == [])
  }

  @Test func approvalsByOtherRules() throws {
    var world = demoWorld()
    world.relaxApprovalRules(environment: "production")
    world.addApprovalRule(.group(134), environment: "production")
    world.addApprovalRule(.level(.maintainer), requiredApprovals: 2, environment: "production")
    let id = world.deploy().deploymentID
    _ = world.takeDeliveries()
    try world.decide(deployment: id, .approved, by: "olu", comment: "LGTM")
    try world.decide(deployment: id, .approved, by: "alice")
    let sent = world.takeHooks(.deployment)
    #expect(shapeDifferences(sent.first, try Fixture.json("deployment-approved-group-rule.json")) == [])
    #expect(shapeDifferences(sent.last, try Fixture.json("deployment-approved-role-rule-partial.json")) == [])
    #expect(sent.first?["approver"]?["email"] == "olu@example.com")
  }

  @Test func anApprovalWithoutRules() throws {
    var world = demoWorld()
    for protection in world.protections.all {
      world.protections[protection.id].approvalRules = []
      world.protections[protection.id].requiredApprovalCount = 2
    }
    let id = world.deploy().deploymentID
    _ = world.takeDeliveries()
    try world.decide(deployment: id, .approved, by: "alice", comment: "LGTM")
    #expect(shapeDifferences(world.takeHooks(.deployment).first, try Fixture.json("deployment-approved-no-rule.json")) == [])
  }

  @Test func aPlainManualJobIsBlockedToo() throws {
    var world = demoWorld()
    _ = world.deploy("review/feature-x", deploy: .init(isManual: true))
    let sent = world.takeHooks(.deployment)
    #expect(sent.count == 1)
    #expect(shapeDifferences(sent.first, try Fixture.json("deployment-blocked-manual-job-no-approval.json")) == [])
  }

  @Test func everythingThatMayBeNull() throws {
    var world = demoWorld()
    world.recordDeployment(environment: "production", status: .success)
    let sent = world.takeHooks(.deployment)
    #expect(shapeDifferences(sent.first, try Fixture.json("deployment-success-api-created.json")) == [])
  }

  @Test func jobHooks() throws {
    let sent = try hooks(.job).filter { $0["build_name"] == "deploy-production" }
    #expect(sent.map { $0["build_status"]?.string } == ["created", "pending", "running", "success"])
    // The fixtures tell of a pipeline that is running throughout; in ours it has not started when the job is created, and has ended
    // when the job succeeds.
    let expected = [
      "created": [".commit.started_at: another type", ".commit.started_at_iso: another type"], "pending": [], "running": [], "success": [],
    ]
    for hook in sent {
      let status = hook["build_status"]?.string ?? ""
      #expect(shapeDifferences(hook, try Fixture.json("job-\(status).json")) == expected[status], "\(status)")
    }
    let failed = try hooks(.job, ending: .failure).last
    #expect(shapeDifferences(failed, try Fixture.json("job-failed.json")) == [])
    #expect(failed?["build_failure_reason"] == "script_failure" && failed?["build_duration"] == .number(146))
  }

  @Test(arguments: [World.Release.v18, .v19]) func pipelineHooks(release: World.Release) throws {
    let sent = try hooks(.pipeline, release: release)
    let statuses = sent.map { $0["object_attributes"]?["status"]?.string }
    #expect(statuses == ["pending", "running", "manual", "running", "success"])
    #expect(shapeDifferences(sent[2], try Fixture.json("pipeline-manual.json")) == [])
    // The file's running test job has no start and no runner yet; ours has.
    let running = shapeDifferences(sent[1], try Fixture.json("pipeline-running.json"))
    #expect(running.allSatisfy { $0.hasPrefix(".builds[1].") && $0.hasSuffix("another type") }, "\(running)")
  }

  @Test func anOptionalManualJobDoesNotHoldThePipeline() throws {
    var world = demoWorld()
    _ = world.deploy(deploy: .init(isManual: true, allowsFailure: true))
    let sent = world.takeHooks(.pipeline).last
    #expect(sent?["object_attributes"]?["status"] == "success")
    #expect(shapeDifferences(sent, try Fixture.json("pipeline-success-with-optional-manual-job.json")) == [])
  }

  @Test func aPushIsAHookThatNoGateWants() throws {
    var world = demoWorld()
    world.push(by: "dana")
    let sent = world.takeDeliveries()
    #expect(sent.map(\.event) == [.push])
    #expect(shapeDifferences(try JSONValue.parse(sent[0].request.body), try Fixture.json("other-push.json")) == [])
  }
}

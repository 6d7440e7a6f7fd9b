import Calendar
import GitLabSimulator
import JSON
import Testing

/// Facts D.3: playing a job, and what becomes of it.
@Suite struct JobAPITests {
  private func play(_ world: inout World, _ job: Int64, token: String? = Demo.token) throws -> Got {
    try world.call(.post, "projects/30/jobs/\(job)/play", token: token)
  }

  @Test func anApprovedJobIsPlayedOnce() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = try world.approve(started.deploymentID)
    let played = try play(&world, started.jobID)
    #expect(played.status == 200 && played.json?["status"] == "pending" && played.json?["id"] == .integer(started.jobID))
    #expect(played.json?["user"]?["username"] == "change-gateway")
    let again = try play(&world, started.jobID)
    #expect(again.status == 400 && again.message == "400 Bad request - Unplayable Job")
    #expect(world.effects.entries.map(\.kind).filter { $0 == .jobPlayed(job: started.jobID) }.count == 1)
  }

  @Test func aJobThatWaitsForApprovalsIsUnplayable() throws {
    var world = demoWorld()
    let started = world.deploy()
    let got = try play(&world, started.jobID)
    #expect(got.status == 400 && got.message == "400 Bad request - Unplayable Job")
    #expect(world.jobs[started.jobID].status == .manual)
  }

  @Test func whoMayNotDeployIsForbidden() throws {
    var world = demoWorld()
    let started = world.deploy()
    let dana = world.token(for: "dana")
    // Forbidden comes before unplayable.
    #expect(try play(&world, started.jobID, token: dana).json == ["message": "403 Forbidden"])
    _ = try world.approve(started.deploymentID)
    #expect(try play(&world, started.jobID, token: dana).json == ["message": "403 Forbidden"])
    world.removeFromAllowedToDeploy("change-gateway", environment: "production")
    let got = try play(&world, started.jobID)
    #expect(got.status == 403)
    #expect(world.jobs[started.jobID].status == .manual)
  }

  @Test func otherErrors() throws {
    var world = demoWorld()
    let started = world.deploy()
    #expect(try play(&world, 1).json == ["message": "404 Not found"])
    #expect(try play(&world, started.jobID, token: nil).status == 401)
    let reader = world.token(for: "alice", scopes: ["read_api"])
    let got = try play(&world, started.jobID, token: reader)
    #expect(got.status == 403 && got.json?["error"] == "insufficient_scope" && got.json?["scope"] == "api")
  }

  @Test func aFailingJobFailsItsDeployment() throws {
    var world = demoWorld()
    let started = world.deploy("review/feature-x", deploy: .init(isManual: true, ending: .failure))
    try world.play(job: started.jobID, by: "dana")
    _ = world.takeDeliveries()
    world.tick(at: world.now)
    #expect(world.takeStatuses() == ["running", "failed"])
    #expect(try world.get("projects/30/jobs/\(started.jobID)").json?["failure_reason"] == "script_failure")
    #expect(try world.get("projects/30/pipelines/\(started.pipelineID)").json?["status"] == "failed")
  }

  @Test func aJobRunsUntilItIsFinished() throws {
    var world = demoWorld()
    world.runner = .init(runsFor: nil)
    let started = world.deploy("review/feature-x")
    world.tick(at: morning + .seconds(86_400))
    #expect(world.jobs[started.jobID].status == .running && world.nextDue == nil)
    world.finishJob(started.jobID)
    #expect(world.deployments[started.deploymentID].status == .success)
  }

  @Test func aRetryIsANewDeploymentThatNeedsItsOwnApproval() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = try world.approve(started.deploymentID, ["status": "rejected"])
    let again = world.retry(job: started.jobID, by: "dana")
    #expect(again.deploymentID > started.deploymentID && again.jobID > started.jobID && again.pipelineID == started.pipelineID)
    let got = try world.get("projects/30/deployments/\(again.deploymentID)").json
    #expect(got?["status"] == "blocked" && got?["pending_approval_count"] == 1)
    #expect(world.pipelines[started.pipelineID].status == .manual)
  }

  /// Facts E: a job whose user may not deploy is dropped when it is queued.
  @Test func aTriggererWhoMayNotDeployHasTheJobDropped() throws {
    var world = demoWorld()
    world.relaxApprovalRules(environment: "production")
    let started = world.deploy()
    #expect(world.jobs[started.jobID].failureReason == "protected_environment_failure")
    #expect(world.deployments[started.deploymentID].status == .failed)
  }

  @Test func failedTestsSkipTheDeployment() throws {
    var world = demoWorld()
    world.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "x", testsTake: .seconds(60))
    #expect(world.latestDeployment(environment: "production")?.status == .created)
    world.finishJob(79_600, as: .failure)
    #expect(world.latestDeployment(environment: "production")?.status == .skipped)
  }
}

/// Facts D.3: what a canceled job brings with it.
@Suite struct JobCancellationTests {
  private func cancel(_ world: inout World, _ job: Int64, token: String? = Demo.token) throws -> Got {
    try world.call(.post, "projects/30/jobs/\(job)/cancel", token: token)
  }

  @Test func aWaitingJobIsCanceledAndItsDeploymentWithIt() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = world.takeDeliveries()
    let got = try cancel(&world, started.jobID)
    #expect(got.status == 201 && got.json?["status"] == "canceled")
    #expect(world.jobs[started.jobID].status == .canceled)
    let deployment = try world.call(.get, "projects/30/deployments/\(started.deploymentID)", token: Demo.token)
    #expect(deployment.json?["status"] == "canceled")
    #expect(world.effects.entries.map(\.kind).filter { $0 == .jobCanceled(job: started.jobID) }.count == 1)
  }

  @Test func whatIsOverIsAnsweredAndNotCanceledOnceMore() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = try cancel(&world, started.jobID)
    let again = try cancel(&world, started.jobID)
    #expect(again.status == 201 && again.json?["status"] == "canceled")
    #expect(world.effects.entries.map(\.kind).filter { $0 == .jobCanceled(job: started.jobID) }.count == 1)
  }

  @Test func strangersAndReadersCancelNothing() throws {
    var world = demoWorld()
    let started = world.deploy()
    #expect(try cancel(&world, started.jobID, token: nil).status == 401)
    #expect(try cancel(&world, started.jobID, token: world.token(for: "alice", scopes: ["read_api"])).status == 403)
    #expect(try cancel(&world, 1).json == ["message": "404 Not found"])
    #expect(world.jobs[started.jobID].status == .manual)
  }
}

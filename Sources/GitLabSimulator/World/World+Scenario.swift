internal import Calendar

/// What `startPipeline` made.
package struct StartedPipeline: Sendable, Hashable {
  package var pipelineID: Int64
  package var jobID: Int64
  package var deploymentID: Int64
}

extension World {
  /// What the configuration says of the deploying job.
  package struct DeployJob: Sendable {
    /// `when: manual`: waits for a person even where nothing is protected.
    package var isManual: Bool
    package var allowsFailure: Bool
    package var ending: Job.Ending

    package init(isManual: Bool = false, allowsFailure: Bool = false, ending: Job.Ending = .success) {
      self.isManual = isManual
      self.allowsFailure = allowsFailure
      self.ending = ending
    }
  }

  /// Somebody pushes a commit whose pipeline tests and then deploys. Where the environment needs approvals, the deployment is blocked as
  /// soon as the tests have passed: at once, unless `testsTake` is above zero.
  @discardableResult
  package mutating func startPipeline(
    project projectID: Int64 = 30, environment name: String, triggeredBy username: String, commitTitle: String,
    authoredBy author: String? = nil, sha: String? = nil, files: [String] = [], ref: String = "main", testsTake: Duration = .zero,
    deploy: DeployJob = DeployJob()
  ) -> StartedPipeline {
    var commit = Commit(
      sha: sha ?? random.commitID(), title: commitTitle, authorName: user(named: author ?? username).name,
      authorEmail: user(named: author ?? username).email, authoredAt: now - .seconds(20))
    commit.files = files
    append(commit, project: projectID)
    let triggerer = user(named: username)
    let pipeline = Pipeline(
      id: nextIDs.take(\.pipeline), iid: nextIDs.take(\.pipelineIID), projectID: projectID, ref: ref, sha: commit.sha,
      userID: triggerer.id, createdAt: now, updatedAt: now)
    pipelines.insert(pipeline)
    var tests = job(named: "unit", stage: "test", in: pipeline, environment: nil, deploy: DeployJob())
    tests.runsFor = testsTake
    let environment = environment(named: name, project: projectID)
    let deploying = job(named: "deploy-" + environment.name, stage: "deploy", in: pipeline, environment: environment, deploy: deploy)
    for job in [tests, deploying] { jobs.insert(job) }
    let deployment = makeDeployment(of: deploying, in: pipeline, user: triggerer.id)
    for job in [tests, deploying] { sendJobHook(job) }
    move(tests.id, to: .pending)
    if testsTake == .zero {
      move(tests.id, to: .running)
      finishJob(tests.id)
    }
    return StartedPipeline(pipelineID: pipeline.id, jobID: deploying.id, deploymentID: deployment.id)
  }

  private mutating func job(
    named name: String, stage: String, in pipeline: Pipeline, environment: Environment?, deploy: DeployJob
  ) -> Job {
    Job(
      id: nextIDs.take(\.job), pipelineID: pipeline.id, projectID: pipeline.projectID, name: name, stage: stage,
      environmentID: environment?.id, isManual: deploy.isManual, allowsFailure: deploy.allowsFailure, userID: pipeline.userID,
      createdAt: now, ending: deploy.ending, runsFor: runner.runsFor)
  }

  @discardableResult
  private mutating func makeDeployment(of job: Job, in pipeline: Pipeline, user: Int64) -> Deployment {
    let deployment = Deployment(
      id: nextIDs.take(\.deployment), iid: nextIDs.take(\.deploymentIID), projectID: pipeline.projectID,
      environmentID: job.environmentID ?? 0, jobID: job.id, userID: user, ref: pipeline.ref, sha: pipeline.sha, createdAt: now,
      updatedAt: now)
    deployments.insert(deployment)
    return deployment
  }

  /// The deploying job's turn comes when everything before it has passed; when something failed, it never runs.
  mutating func startNextStage(ofPipeline pipelineID: Int64) {
    let all = jobs(ofPipeline: pipelineID)
    guard all.filter({ $0.stage == "test" }).allSatisfy({ $0.status.isFinished }) else { return }
    let passed = all.filter { $0.stage == "test" }.allSatisfy { $0.status == .success }
    for job in all where job.stage == "deploy" && job.status == .created {
      if !passed {
        move(job.id, to: .skipped)
      } else if job.isManual || waitsForApproval(job) {
        move(job.id, to: .manual)
      } else {
        enqueue(job.id)
      }
    }
  }

  func waitsForApproval(_ job: Job) -> Bool { deployment(ofJob: job.id).map { pendingApprovalCount(of: $0) > 0 } ?? false }

  /// Whether GitLab would let anybody play the job: manual, and no approval missing.
  func isPlayable(_ job: Job) -> Bool { job.status == .manual && !waitsForApproval(job) }

  /// Runs a finished job again, as the button does: a new job with a new deployment, which needs approvals of its own.
  @discardableResult
  package mutating func retry(job jobID: Int64, by username: String) -> StartedPipeline {
    let old = jobs[jobID]
    precondition(old.status.isFinished && old.environmentID != nil, "only a deploying job that has ended can be retried")
    let pipeline = pipelines[old.pipelineID]
    jobs[jobID].isRetried = true
    var new = Job(
      id: nextIDs.take(\.job), pipelineID: old.pipelineID, projectID: old.projectID, name: old.name, stage: old.stage,
      environmentID: old.environmentID, isManual: old.isManual, allowsFailure: old.allowsFailure, userID: user(named: username).id,
      createdAt: now, runsFor: runner.runsFor)
    new.retriesCount = old.retriesCount + 1
    jobs.insert(new)
    let deployment = makeDeployment(of: new, in: pipeline, user: new.userID)
    sendJobHook(new)
    if waitsForApproval(new) { move(new.id, to: .manual) } else { enqueue(new.id) }
    return StartedPipeline(pipelineID: pipeline.id, jobID: new.id, deploymentID: deployment.id)
  }
}

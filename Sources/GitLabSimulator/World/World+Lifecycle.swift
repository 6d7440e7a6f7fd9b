package import Calendar

extension World {
  /// Lets time pass: jobs that wait for a runner start, jobs whose time is over end, each at its own instant and in that order.
  package mutating func tick(at instant: Instant) {
    while let job = nextDueJob, let due = job.dueAt, due <= instant {
      now = due
      advance(job)
    }
    now = instant
    for user in users.all where user.deletedAt.map({ $0 <= instant }) ?? false { finishDeleting(user.id) }
  }

  /// When `tick(at:)` next has something to do.
  package var nextDue: Instant? { ([nextDueJob?.dueAt] + users.all.map(\.deletedAt)).compactMap { $0 }.min() }

  private var nextDueJob: Job? {
    jobs.all.lazy.filter { $0.dueAt != nil }.min { ($0.dueAt ?? now, $0.id) < ($1.dueAt ?? now, $1.id) }
  }

  private mutating func advance(_ job: Job) {
    let outer = cause
    cause = job.cause
    defer { cause = outer }
    switch job.status {
    case .pending: move(job.id, to: .running)
    case .running: end(job.id, job.ending)
    default: jobs[job.id].dueAt = nil
    }
  }

  private mutating func end(_ jobID: Int64, _ ending: Job.Ending) {
    switch ending {
    case .success: move(jobID, to: .success)
    case .failure: move(jobID, to: .failed, failureReason: "script_failure")
    }
    startNextStage(ofPipeline: jobs[jobID].pipelineID)
  }

  /// Ends a job that is pending or running, now.
  package mutating func finishJob(_ jobID: Int64, as ending: Job.Ending = .success) {
    cause = jobs[jobID].cause
    defer { cause = nil }
    if jobs[jobID].status == .pending { move(jobID, to: .running) }
    guard jobs[jobID].status == .running else { return }
    end(jobID, ending)
  }

  /// Gives a job to the runners. A user who may not deploy there has it dropped, approvals or not (facts E).
  mutating func enqueue(_ jobID: Int64) {
    let job = jobs[jobID]
    if let environment = environments.find(job.environmentID), !mayDeploy(users[job.userID], to: environment) {
      move(jobID, to: .failed, failureReason: "protected_environment_failure")
      return
    }
    jobs[jobID].cause = cause
    move(jobID, to: .pending)
  }

  /// One transition of a job with everything that hangs on it: its hook, its deployment, its pipeline.
  mutating func move(_ jobID: Int64, to status: Job.Status, failureReason: String? = nil) {
    var job = jobs[jobID]
    job.status = status
    job.failureReason = failureReason
    job.dueAt = nil
    switch status {
    case .pending:
      job.queuedAt = now
      job.dueAt = now + runner.picksUpAfter
    case .running:
      job.startedAt = now
      job.dueAt = job.runsFor.map { now + $0 }
    case .success, .failed, .canceled, .skipped: job.finishedAt = now
    // GitLab makes a job that waits for approvals a manual one (facts A.6).
    case .manual: job.isManual = true
    case .created: break
    }
    jobs[jobID] = job
    // GitLab sends nothing when a job becomes manual or skipped (facts A.6).
    if status != .manual, status != .skipped { sendJobHook(job) }
    if let deployment = deployment(ofJob: jobID), let next = Deployment.Status(rawValue: status == .manual ? "blocked" : status.rawValue) {
      move(deployment, to: next)
    }
    updatePipeline(job.pipelineID)
  }

  mutating func move(_ deployment: Deployment, to status: Deployment.Status) {
    guard deployment.status != status, deployment.status.mayBecome(status) else { return }
    deployments[deployment.id].status = status
    deployments[deployment.id].updatedAt = now
    switch status {
    case .success, .failed, .canceled:
      deployments[deployment.id].finishedAt = now
      sendDeploymentHook(deployments[deployment.id], status: status.rawValue)
    case .running: sendDeploymentHook(deployments[deployment.id], status: status.rawValue)
    case .blocked:
      if instance.release == .v19 { sendDeploymentHook(deployments[deployment.id], status: status.rawValue) }
    case .created, .skipped: break
    }
  }

  mutating func updatePipeline(_ pipelineID: Int64) {
    let next = compositeStatus(of: jobs(ofPipeline: pipelineID))
    guard pipelines[pipelineID].status != next else { return }
    pipelines[pipelineID].status = next
    pipelines[pipelineID].updatedAt = now
    if next == .running, pipelines[pipelineID].startedAt == nil { pipelines[pipelineID].startedAt = now }
    pipelines[pipelineID].finishedAt = next.isFinished ? now : nil
    sendPipelineHook(pipelines[pipelineID])
  }

  private func compositeStatus(of jobs: [Job]) -> Pipeline.Status {
    let required = jobs.filter { !$0.allowsFailure }
    if jobs.contains(where: { $0.status == .running }) { return .running }
    if jobs.contains(where: { $0.status == .pending }) { return jobs.contains { $0.status.isFinished } ? .running : .pending }
    if required.contains(where: { $0.status == .failed }) { return .failed }
    if required.contains(where: { $0.status == .canceled }) { return .canceled }
    if required.contains(where: { $0.status == .manual }) { return .manual }
    if jobs.allSatisfy({ $0.status == .created }) { return .created }
    if jobs.contains(where: { $0.status == .created }) { return .running }
    return jobs.allSatisfy { $0.status == .skipped } ? .skipped : .success
  }
}

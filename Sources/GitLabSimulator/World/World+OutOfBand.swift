internal import Calendar

/// What people do in GitLab's own pages while the gate looks elsewhere.
extension World {
  /// Approves or rejects a deployment in the user interface. Throws what GitLab would say.
  @discardableResult
  package mutating func decide(
    deployment deploymentID: Int64, _ status: Approval.Status, by username: String, comment: String? = nil, representedAs: String? = nil
  ) throws(APIError) -> Approval {
    try recordApproval(
      deploymentID: deploymentID, by: user(named: username), status: status, comment: comment, representedAs: representedAs)
  }

  /// Presses the play button of a manual job.
  package mutating func play(job jobID: Int64, by username: String) throws(APIError) { try play(jobs[jobID], by: user(named: username)) }

  mutating func play(_ job: Job, by user: User) throws(APIError) {
    let mayPlay = environments.find(job.environmentID).map { mayDeploy(user, to: $0) } ?? has(.developer, onProject: job.projectID, user)
    guard mayPlay else { throw .forbidden }
    guard isPlayable(job) else { throw .badRequest("400 Bad request - Unplayable Job") }
    note(.jobPlayed(job: job.id), by: user.id)
    jobs[job.id].userID = user.id
    enqueue(job.id)
  }

  package mutating func cancelPipeline(_ pipelineID: Int64) {
    for job in jobs(ofPipeline: pipelineID) where !job.status.isFinished { move(job.id, to: .canceled) }
  }

  /// The job will never run. GitLab sends no hook for this.
  package mutating func skipJob(_ jobID: Int64) { move(jobID, to: .skipped) }

  package mutating func deleteDeployment(_ deploymentID: Int64) { deployments.remove(deploymentID) }

  /// A deployment that something outside of CI records through the API: no job, and here neither a user nor a commit that GitLab knows.
  @discardableResult
  package mutating func recordDeployment(
    project projectID: Int64 = 30, environment name: String, status: Deployment.Status, sha: String? = nil, by username: String? = nil
  ) -> Int64 {
    let deployment = Deployment(
      id: nextIDs.take(\.deployment), iid: nextIDs.take(\.deploymentIID), projectID: projectID,
      environmentID: environment(named: name, project: projectID).id, jobID: nil, userID: username.map { user(named: $0).id }, ref: "main",
      sha: sha ?? random.commitID(), createdAt: now, updatedAt: now)
    deployments.insert(deployment)
    move(deployment, to: status)
    return deployment.id
  }

  /// A push without a pipeline: an authentic hook that no gate wants.
  package mutating func push(project projectID: Int64 = 30, by username: String) {
    sendPushHook(projects[projectID], by: user(named: username))
  }
}

/// What administrators do.
extension World {
  /// Takes all approval rules away; deployments that wait no longer need approvals.
  package mutating func relaxApprovalRules(environment name: String) {
    change(environment: name) {
      $0.approvalRules = []
      $0.requiredApprovalCount = 0
    }
  }

  package mutating func removeApprover(_ username: String, environment name: String) {
    let holder = Holder.user(user(named: username).id)
    change(environment: name) { $0.approvalRules.removeAll { $0.holder == holder } }
  }

  package mutating func removeFromAllowedToDeploy(_ username: String, environment name: String) {
    let holder = Holder.user(user(named: username).id)
    change(environment: name) { $0.deployAccess.removeAll { $0.holder == holder } }
  }

  package mutating func addApprovalRule(_ holder: Holder, requiredApprovals: Int64 = 1, environment name: String) {
    let rule = AccessRule(id: nextIDs.take(\.row), holder, requiredApprovals: requiredApprovals)
    change(environment: name) { $0.approvalRules.append(rule) }
  }

  package mutating func unprotect(environment name: String) {
    for protection in protections.all where protection.name == name { protections.remove(protection.id) }
  }

  package mutating func revokeTokens(of username: String) {
    let userID = user(named: username).id
    for token in tokens.all where token.userID == userID { tokens[token.id].isRevoked = true }
  }

  package mutating func block(_ username: String) { users[user(named: username).id].isBlocked = true }

  private mutating func change(environment name: String, _ edit: (inout ProtectedEnvironment) -> Void) {
    for protection in protections.all where protection.name == name { edit(&protections[protection.id]) }
  }
}

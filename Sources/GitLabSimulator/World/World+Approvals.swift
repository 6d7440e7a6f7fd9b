extension World {
  /// How many approvals are still missing; 0 where the environment is not protected. Read live: changed rules count at once.
  package func pendingApprovalCount(of deployment: Deployment) -> Int64 {
    let environment = environments[deployment.environmentID]
    let approved = approvals.all.filter { $0.deploymentID == deployment.id && $0.status == .approved }
    let rules = approvalRules(of: environment)
    if rules.isEmpty { return max(0, requiredCountWithoutRules(of: environment) - Int64(approved.count)) }
    return rules.reduce(0) { sum, rule in sum + max(0, rule.requiredApprovals - Int64(approved.count { $0.ruleID == rule.id })) }
  }

  /// The count of older releases, which counts only where there are no rules.
  private func requiredCountWithoutRules(of environment: Environment) -> Int64 {
    protections(of: environment).map(\.requiredApprovalCount).max() ?? 0
  }

  /// The checks of GitLab's approval service in GitLab's order (facts C.1), then the row and what follows from it (C.4, C.5).
  mutating func recordApproval(
    deploymentID: Int64, by user: User, status: Approval.Status, comment: String?, representedAs: String?
  ) throws(APIError) -> Approval {
    let deployment = deployments[deploymentID]
    let rule = try admittedRule(deployment: deployment, user: user, status: status, representedAs: representedAs)
    if let existing = approvals.all.first(where: { $0.deploymentID == deploymentID && $0.userID == user.id && $0.ruleID == rule?.id }) {
      guard existing.status != status else {
        note(.approvalRepeated(deployment: deploymentID, status: status), by: user.id)
        return existing
      }
      try validate(comment: comment)
      approvals[existing.id].status = status
      approvals[existing.id].comment = comment
      approvals[existing.id].updatedAt = now
      follow(approvals[existing.id], of: deployment)
      return approvals[existing.id]
    }
    try validate(comment: comment)
    let approval = Approval(
      id: nextIDs.take(\.approval), deploymentID: deploymentID, userID: user.id, ruleID: rule?.id, status: status, comment: comment,
      createdAt: now, updatedAt: now)
    approvals.insert(approval)
    follow(approval, of: deployment)
    return approval
  }

  /// The rule that the approval counts for; nil where only a count is required.
  private func admittedRule(
    deployment: Deployment, user: User, status: Approval.Status, representedAs: String?
  ) throws(APIError) -> AccessRule? {
    let environment = environments[deployment.environmentID]
    let rules = approvalRules(of: environment)
    guard !protections(of: environment).isEmpty else { throw .badRequest("This environment is not protected.") }
    if status == .approved, deployment.userID == user.id, !projects[deployment.projectID].allowsTriggererApproval {
      throw .badRequest(
        "You cannot approve your own deployment. This configuration can be adjusted in the protected environment settings.")
    }
    guard !rules.isEmpty || requiredCountWithoutRules(of: environment) > 0 else {
      throw .badRequest("Deployment approvals is not configured for this environment.")
    }
    guard pendingApprovalCount(of: deployment) > 0 else { throw .badRequest("This deployment is not waiting for approvals.") }
    let mine = approvalRules(of: environment, granting: user)
    guard rules.isEmpty ? mayDeploy(user, to: environment) : !mine.isEmpty else {
      throw .badRequest("You don't have permission to approve this deployment. Contact the project or group owner for help.")
    }
    guard let representedAs, !representedAs.isEmpty, !rules.isEmpty else { return mine.first }
    guard let rule = mine.first(where: { displayName(of: $0.holder).contains(representedAs) }) else {
      throw .badRequest(
        "There are no approval rules for the given `represent_as` parameter. Use a valid User/Group/Role name instead.")
    }
    return rule
  }

  private func validate(comment: String?) throws(APIError) {
    guard let comment, comment.unicodeScalars.count > Limits.commentCharacters else { return }
    throw .badRequest(messages: ["Comment is too long (maximum is \(Limits.commentCharacters) characters)"])
  }

  private mutating func follow(_ approval: Approval, of deployment: Deployment) {
    note(
      .approvalRecorded(deployment: deployment.id, rule: approval.ruleID, status: approval.status, comment: approval.comment),
      by: approval.userID)
    sendApprovalHook(approval, of: deployment)
    guard let job = jobs.find(deployment.jobID) else { return }
    switch approval.status {
    case .rejected:
      guard !job.status.isFinished else { return }
      note(.jobRejected(job: job.id), by: approval.userID)
      move(job.id, to: .failed, failureReason: "deployment_rejected")
    case .approved:
      // With rules GitLab leaves the job manual: somebody who may deploy has to play it.
      guard approvalRules(of: environments[deployment.environmentID]).isEmpty, job.status == .manual else { return }
      guard pendingApprovalCount(of: deployment) == 0 else { return }
      note(.jobStartedByApproval(job: job.id), by: approval.userID)
      enqueue(job.id)
    }
  }
}

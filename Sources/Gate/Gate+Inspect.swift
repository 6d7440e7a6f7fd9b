internal import Calendar
package import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Takes in what GitLab's API says of a deployment: opens its change request if approvals are pending, or moves the change on.
  package func apply(_ facts: DeploymentFacts, by source: DeploymentRecord.Source, requestID: String, in transaction: Transaction) throws {
    let id = try transaction.meet(
      facts.identity, status: facts.status, environment: facts.environment, tier: facts.tier, project: facts.project, jobID: facts.job?.id,
      by: source
    ).id
    let known = try transaction.deployment(id: id)
    try transaction.update(deployment: id, with: facts)
    if var record = try transaction.change(deployment: id) {
      try noteApprovals(facts, known: known?.approvals ?? [], change: record.change, in: transaction)
      try follow(facts, in: &record, wasKnown: known, transaction: transaction)
    } else {
      try openChange(facts, deployment: id, requestID: requestID, in: transaction)
    }
  }

  /// GitLab holds the deployment for approvals (`pending_approval_count` above zero) and a service gates it. A plain manual job is blocked
  /// too, with nothing pending: it is nobody's change.
  private func openChange(_ facts: DeploymentFacts, deployment id: Int64, requestID: String, in transaction: Transaction) throws {
    guard facts.status == .blocked, facts.pendingApprovals > 0, let deployment = try transaction.deployment(id: id),
      let service = plan.service(
        instance: facts.identity.instance, project: facts.identity.project, path: deployment.projectPath,
        environment: deployment.environment,
        tier: deployment.tier)
    else { return }
    let workflow = plan.workflows[service.workflow] ?? .simple
    let change = try transaction.insertChange(deployment: id, service: service, workflow: workflow, sha: facts.sha)
    try transaction.audit(
      .changeOpened, actor: Gate.ourselves, change: change.id,
      detail: [
        "service": .string(service.id), "policy": .string(service.policy),
        "policy_digest": .optional(plan.policies[service.policy].map(digest)), "workflow": .string(workflow.name),
        "status": .string(change.status),
        "gate": .string(change.gate.rawValue), "instance": .string(facts.identity.instance), "project": .integer(facts.identity.project),
        "deployment": .integer(facts.identity.deployment), "environment": .string(facts.environment), "sha": .string(facts.sha),
        "requested_by": .optional(facts.triggerer?.username), "learned_by": .string(deployment.firstSeenBy.rawValue),
        "request_id": .string(requestID),
      ])
    try askAhead(of: change, deployment: deployment, requestID: requestID, in: transaction)
    try reconsider(change.id, because: "the policy in force", isAnew: true, requestID: requestID, in: transaction)
  }

  /// Approvals given in GitLab itself, by others than our account: recorded, never overwritten.
  private func noteApprovals(
    _ facts: DeploymentFacts, known: [RecordedApproval], change: ChangeRequest, in transaction: Transaction
  ) throws {
    let ourselves = try transaction.instance(named: facts.identity.instance)?.userID
    for approval in facts.approvals where !isOurs(approval, of: change, account: ourselves) {
      guard !known.contains(where: { $0.person.id == approval.person.id && $0.status == approval.status }) else { continue }
      try transaction.audit(
        .recordedInGitLab, actor: "gitlab:\(approval.person.username)", change: change.id,
        detail: ["status": .string(approval.status.rawValue), "comment": .optional(approval.comment)])
    }
  }

  /// By our account. Only before that is known by the comment, which begins with the change's key: anybody could write it.
  func isOurs(_ approval: RecordedApproval, of change: ChangeRequest, account: Int64?) -> Bool {
    if let account { return approval.person.id == account }
    guard let comment = approval.comment, comment.hasPrefix(change.key) else { return false }
    return comment.dropFirst(change.key.count).first?.isNumber != true
  }

  private func follow(
    _ facts: DeploymentFacts, in record: inout ChangeRecord, wasKnown known: DeploymentRecord?, transaction: Transaction
  ) throws {
    var change = record.change
    let before = change
    let wasAwaiting = change.gate == .awaiting
    let ourselves = try transaction.instance(named: facts.identity.instance)?.userID
    let others = facts.approvals.filter { !isOurs($0, of: change, account: ourselves) }
    let turn = takeStep(facts, others: others, change: &change, at: transaction.now)
    if wasAwaiting, change.gate == .awaiting, facts.status == .blocked || facts.status == .created, facts.pendingApprovals == 0 {
      change.outOfBand = true
    }
    if before.gate == .prevented, facts.status == .running || facts.status == .success { change.outOfBand = true }

    // What people read of the deployment moved: a new revision, or their ETag would stand for two different texts.
    let deploymentMoved =
      known?.status != facts.status || known?.job?.status != facts.job?.status || known?.approvals != facts.approvals
      || known?.pendingApprovals != facts.pendingApprovals
    guard change != before || deploymentMoved else { return }
    try transaction.update(&change)
    record.change = change
    let hasBegun = facts.status == .running && known?.status != .running
    try audit(turn, hasBegun: hasBegun, of: change, before: before, facts: facts, others: others, in: transaction)
  }

  /// The workflow's step for what the deployment did, if it did anything.
  private func takeStep(
    _ facts: DeploymentFacts, others: [RecordedApproval], change: inout ChangeRequest, at now: Instant
  ) -> ChangeRequest.Turn? {
    let workflow = workflow(of: change)
    switch facts.status {
    case .created, .blocked: return nil
    case .running, .success:
      let outcome: Workflow.DeploymentOutcome = facts.status == .running ? .running : .success
      let ranBeforeDecision = change.gate == .awaiting
      let turn = change.follow(.deployment(outcome), in: workflow, at: now)
      if ranBeforeDecision {
        change.outOfBand = true
        change.invalidate(at: now)
      }
      return turn
    case .failed:
      // GitLab fails the deployment of a job that was rejected there (C.4): that is a decision of others, not a broken deployment.
      if change.gate == .awaiting, others.contains(where: { $0.status == .rejected }) {
        change.outOfBand = true
        return change.follow(.rejection, in: workflow, at: now)
      }
      return change.follow(.deployment(.failed), in: workflow, at: now)
    case .canceled, .skipped:
      return change.follow(.deployment(.canceled), in: workflow, at: now)
    }
  }

  /// - Parameter hasBegun: the deployment runs, and did not when it was last looked at.
  private func audit(
    _ turn: ChangeRequest.Turn?, hasBegun: Bool, of change: ChangeRequest, before: ChangeRequest, facts: DeploymentFacts,
    others: [RecordedApproval], in transaction: Transaction
  ) throws {
    if change.outOfBand, !before.outOfBand {
      try transaction.audit(
        .outOfBand, actor: others.last.map { "gitlab:\($0.person.username)" } ?? "gitlab", change: change.id,
        detail: [
          "deployment_status": .string(facts.status.rawValue), "pending_approvals": .integer(Int64(facts.pendingApprovals)),
          "approved_in_gitlab_by": .array(others.map { .string($0.person.username) }),
        ])
    }
    if change.gate != before.gate {
      try transaction.audit(
        .gateTurned, actor: Gate.ourselves, change: change.id,
        detail: [
          "gate": .string(change.gate.rawValue), "from": .string(before.status), "to": .string(change.status),
          "because": .string(Gate.words(for: facts.status)), "out_of_band": .bool(change.outOfBand),
        ])
    } else if let turn {
      try transaction.audit(
        .statusChanged, actor: Gate.ourselves, change: change.id,
        detail: [
          "from": .string(turn.from), "to": .string(turn.to), "transition": .string(turn.transition),
          "because": .string(Gate.words(for: facts.status)),
        ])
    } else if hasBegun, change.gate == .allowed {
      // A workflow need not have a step for it. That it has run counts all the same, whatever becomes of it (`changeLetThrough`).
      try transaction.audit(
        .statusChanged, actor: Gate.ourselves, change: change.id,
        detail: ["from": .string(change.status), "to": .string(change.status), "because": .string(Gate.words(for: facts.status))])
    }
  }

  /// What the audit log has as the reason for what a deployment brought about.
  static func words(for status: DeploymentStatus) -> String { "GitLab says the deployment is \(status.rawValue)" }

  /// GitLab has no such deployment any more: an awaiting gate becomes `invalid`.
  package func lose(deployment id: Int64, reason: String, in transaction: Transaction) throws {
    try transaction.noteGone(deployment: id)
    guard let record = try transaction.change(deployment: id) else { return }
    var change = record.change
    let before = change
    if change.gate == .awaiting {
      _ = change.follow(.deployment(.canceled), in: workflow(of: change), at: transaction.now)
      change.gate = .invalid
      change.decidedAt = transaction.now
    }
    change.closedAt = change.closedAt ?? transaction.now
    guard change != before else { return }
    try transaction.update(&change)
    try transaction.audit(
      change.gate == before.gate ? .statusChanged : .gateTurned, actor: Gate.ourselves, change: change.id,
      detail: [
        "gate": .string(change.gate.rawValue), "from": .string(before.status), "to": .string(change.status), "because": .string(reason),
      ])
  }
}

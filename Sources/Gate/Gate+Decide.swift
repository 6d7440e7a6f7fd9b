package import ChangeControl
internal import JSON
package import Storage

/// One person's yes or no, as it was sent.
package struct DecisionRequest: Sendable {
  package var key: String
  package var status: ApprovalStatus
  package var comment: String?
  package var representedAs: String?
  /// The revision that the person has seen (`If-Match`); nil when they do not insist.
  package var expectedRevision: Int64?
  package var requestID: String

  package init(
    key: String, status: ApprovalStatus, comment: String?, representedAs: String?, expectedRevision: Int64?, requestID: String
  ) {
    self.key = key
    self.status = status
    self.comment = comment
    self.representedAs = representedAs
    self.expectedRevision = expectedRevision
    self.requestID = requestID
  }
}

extension Gate {
  /// Records one person's approval or rejection and, if the gate turns by it, owes GitLab the callback: all in this transaction.
  ///
  /// Throws `Refusal` when a rule says no. The same yes again is no new decision: nothing is written.
  package func decide(_ request: DecisionRequest, by actor: Actor, in transaction: Transaction) throws -> ChangeView {
    let record = try record(request.key, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    try checkIsWaiting(record.change, revision: request.expectedRevision)
    guard let policy = plan.policies[record.change.policy] else { throw Refusal.missingPolicy(record.change) }
    try checkEligible(request, actor: actor, record: record, policy: policy)

    let standing = try transaction.approvals(change: record.change.id).first { sameUser($0.user, actor.user) }
    if let standing, standing.status == request.status, standing.representedAs == request.representedAs {
      return try view(record.change.id, in: transaction)
    }
    if let standing { try transaction.endApproval(change: record.change.id, user: standing.user, by: "replaced") }
    let approval = Approval(
      user: actor.user, status: request.status, comment: request.comment, representedAs: request.representedAs, createdAt: transaction.now)
    try transaction.insert(approval, change: record.change.id)
    try transaction.audit(
      .approvalRecorded, actor: actor.user, change: record.change.id,
      detail: [
        "status": .string(request.status.rawValue), "comment": .optional(request.comment),
        "represented_as": .optional(request.representedAs),
        "replaces": .optional(standing?.status.rawValue), "revision_seen": .optional(request.expectedRevision),
        "sha": .string(record.change.sha), "request_id": .string(request.requestID),
      ])
    try turnIfDecided(record, because: actor.user, requestID: request.requestID, in: transaction)
    return try view(record.change.id, in: transaction)
  }

  /// Takes one's own yes or no back while it still counts. Throws `Refusal` (404) when there is none.
  package func withdraw(
    key: String, expectedRevision: Int64?, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try record(key, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    guard let standing = try transaction.approvals(change: record.change.id).first(where: { sameUser($0.user, actor.user) }) else {
      throw Refusal(
        .notFound, "nothing_to_withdraw",
        "you have no approval or rejection on \(record.change.key) that counts; there is nothing to withdraw")
    }
    try checkIsWaiting(record.change, revision: expectedRevision)
    try transaction.endApproval(change: record.change.id, user: standing.user, by: "withdrawn")
    try transaction.audit(
      .approvalWithdrawn, actor: actor.user, change: record.change.id,
      detail: ["status": .string(standing.status.rawValue), "request_id": .string(requestID)])
    var change = record.change
    try transaction.update(&change)
    return try view(change.id, in: transaction)
  }

  package func comment(
    _ text: String, key: String, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try record(key, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    try transaction.insertComment(text, user: actor.user, change: record.change.id)
    try transaction.audit(
      .commented, actor: actor.user, change: record.change.id, detail: ["comment": .string(text), "request_id": .string(requestID)])
    var change = record.change
    try transaction.update(&change)
    return try view(change.id, in: transaction)
  }

  /// Looks at a waiting change again with nothing new said: a policy that was relaxed, a group that has grown.
  package func reconsider(_ id: Int64, because reason: String, in transaction: Transaction) throws {
    guard let record = try transaction.change(id: id), record.change.gate == .awaiting else { return }
    let approvals = try transaction.approvals(change: id)
    guard !approvals.isEmpty, let evaluation = evaluate(record, approvals: approvals), trigger(evaluation, record.change) != nil else {
      return
    }
    try turnIfDecided(record, because: reason, requestID: reason, in: transaction)
  }

  private func checkIsWaiting(_ change: ChangeRequest, revision: Int64?) throws(Refusal) {
    guard change.gate == .awaiting else { throw .notWaiting(change) }
    if let revision, revision != change.revision { throw .staleRevision(change) }
  }

  private func checkEligible(_ request: DecisionRequest, actor: Actor, record: ChangeRecord, policy: Policy) throws(Refusal) {
    let facts = EvaluationFacts(
      policy: policy, groups: plan.groups, requester: record.deployment.triggerer?.username, approvals: [])
    if request.status == .approved, policy.preventSelfApproval, let requester = facts.requester, sameUser(requester, actor.user) {
      throw .ownDeployment(record.change, policy: policy)
    }
    guard !facts.rules(for: actor.user, representedAs: nil).isEmpty else {
      throw .notEligible(actor.user, change: record.change, policy: policy)
    }
    if let name = request.representedAs, facts.rules(for: actor.user, representedAs: name).isEmpty {
      throw .notRepresenting(name, user: actor.user, policy: policy)
    }
    let needsComment =
      policy.commentRequired == .always || (policy.commentRequired == .onRejection && request.status == .rejected)
    if needsComment, request.comment?.isEmpty ?? true { throw .commentRequired(policy) }
  }

  /// Evaluates and, when the verdict is in, turns the gate and writes the callback plan beside it.
  private func turnIfDecided(_ record: ChangeRecord, because cause: String, requestID: String, in transaction: Transaction) throws {
    var change = record.change
    let approvals = try transaction.approvals(change: change.id)
    guard let policy = plan.policies[change.policy], let evaluation = evaluate(record, approvals: approvals) else {
      throw Refusal.missingPolicy(change)
    }
    guard let trigger = trigger(evaluation, change) else {
      try transaction.update(&change)
      return
    }
    guard let turn = change.follow(trigger, in: workflow(of: change), at: transaction.now) else {
      throw Refusal(
        .conflict, "no_transition",
        "workflow \(change.workflow) has no way on from \(change.status) for this decision; an administrator must mend the workflow")
    }
    try transaction.update(&change)
    try transaction.audit(
      change.gate == .awaiting ? .statusChanged : .gateTurned, actor: Gate.ourselves, change: change.id,
      detail: [
        "gate": .string(change.gate.rawValue), "from": .string(turn.from), "to": .string(turn.to), "because": .string(cause),
        "policy": .string(policy.name), "policy_digest": .string(digest(of: policy)), "sha": .string(change.sha),
        "evaluation": evaluation.root.json,
      ])
    guard change.gate != .awaiting else { return }
    try oweCallbacks(of: change, deployment: record.deployment, requestID: requestID, in: transaction)
  }

  /// What an evaluation moves a change by: an approval only where the workflow asks for one.
  private func trigger(_ evaluation: Evaluation, _ change: ChangeRequest) -> Workflow.Trigger? {
    switch evaluation.verdict {
    case .waiting: nil
    case .allowed: workflow(of: change).reviews.contains(change.status) ? .approval : nil
    case .rejected: .rejection
    }
  }

  /// The plan: approve, then play; or reject. Each row is due when the one before it is delivered.
  func oweCallbacks(
    of change: ChangeRequest, deployment: DeploymentRecord, requestID: String, in transaction: Transaction
  ) throws {
    let instance = deployment.identity.instance
    guard change.gate == .allowed else {
      _ = try transaction.insertCallback(
        .reject, change: change.id, deployment: deployment.id, instance: instance, after: nil, requestID: requestID)
      return
    }
    let approve = try transaction.insertCallback(
      .approve, change: change.id, deployment: deployment.id, instance: instance, after: nil, requestID: requestID)
    guard plan.instance(named: instance)?.playsAfterApproval ?? false else { return }
    _ = try transaction.insertCallback(
      .play, change: change.id, deployment: deployment.id, instance: instance, after: approve, requestID: requestID)
  }

  func record(_ key: String, in reading: Reading) throws -> ChangeRecord {
    guard let id = ChangeRequest.id(fromKey: key), let record = try reading.change(id: id) else { throw Refusal.unknownChange(key) }
    return record
  }
}

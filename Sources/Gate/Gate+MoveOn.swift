internal import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Looks at a waiting change again with nothing new said: a policy that was relaxed, a group that has grown, a freeze that has ended.
  package func reconsider(_ id: Int64, because reason: String, in transaction: Transaction) throws {
    guard let record = try transaction.change(id: id), record.change.gate == .awaiting else { return }
    let approvals = try transaction.approvals(change: id)
    guard let evaluation = try evaluate(record, approvals: approvals, in: transaction) else { return }
    try ask(evaluation.questions, about: record, requestID: record.change.key, in: transaction)
    let isStill = evaluation.verdict == .waiting && !movesOn(record.change, evaluation) && evaluation.changesAt == record.change.lookAt
    if isStill { return }
    try moveOn(record, because: reason, requestID: reason, in: transaction)
  }

  /// Takes every step along the workflow that the policy allows now, and notes when to look again. A change whose approval step is passed goes on
  /// to the next status; a gate that turns by it owes GitLab its callbacks, written beside it.
  func moveOn(_ record: ChangeRecord, because cause: String, requestID: String, in transaction: Transaction) throws {
    var record = record
    let approvals = try transaction.approvals(change: record.change.id)
    for _ in workflow(of: record.change).statuses {
      guard let policy = plan.policies[record.change.policy],
        let evaluation = try evaluate(record, approvals: approvals, in: transaction)
      else { throw Refusal.missingPolicy(record.change) }
      record.change.lookAt = evaluation.changesAt
      guard let trigger = trigger(for: record.change, evaluation) else {
        try ask(evaluation.questions, about: record, requestID: requestID, in: transaction)
        break
      }
      try take(trigger, record: &record, policy: policy, evaluation: evaluation, because: cause, requestID: requestID, in: transaction)
      guard record.change.gate == .awaiting else { return }
    }
    try transaction.update(&record.change)
  }

  /// What an evaluation moves a change by, if by anything.
  private func trigger(for change: ChangeRequest, _ evaluation: Evaluation) -> Workflow.Trigger? {
    switch evaluation.verdict {
    case .rejected: .rejection
    case .expired: .expiry
    case .allowed, .waiting: movesOn(change, evaluation) ? .approval : nil
    }
  }

  /// Whether the open approval step is passed, and nothing holds what it leads to. Only a gate is held by freezes and times: a status that still
  /// awaits is not.
  private func movesOn(_ change: ChangeRequest, _ evaluation: Evaluation) -> Bool {
    let workflow = workflow(of: change)
    guard let target = workflow.transition(from: change.status, on: .approval).flatMap({ workflow.status(named: $0.to) }) else {
      return false
    }
    return target.gate == .awaiting ? evaluation.passesStep : evaluation.verdict == .allowed
  }

  private func take(
    _ trigger: Workflow.Trigger, record: inout ChangeRecord, policy: Policy, evaluation: Evaluation, because cause: String,
    requestID: String, in transaction: Transaction
  ) throws {
    var change = record.change
    guard let turn = change.follow(trigger, in: workflow(of: change), at: transaction.now) else {
      throw Refusal(
        .conflict, "no_transition",
        "workflow \(change.workflow) has no way on from \(change.status) for this decision; an administrator must mend the workflow")
    }
    if trigger == .approval { change.stepsPassed.append(turn.from) }
    if change.gate != .awaiting { change.lookAt = nil }
    try transaction.update(&change)
    var detail: JSONObject = [
      "gate": .string(change.gate.rawValue), "from": .string(turn.from), "to": .string(turn.to), "because": .string(cause),
      "policy": .string(policy.name), "policy_digest": .string(digest(of: policy)), "sha": .string(change.sha),
      "evaluation": evaluation.root.json,
    ]
    if change.gate == .awaiting { detail["transition"] = .string(turn.transition) }
    try transaction.audit(
      change.gate == .awaiting ? .statusChanged : .gateTurned, actor: Gate.ourselves, change: change.id, detail: .object(detail))
    record.change = change
    guard change.gate != .awaiting else { return }
    try oweCallbacks(of: change, by: trigger, policy: policy, deployment: record.deployment, requestID: requestID, in: transaction)
  }

  /// The plan: approve, then play; or reject. Each row is due when the one before it is delivered. What ended with nobody's no is told to GitLab
  /// as the policy says.
  func oweCallbacks(
    of change: ChangeRequest, by trigger: Workflow.Trigger, policy: Policy, deployment: DeploymentRecord, requestID: String,
    in transaction: Transaction
  ) throws {
    let instance = deployment.identity.instance
    guard change.gate == .allowed else {
      let isTold = trigger == .expiry ? policy.whenExpired == .reject : true
      guard isTold else { return }
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
}

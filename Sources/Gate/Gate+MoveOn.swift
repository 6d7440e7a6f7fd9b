internal import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Looks at a waiting change again with nothing new said: a policy that was relaxed, a group that has grown, a freeze that has ended.
  package func reconsider(_ id: Int64, because reason: String, in transaction: Transaction) throws {
    guard let record = try transaction.change(id: id), record.change.gate == .awaiting else { return }
    let approvals = try transaction.approvals(change: id)
    guard let evaluation = try evaluate(record, approvals: approvals, in: transaction) else {
      // The configuration has lost its policy. Once that is back the sweep looks again.
      if record.change.lookAt != nil { try transaction.noteLook(at: nil, change: id) }
      return
    }
    try ask(evaluation.questions, about: record, requestID: record.change.key, in: transaction)
    guard trigger(for: record.change, evaluation) != nil else {
      if evaluation.changesAt != record.change.lookAt { try transaction.noteLook(at: evaluation.changesAt, change: id) }
      return
    }
    try moveOn(record, because: reason, requestID: reason, in: transaction)
  }

  /// Takes every step along the workflow that the policy allows now, and notes when to look again. A change whose approval step is passed goes on
  /// to the next status; a gate that turns by it owes GitLab its callbacks, written beside it.
  func moveOn(_ record: ChangeRecord, because cause: String, requestID: String, in transaction: Transaction) throws {
    var record = record
    let (lookAt, revision) = (record.change.lookAt, record.change.revision)
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
    if record.change.revision == revision { return try transaction.update(&record.change) }
    if record.change.lookAt != lookAt { try transaction.noteLook(at: record.change.lookAt, change: record.change.id) }
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
    guard let turn = record.change.follow(trigger, in: workflow(of: record.change), at: transaction.now) else {
      throw Refusal.noWayOn(record.change)
    }
    if trigger == .approval { record.change.stepsPassed.append(turn.from) }
    let told: EndWithoutRejection = trigger == .expiry ? policy.whenExpired : .reject
    try conclude(
      turn, record: &record, policy: policy, evaluation: evaluation, because: cause, told: told, requestID: requestID, in: transaction)
  }

  /// Writes a step along the workflow down: the change, its audit entry and, if the gate turned by it, what GitLab is owed.
  ///
  /// - Parameter told: what GitLab is told if the gate is `prevented`.
  func conclude(
    _ turn: ChangeRequest.Turn, record: inout ChangeRecord, policy: Policy, evaluation: Evaluation, because cause: String,
    told: EndWithoutRejection = .reject, requestID: String, in transaction: Transaction
  ) throws {
    if record.change.gate != .awaiting { record.change.lookAt = nil }
    try transaction.update(&record.change)
    let change = record.change
    try transaction.audit(
      turn.gateTurned ? .gateTurned : .statusChanged, actor: Gate.ourselves, change: change.id,
      detail: [
        "gate": .string(change.gate.rawValue), "from": .string(turn.from), "to": .string(turn.to), "transition": .string(turn.transition),
        "because": .string(cause), "policy": .string(policy.name), "policy_digest": .string(digest(of: policy)),
        "sha": .string(change.sha), "evaluation": evaluation.root.json,
      ])
    guard turn.gateTurned else { return }
    try follow(turnOf: record, told: told, requestID: requestID, in: transaction)
  }

  /// What a gate that has just turned brings with it: what GitLab is owed, and the end of what waits behind it.
  func follow(turnOf record: ChangeRecord, told: EndWithoutRejection = .reject, requestID: String, in transaction: Transaction) throws {
    try oweCallbacks(of: record.change, told: told, deployment: record.deployment, requestID: requestID, in: transaction)
    if record.change.gate == .allowed { try supersede(olderThan: record, requestID: requestID, in: transaction) }
  }

  /// Ends the older changes that still wait for the same environment, where their policies want it: let through later, they would bring an older
  /// version back.
  private func supersede(olderThan newer: ChangeRecord, requestID: String, in transaction: Transaction) throws {
    for var older in try transaction.waitingChanges(olderThan: newer.deployment) {
      guard let policy = plan.policies[older.change.policy], policy.supersedesOlder,
        let evaluation = try evaluate(older, approvals: transaction.approvals(change: older.change.id), in: transaction),
        let turn = older.change.follow(.supersession, in: workflow(of: older.change), at: transaction.now)
      else { continue }
      try conclude(
        turn, record: &older, policy: policy, evaluation: evaluation, because: "\(newer.change.key) was let through",
        told: policy.whenSuperseded, requestID: requestID, in: transaction)
    }
  }

  /// The plan: approve, then play; or reject. Each row is due when the one before it is delivered. What ended with nobody's no is told to GitLab
  /// as the policy says.
  private func oweCallbacks(
    of change: ChangeRequest, told: EndWithoutRejection, deployment: DeploymentRecord, requestID: String, in transaction: Transaction
  ) throws {
    let instance = deployment.identity.instance
    func owe(_ step: CallbackStep, after: Int64? = nil) throws -> Int64 {
      try transaction.insertCallback(
        step, change: change.id, deployment: deployment.id, instance: instance, after: after, requestID: requestID)
    }
    guard change.gate == .allowed else {
      switch told {
      case .leave: return
      case .reject: _ = try owe(.reject)
      case .cancelJob: _ = try owe(.cancel)
      }
      return
    }
    let approve = try owe(.approve)
    guard plan.instance(named: instance)?.playsAfterApproval ?? false else { return }
    _ = try owe(.play, after: approve)
  }
}

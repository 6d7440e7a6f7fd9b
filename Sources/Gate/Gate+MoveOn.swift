internal import Calendar
internal import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Looks at a waiting change again with nothing new said: a policy that was relaxed, a group that has grown, a freeze that has ended.
  ///
  /// - Parameters:
  ///   - isAnew: see `ask`.
  ///   - requestID: of whatever made it look: what is owed or asked by it has the same; nil for the change's key.
  package func reconsider(
    _ id: Int64, because reason: String, isAnew: Bool = false, requestID: String?, in transaction: Transaction
  ) throws {
    guard var record = try transaction.change(id: id), record.change.gate == .awaiting else { return }
    let requestID = requestID ?? record.change.key
    record = try adopt(record, requestID: requestID, in: transaction)
    if try supersedeIfLate(record, requestID: requestID, in: transaction) { return }
    let approvals = try transaction.approvals(change: id)
    guard let evaluation = try evaluate(record, approvals: approvals, in: transaction) else {
      // Its policy is lost. It comes back with a new configuration, never with time.
      return try noteLook(at: nil, of: record.change, in: transaction)
    }
    try ask(evaluation.questions, about: record, isAnew: isAnew, requestID: requestID, in: transaction)
    guard trigger(for: record.change, evaluation) != nil else {
      return try noteLook(at: evaluation.changesAt, of: record.change, in: transaction)
    }
    try moveOn(record, because: reason, isAnew: isAnew, requestID: requestID, in: transaction)
  }

  /// A freeze has begun or ended, a deadline was moved: what people read of the change is another text, so it has another revision, unless this
  /// moment has given it one already.
  private func noteLook(at instant: Instant?, of change: ChangeRequest, in transaction: Transaction) throws {
    guard instant != change.lookAt else { return }
    var change = change
    change.lookAt = instant
    if change.updatedAt == transaction.now {
      try transaction.noteLook(at: instant, change: change.id)
    } else {
      try transaction.update(&change)
    }
  }

  /// Takes every step along the workflow that the policy allows now, and notes when to look again. A change whose approval step is passed goes on
  /// to the next status; a gate that turns by it owes GitLab its callbacks, written beside it.
  func moveOn(
    _ record: ChangeRecord, because cause: String, isAnew: Bool = true, requestID: String, in transaction: Transaction
  ) throws {
    if try supersedeIfLate(record, requestID: requestID, in: transaction) { return }
    var record = record
    let (lookAt, revision) = (record.change.lookAt, record.change.revision)
    for _ in workflow(of: record.change).statuses {
      let approvals = try transaction.approvals(change: record.change.id)
      guard let policy = plan.policies[record.change.policy],
        let evaluation = try evaluate(record, approvals: approvals, in: transaction)
      else { throw Refusal.missingPolicy(record.change) }
      record.change.lookAt = evaluation.changesAt
      guard let trigger = trigger(for: record.change, evaluation) else {
        try ask(evaluation.questions, about: record, isAnew: isAnew, requestID: requestID, in: transaction)
        break
      }
      try take(trigger, record: &record, policy: policy, evaluation: evaluation, because: cause, requestID: requestID, in: transaction)
      guard record.change.gate == .awaiting else { return }
    }
    if record.change.revision == revision { return try transaction.update(&record.change) }
    if record.change.lookAt != lookAt { try transaction.noteLook(at: record.change.lookAt, change: record.change.id) }
  }

  private func trigger(for change: ChangeRequest, _ evaluation: Evaluation) -> Workflow.Trigger? {
    workflow(of: change).trigger(from: change.status, by: evaluation)
  }

  private func take(
    _ trigger: Workflow.Trigger, record: inout ChangeRecord, policy: Policy, evaluation: Evaluation, because cause: String,
    requestID: String, in transaction: Transaction
  ) throws {
    guard let turn = record.change.follow(trigger, in: workflow(of: record.change), at: transaction.now) else {
      throw Refusal.noWayOn(record.change)
    }
    if trigger == .approval { record.change.stepsPassed.append(turn.from) }
    // Also one that the review before it leads back to.
    if record.change.gate == .awaiting, workflow(of: record.change).isReview(turn.to) {
      try askAnew(turn.to, of: &record.change, in: transaction)
    }
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
        "sha": .string(change.sha), "evaluation": evaluation.root.json, "request_id": .string(requestID),
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
    for older in try transaction.waitingChanges(olderThan: newer.deployment) {
      try supersede(older, by: newer.change.id, requestID: requestID, in: transaction)
    }
    // A gate that was opened stays open; what GitLab has not been told of it is given up when it is claimed (`withholding`).
    try transaction.bringForward(olderThan: newer.deployment)
  }

  /// The same for a change of a deployment that a newer one has overtaken: it was learned of later, or its policy ends older ones only since the
  /// newer was let through. Returns whether it is over by that.
  private func supersedeIfLate(_ record: ChangeRecord, requestID: String, in transaction: Transaction) throws -> Bool {
    guard let newer = try overtaking(record, in: transaction) else { return false }
    try supersede(record, by: newer, requestID: requestID, in: transaction)
    return try transaction.change(id: record.change.id)?.change.gate != .awaiting
  }

  /// The change of a newer deployment after which the policy lets this one not go any more.
  func overtaking(_ record: ChangeRecord, in reading: Reading) throws -> Int64? {
    guard plan.policies[record.change.policy]?.supersedesOlder ?? false else { return nil }
    return try reading.changeLetThrough(newerThan: record.deployment, unlessEndedBefore: Gate.words(for: .running))
  }

  private func supersede(_ older: ChangeRecord, by newer: Int64, requestID: String, in transaction: Transaction) throws {
    var older = try adopt(older, requestID: requestID, in: transaction)
    guard let policy = plan.policies[older.change.policy], policy.supersedesOlder,
      let evaluation = try evaluate(older, approvals: transaction.approvals(change: older.change.id), in: transaction),
      let turn = older.change.follow(.supersession, in: workflow(of: older.change), at: transaction.now)
    else { return }
    try conclude(
      turn, record: &older, policy: policy, evaluation: evaluation, because: "\(ChangeRequest.key(newer)) was let through",
      told: policy.whenSuperseded, requestID: requestID, in: transaction)
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

package import Calendar
package import ChangeControl
internal import JSON
package import Storage

/// A row of the outbox taken for one attempt, and what to do for it.
package struct Claim: Sendable {
  package var callback: CallbackRecord
  package var instruction: Instruction
  package var claimedAt: Instant
}

extension Gate {
  /// How long an attempt may take before somebody else may try: longer than the longest conversation that acts (six exchanges of 30 seconds). A
  /// list of many pages may take longer; see `settle`.
  package static let lease: Duration = .seconds(240)

  /// Whether there is anything to claim now. Asked after every write, on a reader.
  ///
  /// - Parameter questions: whether there is room for one.
  package func hasDue(instance: String, questions: Bool = true, in reading: Reading) throws -> Bool {
    try pause(of: instance, in: reading) == nil && reading.hasDueCallback(instance: instance, questions: questions)
  }

  /// When there will be something to claim; nil when nothing waits. While GitLab wants quiet that alone counts: looking for what is due costs the
  /// more the more waits, and a burst of webhooks asks each time for nothing.
  package func nextDue(instance: String, questions: Bool = true, in reading: Reading) throws -> Instant? {
    try pause(of: instance, in: reading) ?? reading.nextDue(instance: instance, questions: questions)
  }

  /// Until when GitLab wants quiet; nil when it does not.
  private func pause(of instance: String, in reading: Reading) throws -> Instant? {
    try reading.instance(named: instance)?.pausedUntil.flatMap { reading.now < $0 ? $0 : nil }
  }

  /// Takes what is due for an instance, at most `limit` rows. Before an approval or a start goes out the gate is evaluated once more: a decision that
  /// no longer stands (an approver has left the group) is held, not delivered; see `withholding`.
  ///
  /// - Parameter questions: how many of them may be questions. GitLab may take its time over many of those, and a decision must not wait behind.
  package func claim(instance: String, limit: Int, questions: Int = .max, in transaction: Transaction) throws -> [Claim] {
    guard try pause(of: instance, in: transaction) == nil else { return [] }
    let ownUserID = try transaction.instance(named: instance)?.userID
    var claims: [Claim] = []
    for var callback in try transaction.dueCallbacks(instance: instance, limit: limit, questions: questions) {
      guard let instruction = try instruction(for: callback, ownUserID: ownUserID, in: transaction) else { continue }
      try transaction.lease(callback, until: transaction.now + Gate.lease, acts: instruction.mayAct)
      callback.attempts += 1
      claims.append(Claim(callback: callback, instruction: instruction, claimedAt: transaction.now))
    }
    return claims
  }

  private func instruction(for callback: CallbackRecord, ownUserID: Int64?, in transaction: Transaction) throws -> Instruction? {
    if callback.step == .locate {
      guard let hint = callback.hint.flatMap({ try? JSONValue.parse($0) }).flatMap(PipelineHint.init(json:)) else {
        try transaction.deleteCallback(callback.id)
        return nil
      }
      return .locate(hint)
    }
    if callback.step == .ask {
      guard let question = callback.question else {
        try transaction.deleteCallback(callback.id)
        return nil
      }
      return .ask(question)
    }
    guard let deployment = try callback.deployment.flatMap({ try transaction.deployment(id: $0) }) else { return nil }
    guard let changeID = callback.change else {
      let project = deployment.projectPath.map { Project(id: deployment.identity.project, path: $0, webURL: deployment.projectURL) }
      return .inspect(deployment.identity, project: project, tier: deployment.tier)
    }
    guard let record = try transaction.change(id: changeID) else { return nil }
    let approvals = try transaction.approvals(change: changeID)
    // GitLab may have waited for others meanwhile: the start of the job is as much of a deployment as its approval.
    var isWithheld = false
    if callback.step.letsGo,
      let withheld = try withholding(callback, record: record, approvals: approvals, in: transaction)
    {
      // Whether an attempt whose answer was lost has brought the effect about, GitLab alone knows: it is looked there, and nothing is done.
      guard callback.mayHaveBeenSent else {
        try withhold(callback, change: changeID, because: withheld, in: transaction)
        return nil
      }
      isWithheld = true
    } else if callback.isHeld, callback.refusedSince != nil {
      try transaction.forgetRefusals(callback.id)
    }
    return try instruction(
      callback, record: record, approvals: approvals, ownUserID: ownUserID, isWithheld: isWithheld, in: transaction)
  }

  private func instruction(
    _ callback: CallbackRecord, record: ChangeRecord, approvals: [Approval], ownUserID: Int64?, isWithheld: Bool,
    in transaction: Transaction
  ) throws -> Instruction {
    let wanted: ApprovalStatus = callback.step == .reject ? .rejected : .approved
    let deciding = approvals.filter { $0.status == wanted }
    let evaluation = try evaluate(record, approvals: approvals, in: transaction)
    let seated = deciding.filter { evaluation?.seat(of: $0) != nil }.map(\.user)
    let glass = record.change.brokenGlass
    let rejecting = record.change.decidedBy.map { [$0] } ?? deciding.map(\.user)
    let rejectionReason = record.change.decidedBy == nil ? deciding.first?.comment : record.change.decidedBecause
    // What was let through by one person, or by none, was not counted out.
    let required = glass == nil && !seated.isEmpty && wanted == .approved ? evaluation?.required ?? 0 : 0
    var effect = Instruction.Effect(
      identity: record.deployment.identity, sha: record.change.sha, key: record.change.key, publicURL: plan.publicURL,
      people: wanted == .rejected ? rejecting : glass.map { [$0.user] } ?? seated, required: required,
      reason: wanted == .rejected ? rejectionReason : nil, ownUserID: ownUserID, mayHaveBeenSent: callback.mayHaveBeenSent)
    effect.mayAct = !isWithheld
    switch callback.step {
    case .approve: return .approve(effect)
    case .play: return .play(effect)
    case .reject: return .reject(effect)
    case .cancel: return .cancel(effect)
    case .inspect, .locate, .ask: preconditionFailure("a question belongs to no change")
    }
  }
}

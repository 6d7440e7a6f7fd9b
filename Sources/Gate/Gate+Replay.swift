package import Calendar
package import ChangeControl
internal import JSON
package import Storage

/// What this gate's policies say of a decision that was taken under others.
package struct Replay: Sendable {
  package enum Outcome: Sendable {
    case same
    /// The gate would be another; and the first finding that makes it so, nil where nothing would keep it shut.
    case differs(would: GateState, because: Finding?)
    /// No policy took it: GitLab did, a newer deployment, a person who canceled it or broke the glass.
    case byNoPolicy
    /// The configuration has no such policy or workflow.
    case unknownPolicy
  }

  package var record: ChangeRecord
  /// What it is, or would be, decided by.
  package var policy: String
  package var outcome: Outcome
}

extension Gate {
  /// Evaluates changes that were decided from `since` on, with an id above `after`, in their order; at most `limit`. Each by the approvals that
  /// counted and at the time of its decision; nothing is written.
  package func replay(since: Instant, after id: Int64, limit: Int, in reading: Reading) throws -> [Replay] {
    try reading.decidedChanges(since: since, after: id, limit: limit).map { try replay($0, in: reading) }
  }

  private func replay(_ record: ChangeRecord, in reading: Reading) throws -> Replay {
    var record = record
    let change = record.change
    // The policy that it would follow now, did it still wait.
    let name = rulesInForce(for: record).policy
    func replay(_ outcome: Replay.Outcome) -> Replay { Replay(record: record, policy: name, outcome: outcome) }
    guard let decidedAt = change.decidedAt, let from = try stepDecided(by: record, in: reading) else { return replay(.byNoPolicy) }
    guard let policy = plan.policies[name], let workflow = plan.workflows[change.workflow] else { return replay(.unknownPolicy) }
    let approvals = try reading.approvals(change: change.id)
    try takeBackEdits(of: &record.change, in: reading)
    var facts = try facts(of: record, policy: policy, approvals: approvals, at: decidedAt, in: reading)
    facts.steps = ApprovalSteps(passed: change.stepsPassed.filter { $0 != from }, at: from, of: workflow)
    if let missed = try missedDeadline(of: record, policy: policy, approvals: approvals, step: from, in: reading) { return replay(missed) }
    let evaluation = facts.evaluate()
    guard evaluation.gate != change.gate else { return replay(.same) }
    return replay(.differs(would: evaluation.gate, because: evaluation.obstacle))
  }

  /// What would have become of a change for which the policy's time was over before the decision: by who had said yes until then.
  private func missedDeadline(
    of record: ChangeRecord, policy: Policy, approvals: [Approval], step: String, in reading: Reading
  ) throws -> Replay.Outcome? {
    let change = record.change
    guard change.gate == .allowed, let decidedAt = change.decidedAt, let workflow = plan.workflows[change.workflow] else { return nil }
    guard let deadline = policy.expiresAfter.map({ change.createdAt + $0 }), deadline < decidedAt else { return nil }
    let until = approvals.filter { $0.createdAt < deadline }
    var facts = try facts(of: record, policy: policy, approvals: until, at: deadline, in: reading)
    facts.policy = policy
    facts.ruledAt = deadline
    facts.steps = ApprovalSteps(passed: change.stepsPassed.filter { $0 != step }, at: step, of: workflow)
    let evaluation = facts.evaluate()
    return evaluation.verdict == .expired ? .differs(would: evaluation.gate, because: evaluation.obstacle) : nil
  }

  /// The status in which the policy turned the gate of a change, as the audit log has it; nil where it was no policy that did.
  private func stepDecided(by record: ChangeRecord, in reading: Reading) throws -> String? {
    guard record.change.brokenGlass == nil, !record.change.outOfBand, let entry = try turn(of: record.change, in: reading) else {
      return nil
    }
    let detail = try JSONValue.parse(entry.detail)
    guard let outcome = detail["evaluation"]?["outcome"]?.string.flatMap(Finding.Outcome.init) else { return nil }
    let decided: Finding.Outcome? =
      switch record.change.gate {
      case .allowed: .satisfied
      case .prevented: .rejected
      case .awaiting, .invalid: nil
      }
    return outcome == decided ? detail["from"]?.string : nil
  }

  private func turn(of change: ChangeRequest, in reading: Reading) throws -> AuditEntry? {
    var filter = AuditFilter()
    (filter.change, filter.action) = (change.id, AuditAction.gateTurned.rawValue)
    return try reading.auditEntries(filter, after: 0, limit: 1).first
  }

  /// What people have told of a change since its gate turned, no decision looked at: the last first, each field is again what it was before.
  private func takeBackEdits(of change: inout ChangeRequest, in reading: Reading) throws {
    guard let turn = try turn(of: change, in: reading) else { return }
    var filter = AuditFilter()
    (filter.change, filter.action) = (change.id, AuditAction.edited.rawValue)
    for entry in try reading.auditEntries(filter, after: turn.seq, limit: 1_000).reversed() {
      for (name, value) in try JSONValue.parse(entry.detail)["before"]?.object?.members ?? [] {
        guard let field = ChangeField(rawValue: name) else { continue }
        change.details.set(field, to: value.string)
      }
    }
  }
}

extension ChangeDetails {
  /// A field as the audit log has it. Nil empties it.
  fileprivate mutating func set(_ field: ChangeField, to text: String?) {
    switch field {
    case .risk: risk = text.flatMap(Level.init)
    case .impact: impact = text.flatMap(Level.init)
    case .reason: reason = text
    case .implementationPlan: implementationPlan = text
    case .rollbackPlan: rollbackPlan = text
    case .plannedStart: plannedStart = text.flatMap { Instant(iso8601: $0) }
    case .plannedEnd: plannedEnd = text.flatMap { Instant(iso8601: $0) }
    }
  }
}

extension Evaluation {
  /// What the gate is by this verdict, once the workflow leads there.
  fileprivate var gate: GateState {
    switch verdict {
    case .allowed: .allowed
    case .waiting: .awaiting
    case .rejected, .expired: .prevented
    }
  }
}

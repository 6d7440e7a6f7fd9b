package import ChangeControl
internal import JSON
package import Storage

/// By what a change is decided: the service that has it, and the policy.
package struct RulesInForce: Sendable, Hashable {
  /// Why a change goes on by the policy it had.
  package enum Kept: Sendable, Hashable {
    /// No service of the configuration gates its deployment any more.
    case ungated
    /// The service that gates it names another workflow. The policy was meant for that one: one person's yes may be enough for each of two reviews, and
    /// is none for the one there is here.
    case otherWorkflow(Service)
  }

  package var service: String
  package var policy: String
  /// Nil where the configuration names them.
  package var kept: Kept?
}

extension Gate {
  /// What the configuration names for a deployment now, found as when its change was opened: the first service that gates its project and
  /// environment.
  package func rulesInForce(for record: ChangeRecord) -> RulesInForce {
    let (change, deployment) = (record.change, record.deployment)
    var rules = RulesInForce(service: change.service, policy: change.policy)
    let service = plan.service(
      instance: deployment.identity.instance, project: deployment.identity.project, path: deployment.projectPath,
      environment: deployment.environment, tier: deployment.tier)
    guard let service else {
      rules.kept = .ungated
      return rules
    }
    guard service.workflow == change.workflow else {
      rules.kept = .otherWorkflow(service)
      return rules
    }
    if plan.policies[service.policy] != nil { (rules.service, rules.policy) = (service.id, service.policy) }
    return rules
  }

  /// A change as the rules in force have it: one that waits follows what the configuration names now; one that was decided keeps what it was decided
  /// by. Nothing is written.
  func following(_ record: ChangeRecord) -> ChangeRecord {
    guard record.change.gate == .awaiting else { return record }
    var record = record
    let rules = rulesInForce(for: record)
    (record.change.service, record.change.policy) = (rules.service, rules.policy)
    return record
  }

  /// The same, and the audit log tells it: once for each configuration that says something else, and once when what a change kept is over.
  func adopt(_ record: ChangeRecord, requestID: String, in transaction: Transaction) throws -> ChangeRecord {
    guard record.change.gate == .awaiting else { return record }
    let rules = rulesInForce(for: record)
    if rules.kept != nil {
      try auditKept(record.change, rules, requestID: requestID, in: transaction)
      return record
    }
    let before = record.change
    let wasKept = try lastKept(before, in: transaction) != nil
    guard wasKept || before.service != rules.service || before.policy != rules.policy else { return record }
    var record = record
    (record.change.service, record.change.policy) = (rules.service, rules.policy)
    try transaction.update(&record.change)
    try transaction.audit(
      .policyFollowed, actor: Gate.ourselves, change: before.id,
      detail: [
        "service": .string(rules.service), "policy": .string(rules.policy),
        "policy_digest": .optional(plan.policies[rules.policy].map(digest)),
        "before": [
          "service": .string(before.service), "policy": .string(before.policy),
          "policy_digest": .optional(try lastDigest(of: before, in: transaction)),
        ],
        "because": .string(
          wasKept ? "the configuration gates it by workflow \(before.workflow) again" : "the configuration names it"),
        "request_id": .string(requestID),
      ])
    return record
  }

  /// Of the policy that a change has followed so far: as the audit log has it, for the configuration may have lost it, or has another of that name.
  private func lastDigest(of change: ChangeRequest, in reading: Reading) throws -> String? {
    for action in [AuditAction.policyFollowed, .changeOpened] {
      guard let detail = try lastDetail(action, of: change, in: reading), detail["policy"]?.string == change.policy else { continue }
      if let digest = detail["policy_digest"]?.string { return digest }
    }
    return plan.policies[change.policy].map(digest)
  }

  private func auditKept(_ change: ChangeRequest, _ rules: RulesInForce, requestID: String, in transaction: Transaction) throws {
    guard let kept = rules.kept else { return }
    var named = JSONValue.null
    if case .otherWorkflow(let service) = kept {
      named = ["service": .string(service.id), "policy": .string(service.policy), "workflow": .string(service.workflow)]
    }
    if let last = try lastKept(change, in: transaction), last["named"]?.canonicalText == named.canonicalText,
      last["policy"]?.string == change.policy
    {
      return
    }
    try transaction.audit(
      .policyKept, actor: Gate.ourselves, change: change.id,
      detail: [
        "service": .string(change.service), "policy": .string(change.policy),
        "policy_digest": .optional(plan.policies[change.policy].map(digest)), "workflow": .string(change.workflow), "named": named,
        "because": .string(kept.words(for: change)), "request_id": .string(requestID),
      ])
  }

  /// What the audit log says that a change keeps; nil where it has followed the configuration since, or ever.
  private func lastKept(_ change: ChangeRequest, in reading: Reading) throws -> JSONValue? {
    guard let kept = try reading.lastAuditEntry(.policyKept, change: change.id) else { return nil }
    if let followed = try reading.lastAuditEntry(.policyFollowed, change: change.id), followed.seq > kept.seq { return nil }
    return try? JSONValue.parse(kept.detail)
  }

  private func lastDetail(_ action: AuditAction, of change: ChangeRequest, in reading: Reading) throws -> JSONValue? {
    try reading.lastAuditEntry(action, change: change.id).flatMap { try? JSONValue.parse($0.detail) }
  }
}

extension RulesInForce.Kept {
  /// For people: why, and what they can do about it.
  package func words(for change: ChangeRequest) -> String {
    switch self {
    case .ungated:
      "no service of the configuration gates this deployment any more; it goes on by policy \(change.policy), which it had"
    case .otherWorkflow(let service):
      "service \(service.id) names workflow \(service.workflow) and policy \(service.policy) now; a change that waits keeps the workflow it is in, "
        + "\(change.workflow), and with it policy \(change.policy). To have it decided by the new ones, deploy it anew in GitLab"
    }
  }
}

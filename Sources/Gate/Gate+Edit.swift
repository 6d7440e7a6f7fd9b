package import ChangeControl
package import JSON
package import Storage

extension Gate {
  /// Changes what people tell of a change request. Fields that are as wanted already are no change, and nothing is written for them.
  package func edit(
    _ edits: [ChangeEdit], key: String, expectedRevision: Int64?, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try adopt(record(key, in: transaction), requestID: requestID, in: transaction)
    guard actor.role.mayOperate else { throw Refusal.role(actor.role, needs: "operator or admin") }
    let before = record.change
    if let expectedRevision, expectedRevision != before.revision { throw Refusal.staleRevision(before) }
    var change = before
    for edit in edits { change.apply(edit) }
    guard change != before else { return try view(record, in: transaction) }
    try check(change, after: before)
    try checkIsNoSelfApproval(change, of: record, by: actor, in: transaction)
    try transaction.update(&change)
    let changed = before.editable.members.map(\.name).filter { before.editable[$0] != change.editable[$0] }
    try transaction.audit(
      .edited, actor: actor.user, change: change.id,
      detail: ["before": .object(before.editable(changed)), "after": .object(change.editable(changed)), "request_id": .string(requestID)])
    // What was let through and is held by its planned times goes out as soon as they are others.
    if let held = try heldCallback(of: record, in: transaction), held.isHeld {
      try lookNow(at: held, refusedSince: held.refusedSince, in: transaction)
    }
    // A policy may have waited for just this.
    try reconsider(change.id, because: actor.user, isAnew: true, requestID: requestID, in: transaction)
    return try view(change.id, in: transaction)
  }

  private func check(_ change: ChangeRequest, after before: ChangeRequest) throws(Refusal) {
    guard before.closedAt == nil else { throw .closed(before) }
    // What type it is may be what its policy decides by.
    if change.type != before.type, before.gate != .awaiting { throw .notWaiting(before) }
    if let start = change.details.plannedStart, let end = change.details.plannedEnd, end <= start { throw .endsBeforeItStarts(start, end) }
  }
}

extension Gate {
  /// Who triggered a deployment does not tell of it what a policy lets it through by: that would be a yes to it, and so would be what keeps a policy
  /// from stopping it.
  private func checkIsNoSelfApproval(
    _ change: ChangeRequest, of record: ChangeRecord, by actor: Actor, in reading: Reading
  ) throws {
    guard let policy = plan.policies[change.policy], policy.preventSelfApproval, change.gate == .awaiting,
      try isRequester(actor.user, of: record, in: reading)
    else { return }
    let before = record.change
    let rules = policy.autoApprove + policy.autoReject
    let decidesByType = rules.contains { !$0.changeTypes.isEmpty }
    let decidesByRisk = rules.contains { !$0.risks.isEmpty }
    if decidesByType && change.type != before.type || decidesByRisk && change.details.risk != before.details.risk {
      throw Refusal.ownDeployment(change, policy: policy)
    }
  }
}

extension ChangeRequest {
  /// The fields that people may edit, under their names in the API.
  package var editable: JSONObject {
    [
      "type": .string(type.rawValue), "risk": .optional(details.risk?.rawValue), "impact": .optional(details.impact?.rawValue),
      "reason": .optional(details.reason), "implementation_plan": .optional(details.implementationPlan),
      "rollback_plan": .optional(details.rollbackPlan), "planned_start": .optional(details.plannedStart?.iso8601),
      "planned_end": .optional(details.plannedEnd?.iso8601),
    ]
  }

  fileprivate func editable(_ names: [String]) -> JSONObject { JSONObject(members: editable.members.filter { names.contains($0.name) }) }
}

package import Calendar
package import ChangeControl
internal import JSON
package import Storage

/// One person's yes or no, as it was sent.
package struct DecisionRequest: Sendable {
  package var key: String
  package var status: ApprovalStatus
  package var comment: String?
  package var representedAs: String?
  /// From when on a yes counts ("approve, effective at"); nil for at once.
  package var effectiveAt: Instant?
  /// The revision that the person has seen (`If-Match`); nil when they do not insist.
  package var expectedRevision: Int64?
  package var requestID: String

  package init(
    key: String, status: ApprovalStatus, comment: String?, representedAs: String?, effectiveAt: Instant? = nil, expectedRevision: Int64?,
    requestID: String
  ) {
    self.key = key
    self.status = status
    self.comment = comment
    self.representedAs = representedAs
    self.effectiveAt = effectiveAt
    self.expectedRevision = expectedRevision
    self.requestID = requestID
  }
}

extension Gate {
  /// Records one person's approval or rejection and, if the change moves on by it, what GitLab is owed: all in this transaction.
  ///
  /// Throws `Refusal` when a rule says no. The same yes again is no new decision: nothing is written.
  package func decide(_ request: DecisionRequest, by actor: Actor, in transaction: Transaction) throws -> ChangeView {
    let record = try adopt(record(request.key, in: transaction), requestID: request.requestID, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    try checkIsWaiting(record.change, revision: request.expectedRevision)
    if let effectiveAt = request.effectiveAt, effectiveAt < record.change.createdAt {
      throw Refusal.effectiveBeforeItOpened(effectiveAt, record.change)
    }
    guard let policy = plan.policies[record.change.policy] else { throw Refusal.missingPolicy(record.change) }
    guard plan.workflows[record.change.workflow] != nil else { throw Refusal.missingWorkflow(record.change) }
    let spoken = try transaction.approvals(change: record.change.id)
    let facts = try facts(of: record, policy: policy, approvals: spoken, at: transaction.now, speaker: actor.user, in: transaction)
    guard let step = facts.openStep else { throw Refusal.noOpenStep(record.change) }
    try checkEligible(request, actor: actor, record: record, step: step, facts: facts)

    let standing = spoken.first { $0.step == step && sameUser($0.user, actor.user) }
    if let standing, standing.status == request.status, standing.representedAs == request.representedAs,
      standing.effectiveAt == request.effectiveAt, !facts.saysMore(standing)
    {
      return try view(record.change.id, in: transaction)
    }
    if let standing { try transaction.endApproval(standing, change: record.change.id, by: "replaced") }
    let approval = Approval(
      user: actor.user, status: request.status, comment: request.comment, representedAs: request.representedAs, createdAt: transaction.now,
      step: step, effectiveAt: request.effectiveAt)
    try transaction.insert(approval, change: record.change.id)
    try transaction.audit(
      .approvalRecorded, actor: actor.user, change: record.change.id,
      detail: [
        "status": .string(request.status.rawValue), "comment": .optional(request.comment),
        "represented_as": .optional(request.representedAs), "step": .string(step), "effective_at": .optional(request.effectiveAt?.iso8601),
        "replaces": .optional(standing?.status.rawValue), "revision_seen": .optional(request.expectedRevision),
        "sha": .string(record.change.sha), "request_id": .string(request.requestID),
      ])
    try moveOn(record, because: actor.user, requestID: request.requestID, in: transaction)
    return try view(record.change.id, in: transaction)
  }

  /// Takes one's own yes or no back while it still counts. Throws `Refusal` (404) when there is none.
  package func withdraw(
    key: String, expectedRevision: Int64?, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try adopt(record(key, in: transaction), requestID: requestID, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    // The last one given: what stands in a step that was passed already can be taken back too, for it still counts.
    guard let standing = try transaction.approvals(change: record.change.id).last(where: { sameUser($0.user, actor.user) }) else {
      throw Refusal(
        .notFound, "nothing_to_withdraw",
        "you have no approval or rejection on \(record.change.key) that counts; there is nothing to withdraw")
    }
    try checkIsWaiting(record.change, revision: expectedRevision)
    try transaction.endApproval(standing, change: record.change.id, by: "withdrawn")
    try transaction.audit(
      .approvalWithdrawn, actor: actor.user, change: record.change.id,
      detail: ["status": .string(standing.status.rawValue), "step": .string(standing.step), "request_id": .string(requestID)])
    if plan.policies[record.change.policy] == nil {
      // What was taken back must not count once the policy is in the configuration again.
      try touch(record.change.id, in: transaction)
    } else {
      try moveOn(record, because: actor.user, requestID: requestID, in: transaction)
    }
    return try view(record.change.id, in: transaction)
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

  func checkIsWaiting(_ change: ChangeRequest, revision: Int64?) throws(Refusal) {
    guard change.gate == .awaiting else { throw .notWaiting(change) }
    if let revision, revision != change.revision { throw .staleRevision(change) }
  }

  /// Whether somebody may say this now. Throws `Refusal`.
  func checkEligible(
    _ request: DecisionRequest, actor: Actor, record: ChangeRecord, step: String, facts: EvaluationFacts
  ) throws(Refusal) {
    let (policy, change) = (facts.policy, record.change)
    if request.status == .approved { try checkMayApprove(actor.user, change: change, step: step, facts: facts) }
    // Where GitLab has not been heard on somebody, what they say is recorded, and waits with the gate until it has.
    let anyRule = facts.rules(for: actor.user, representedAs: nil)
    guard !anyRule.known.isEmpty || !anyRule.unknown.isEmpty else {
      let readAt = facts.directory.memberships.values.map(\.readAt).min()
      let lists = readAt.map { (readAt: $0, until: $0 + membershipsEvery(record.deployment.identity.instance)) }
      throw .notEligible(actor.user, change: change, policy: policy, lists: lists)
    }
    if let name = request.representedAs {
      let rules = facts.rules(for: actor.user, representedAs: name)
      guard !rules.known.isEmpty || !rules.unknown.isEmpty else { throw .notRepresenting(name, user: actor.user, policy: policy) }
    }
    let needsComment =
      policy.commentRequired == .always || (policy.commentRequired == .onRejection && request.status == .rejected)
    if needsComment, request.comment?.isEmpty ?? true { throw .commentRequired(policy) }
  }

  private func checkMayApprove(_ user: String, change: ChangeRequest, step: String, facts: EvaluationFacts) throws(Refusal) {
    switch facts.ban(on: user)?.code {
    case "own_deployment": throw .ownDeployment(change, policy: facts.policy)
    case "author_of_change": throw .authorOfChange(change, policy: facts.policy)
    default: break
    }
    if facts.hasCounted(user, before: step) { throw .alreadyCounted(change, step: step) }
    if let stage = facts.stageAhead(of: user, in: step) { throw .stageNotOpen(change, stage: stage) }
  }

  func record(_ key: String, in reading: Reading) throws -> ChangeRecord {
    guard let id = ChangeRequest.id(fromKey: key), let record = try reading.change(id: id) else { throw Refusal.unknownChange(key) }
    return record
  }
}

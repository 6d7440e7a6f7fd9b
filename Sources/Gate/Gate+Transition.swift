package import ChangeControl
internal import JSON
package import Storage

/// A step along the workflow that a person asks for, as it was sent.
package struct TransitionRequest: Sendable {
  package var key: String
  package var name: String
  package var comment: String?
  /// The revision that the person has seen (`If-Match`); nil when they do not insist.
  package var expectedRevision: Int64?
  package var requestID: String

  package init(key: String, name: String, comment: String?, expectedRevision: Int64?, requestID: String) {
    self.key = key
    self.name = name
    self.comment = comment
    self.expectedRevision = expectedRevision
    self.requestID = requestID
  }
}

/// A transition that leads on from where a change is, as one person sees it.
package struct TransitionOffer: Sendable {
  package var transition: Workflow.Transition
  /// What the status that it leads to means for the gate.
  package var gate: GateState
  /// Why this person cannot take it now; nil when they can.
  package var refusal: Refusal?
}

extension Gate {
  /// Everything that leads on from where a change is.
  package func transitions(key: String, for actor: Actor, in reading: Reading) throws -> [TransitionOffer] {
    let record = try following(record(key, in: reading))
    let workflow = workflow(of: record.change)
    return try workflow.transitions(from: record.change.status).map { transition in
      TransitionOffer(
        transition: transition, gate: workflow.status(named: transition.to)?.gate ?? .invalid,
        refusal: try refusal(of: transition, record: record, to: actor, in: reading))
    }
  }

  /// Moves a change along its workflow, as a person asks for it, and, if the gate turns by it, owes GitLab the callbacks: all in this transaction.
  ///
  /// Throws `Refusal` when a rule says no.
  package func transition(_ request: TransitionRequest, by actor: Actor, in transaction: Transaction) throws -> ChangeView {
    let record = try adopt(record(request.key, in: transaction), requestID: request.requestID, in: transaction)
    var change = record.change
    let workflow = workflow(of: change)
    if let expected = request.expectedRevision, expected != change.revision { throw Refusal.staleRevision(change) }
    guard let transition = workflow.transition(from: change.status, named: request.name) else {
      throw Refusal.noSuchTransition(request.name, of: change, in: workflow)
    }
    if let refusal = try refusal(of: transition, record: record, to: actor, in: transaction) { throw refusal }
    if transition.trigger == .breakGlass, request.comment == nil { throw Refusal.reasonMissing(transition) }
    guard let turn = change.take(transition, in: workflow, at: transaction.now) else {
      throw Refusal.noSuchTransition(request.name, of: change, in: workflow)
    }
    if transition.trigger == .breakGlass, let policy = plan.policies[change.policy] {
      let glass = try mayBreakGlass(actor.user, change: change, policy: policy)
      note(brokenBy: actor.user, reason: request.comment ?? "", policy: glass, in: &change, at: transaction.now)
    }
    if turn.gateTurned {
      (change.decidedBy, change.decidedBecause) = (actor.user, request.comment)
      change.lookAt = nil
    }
    if change.gate == .awaiting, workflow.isReview(turn.to) { try askAnew(turn.to, of: &change, in: transaction) }
    try transaction.update(&change)
    if transition.trigger == .breakGlass {
      let reason = request.comment ?? ""
      try auditGlass(change, reason: reason, from: turn.from, by: actor, requestID: request.requestID, in: transaction)
    }
    if let comment = request.comment { try transaction.insertComment(comment, user: actor.user, change: change.id) }
    var moved = record
    moved.change = change
    try audit(turn, of: moved, request, by: actor, in: transaction)
    if turn.gateTurned {
      try follow(turnOf: moved, requestID: request.requestID, in: transaction)
    } else {
      try reconsider(change.id, because: actor.user, isAnew: true, requestID: request.requestID, in: transaction)
    }
    return try view(change.id, in: transaction)
  }

  /// A review that is entered again asks again: what was said in it the last time was said of another plan.
  func askAnew(_ step: String, of change: inout ChangeRequest, in transaction: Transaction) throws {
    change.stepsPassed.removeAll { $0 == step }
    for approval in try transaction.approvals(change: change.id) where approval.step == step {
      try transaction.endApproval(approval, change: change.id, by: "replaced")
    }
  }

  /// Why the policy does not let a person's transition open the gate of a change now; nil when it does. The rules are asked anew at this moment:
  /// what was approved once may stand no more.
  func refusalToOpen(_ record: ChangeRecord, in reading: Reading) throws -> Refusal? {
    let approvals = try reading.approvals(change: record.change.id)
    guard let evaluation = try evaluate(record, approvals: approvals, in: reading) else { return .missingPolicy(record.change) }
    if let newer = try overtaking(record, in: reading) { return .superseded(record.change, by: newer) }
    return evaluation.verdict == .allowed ? nil : .notApproved(record.change, waitingFor: evaluation.waitingFor)
  }

  /// That a change needs no review is somebody else's word than that of who asked for it, where nobody approves their own. Who breaks the glass goes
  /// past reviews, and so does what they let through.
  private func refusalToGoPast(
    _ transition: Workflow.Transition, record: ChangeRecord, by user: String, in reading: Reading
  ) throws -> Refusal? {
    let change = record.change
    guard let policy = plan.policies[change.policy], policy.preventSelfApproval, change.gate == .awaiting, change.brokenGlass == nil else {
      return nil
    }
    guard try isRequester(user, of: record, in: reading) else { return nil }
    let reviews = workflow(of: change).reviews(besides: transition, passed: change.stepsPassed)
    return reviews.isEmpty ? nil : .ownReviewAhead(reviews, of: change, transition: transition, policy: policy)
  }

  private func refusal(
    of transition: Workflow.Transition, record: ChangeRecord, to actor: Actor, in reading: Reading
  ) throws -> Refusal? {
    let change = record.change
    switch transition.trigger {
    case .person(let role): if !actor.role.covers(role) { return .role(actor.role, needs: role.andAbove) }
    case .breakGlass:
      if !actor.role.mayOperate { return .role(actor.role, needs: Role.operator.andAbove) }
      guard let policy = plan.policies[change.policy] else { return .missingPolicy(change) }
      do { _ = try mayBreakGlass(actor.user, change: change, policy: policy) } catch { return error }
      guard change.type == .emergency else { return .notAnEmergency(change) }
    case .approval, .rejection, .deployment, .expiry, .supersession: return .notByHand(transition, of: change)
    }
    let workflow = workflow(of: change)
    let isWaiting = change.gate == .awaiting
    if let refusal = try refusalToGoPast(transition, record: record, by: actor.user, in: reading) { return refusal }
    // A deployment that is gone, or ran where the workflow has no status for it, leaves a status that waits behind a gate that does not.
    if workflow.status(named: change.status)?.gate == .awaiting, !isWaiting { return .notWaiting(change) }
    guard isWaiting, transition.trigger != .breakGlass, workflow.status(named: transition.to)?.gate == .allowed else { return nil }
    return try refusalToOpen(record, in: reading)
  }

  private func audit(
    _ turn: ChangeRequest.Turn, of record: ChangeRecord, _ request: TransitionRequest, by actor: Actor, in transaction: Transaction
  ) throws {
    let change = record.change
    var detail: JSONObject = [
      "from": .string(turn.from), "to": .string(turn.to), "transition": .string(turn.transition), "because": .string(actor.user),
      "comment": .optional(request.comment), "revision_seen": .optional(request.expectedRevision), "request_id": .string(request.requestID),
    ]
    if turn.gateTurned {
      detail["gate"] = .string(change.gate.rawValue)
      detail["sha"] = .string(change.sha)
      detail["policy"] = .string(change.policy)
      detail["policy_digest"] = .optional(plan.policies[change.policy].map(digest))
      let evaluation = try evaluate(record, approvals: transaction.approvals(change: change.id), in: transaction)
      detail["evaluation"] = evaluation?.root.json ?? .null
    }
    try transaction.audit(turn.gateTurned ? .gateTurned : .statusChanged, actor: actor.user, change: change.id, detail: .object(detail))
  }
}

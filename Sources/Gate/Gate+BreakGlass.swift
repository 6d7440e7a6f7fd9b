internal import Calendar
package import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// Lets a deployment through at once: no approval, freeze or plan holds it. For the people that the policy names, with a reason. It is flagged
  /// for good, and owes a review by somebody else. One that was decided, and is held since, goes out by it too.
  package func breakGlass(
    key: String, reason: String, expectedRevision: Int64?, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    var record = try adopt(record(key, in: transaction), requestID: requestID, in: transaction)
    guard actor.role.mayOperate else { throw Refusal.role(actor.role, needs: "operator or admin") }
    guard let policy = plan.policies[record.change.policy] else { throw Refusal.missingPolicy(record.change) }
    if let held = try heldCallback(of: record, in: transaction), try isHeld(record, in: transaction) {
      if let expectedRevision, expectedRevision != record.change.revision { throw Refusal.staleRevision(record.change) }
      let glass = try mayBreakGlass(actor.user, change: record.change, policy: policy)
      note(brokenBy: actor.user, reason: reason, policy: glass, in: &record.change, at: transaction.now)
      try transaction.update(&record.change)
      try auditGlass(
        record.change, reason: reason, from: record.change.status, releases: held, by: actor, requestID: requestID, in: transaction)
      try lookNow(at: held, refusedSince: nil, in: transaction)
      return try view(record.change.id, in: transaction)
    }
    try checkIsWaiting(record.change, revision: expectedRevision)
    let glass = try mayBreakGlass(actor.user, change: record.change, policy: policy)
    let workflow = workflow(of: record.change)
    let from = record.change.status
    guard let turn = record.change.breakOpen(in: workflow, at: transaction.now) else { throw Refusal.noWayOn(record.change) }
    note(brokenBy: actor.user, reason: reason, policy: glass, in: &record.change, at: transaction.now)
    try auditGlass(record.change, reason: reason, from: from, by: actor, requestID: requestID, in: transaction)
    guard let evaluation = try evaluate(record, approvals: transaction.approvals(change: record.change.id), in: transaction) else {
      throw Refusal.missingPolicy(record.change)
    }
    try conclude(turn, record: &record, policy: policy, evaluation: evaluation, because: actor.user, requestID: requestID, in: transaction)
    return try view(record.change.id, in: transaction)
  }

  /// - Parameter held: what goes out by it although it was held; nil where the gate turns by it.
  func auditGlass(
    _ change: ChangeRequest, reason: String, from: String, releases held: CallbackRecord? = nil, by actor: Actor, requestID: String,
    in transaction: Transaction
  ) throws {
    try transaction.audit(
      .glassBroken, actor: actor.user, change: change.id,
      detail: [
        "reason": .string(reason), "from": .string(from), "gate": .string(change.gate.rawValue), "releases": .optional(held?.step.rawValue),
        "held": .optional(held?.lastError), "review_due_at": .optional(change.review?.dueAt.iso8601), "sha": .string(change.sha),
        "request_id": .string(requestID),
      ])
  }

  /// Whether a decision that GitLab has not been told yet stands no more by the policy in force: the callback that is owed is held.
  private func isHeld(_ record: ChangeRecord, in reading: Reading) throws -> Bool {
    guard record.change.brokenGlass == nil else { return false }
    let approvals = try reading.approvals(change: record.change.id)
    return try evaluateForDelivery(record, approvals: approvals, in: reading)?.verdict != .allowed
  }

  /// Whether somebody is one of the policy's break-glass people. Throws `Refusal`.
  func mayBreakGlass(_ user: String, change: ChangeRequest, policy: Policy) throws(Refusal) -> BreakGlass {
    guard let glass = policy.breakGlass else {
      throw Refusal(
        .forbidden, "break_glass_not_allowed",
        "policy \(policy.name) lets nobody break the glass; it takes \(policy.approverList), or an administrator who adds break_glass to it"
      )
    }
    guard Directory(groups: plan.groups).standing(of: user, in: .group(glass.group)) == .belongs else {
      throw Refusal(
        .forbidden, "break_glass_not_allowed",
        "policy \(policy.name) lets only group \(glass.group) break the glass, and you are not in it; call somebody who is")
    }
    return glass
  }

  func note(brokenBy user: String, reason: String, policy: BreakGlass, in change: inout ChangeRequest, at now: Instant) {
    change.brokenGlass = BrokenGlass(user: user, reason: reason, at: now)
    change.review = ChangeRequest.Review(dueAt: now + policy.reviewWithin)
  }

  /// Settles what a broken glass owes: somebody else has looked at what was let through, and says what they found.
  package func review(
    key: String, comment: String, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try record(key, in: transaction)
    var change = record.change
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    guard var review = change.review, let glass = change.brokenGlass else {
      throw Refusal(.notFound, "nothing_to_review", "nobody broke the glass for \(change.key), so it owes no review")
    }
    guard change.gate != .awaiting else {
      throw Refusal(
        .conflict, "not_let_through_yet",
        "\(change.key) has not been let through yet, so there is nothing to look back at; review it when it has been")
    }
    guard review.doneAt == nil else {
      throw Refusal(
        .conflict, "already_reviewed",
        "\(review.by ?? "somebody") has reviewed \(change.key) already; add a comment if there is more to say")
    }
    let names = try transaction.names(of: actor.user, instance: record.deployment.identity.instance)
    guard !names.contains(glass.user.lowercased()) else {
      throw Refusal(
        .forbidden, "own_break_glass", "you broke the glass for \(change.key) yourself; its review is for somebody else")
    }
    review.doneAt = transaction.now
    review.by = actor.user
    review.comment = comment
    change.review = review
    try transaction.update(&change)
    try transaction.audit(
      .reviewed, actor: actor.user, change: change.id,
      detail: [
        "comment": .string(comment), "glass_broken_by": .string(glass.user), "was_due_at": .string(review.dueAt.iso8601),
        "overdue": .bool(transaction.now > review.dueAt), "request_id": .string(requestID),
      ])
    return try view(change.id, in: transaction)
  }

  /// Asks for a change to be let through the freezes that hold it now. Two people of the policy's group together lift them; each gives a reason. A
  /// freeze that begins later holds it again. The same person's again is no second wish: nothing is written (`ChangeView.isRepetition`).
  package func overrideFreeze(
    key: String, reason: String, by actor: Actor, requestID: String, in transaction: Transaction
  ) throws -> ChangeView {
    let record = try adopt(record(key, in: transaction), requestID: requestID, in: transaction)
    guard actor.role.mayDecide else { throw Refusal.role(actor.role, needs: "approver, operator or admin") }
    let held = try heldCallback(of: record, in: transaction)
    if held == nil { try checkIsWaiting(record.change, revision: nil) }
    guard let policy = plan.policies[record.change.policy] else { throw Refusal.missingPolicy(record.change) }
    guard let group = policy.freezeOverride else {
      throw Refusal(
        .forbidden, "freeze_override_not_allowed",
        "policy \(policy.name) lets nobody override its freezes; wait for the window to end, or break the glass where the policy lets you")
    }
    guard Directory(groups: plan.groups).standing(of: actor.user, in: .group(group)) == .belongs else {
      throw Refusal(
        .forbidden, "freeze_override_not_allowed",
        "policy \(policy.name) lets only group \(group) override a freeze, two of them together; ask them")
    }
    if policy.preventSelfApproval, try isRequester(actor.user, of: record, in: transaction) {
      throw Refusal.ownDeployment(record.change, policy: policy)
    }
    let windows = policy.windows(holding: transaction.now)
    guard !windows.isEmpty else { throw Refusal.noFreeze(record.change, policy: policy) }
    let own = try transaction.freezeOverrides(change: record.change.id).filter { sameUser($0.user, actor.user) }
    if windows.allSatisfy({ window in own.contains { $0.covers(window) } }) {
      var view = try view(record.change.id, in: transaction)
      view.isRepetition = true
      return view
    }
    let override = FreezeOverride(user: actor.user, reason: reason, askedAt: transaction.now, windows: windows)
    try transaction.insert(override, change: record.change.id)
    try transaction.audit(
      .freezeOverridden, actor: actor.user, change: record.change.id,
      detail: [
        "reason": .string(reason), "windows": .array(windows.map(\.json)), "sha": .string(record.change.sha),
        "request_id": .string(requestID),
      ])
    if let held {
      try lookNow(at: held, refusedSince: held.refusedSince, in: transaction)
      try touch(record.change.id, in: transaction)
    } else {
      try moveOn(record, because: actor.user, requestID: requestID, in: transaction)
    }
    return try view(record.change.id, in: transaction)
  }

  /// The approval, or the start, that GitLab is owed and nobody is delivering now: a freeze that began after the decision may hold it. Also one that
  /// is under way where the policy withholds it: then it is only looked for (`withholding`).
  func heldCallback(of record: ChangeRecord, in transaction: Transaction) throws -> CallbackRecord? {
    guard record.change.gate == .allowed,
      let owed = try transaction.callbacks(change: record.change.id).first(where: {
        ($0.step == .approve || $0.step == .play) && $0.state == .retrying
      })
    else { return nil }
    return try owed.leasedUntil == nil || isHeld(record, in: transaction) ? owed : nil
  }

  /// What is looked for at this moment goes out when the look is over (`settleUntouched`).
  func lookNow(at held: CallbackRecord, refusedSince: Instant?, in transaction: Transaction) throws {
    guard held.leasedUntil == nil else { return }
    try transaction.postpone(held.id, until: transaction.now, lastError: held.lastError, refusedSince: refusedSince)
  }
}

internal import Calendar
internal import ChangeControl
package import Storage

/// Why an approval or a start that GitLab is owed does not go out now.
enum Withholding {
  /// A freeze has begun since, or an older deployment is on its way. What only waits for time is never given up.
  ///
  /// `isTimeAlone`: whether the decision stands but for that; where it does not, the time in which it is given up goes on, lest a freeze that comes
  /// every night begin it anew each time.
  case until(Instant, reason: String, isTimeAlone: Bool)
  /// The decision stands no more by the policy in force. It may again: who has left may come back.
  case meanwhile(reason: String)
  /// A newer deployment to the same environment was let through.
  case forGood(reason: String)
}

extension Gate {
  /// What a held callback's reason begins with.
  static let held = "held: "

  /// Nil when it may go out.
  func withholding(
    _ callback: CallbackRecord, record: ChangeRecord, approvals: [Approval], in transaction: Transaction
  ) throws -> Withholding? {
    if record.change.gate == .allowed, let newer = try overtaking(record, in: transaction) {
      return .forGood(
        reason: "superseded: \(ChangeRequest.key(newer)), a newer deployment to \(record.deployment.environment), was let through; "
          + "to bring this version back, deploy it anew in GitLab")
    }
    let evaluation =
      record.change.gate == .allowed ? try evaluateAgain(callback, record: record, approvals: approvals, in: transaction) : nil
    if evaluation?.verdict == .allowed { return try olderUnderWay(record, in: transaction) }
    if let evaluation, let opensAt = evaluation.opensAt {
      let isTimeAlone = try evaluateForDelivery(record, approvals: approvals, besidesTime: true, in: transaction)?.verdict == .allowed
      return .until(
        opensAt, reason: Gate.held + "waiting for \(evaluation.waitingFor.joined(separator: "; "))", isTimeAlone: isTimeAlone)
    }
    return .meanwhile(reason: Gate.held + "the decision no longer stands by the policy in force; \(help(record.change, evaluation))")
  }

  private func help(_ change: ChangeRequest, _ evaluation: Evaluation?) -> String {
    guard plan.policies[change.policy] != nil else {
      return "waiting for policy \(change.policy) to be put back into the configuration by an administrator"
    }
    guard let evaluation, !evaluation.waitingFor.isEmpty else { return "see the evaluation of \(change.key)" }
    let wishes = "waiting for \(evaluation.waitingFor.joined(separator: "; "))"
    // A gate is decided once: what is missing here nobody can give any more.
    guard evaluation.seats.count < evaluation.required else { return wishes }
    let glass = plan.policies[change.policy]?.breakGlass == nil ? "" : ", have the glass broken"
    return wishes
      + "; it was let through before and takes no new approvals: put back the people or the rules that it stood on\(glass), or deploy it "
      + "anew in GitLab"
  }

  /// What the gate has taken up for an older deployment, before this one was let through, may reach GitLab at any moment until that conversation has
  /// ended: behind this one it would bring the older version back. Where its policy would not let it go after this one, this one waits.
  private func olderUnderWay(_ record: ChangeRecord, in transaction: Transaction) throws -> Withholding? {
    let older = try transaction.underWay(olderThan: record.deployment).first { plan.policies[$0.policy]?.supersedesOlder ?? false }
    guard let older else { return nil }
    // Should nobody come to its end, the next process gives the lease back, and nothing else brings this one forward.
    return .until(
      min(older.end, transaction.now + .seconds(30)),
      reason: Gate.held(behind: older.change) + "an older deployment to \(record.deployment.environment), is on its way to GitLab",
      isTimeAlone: true)
  }

  /// What the reason of a callback begins with that waits for an older deployment's.
  static func held(behind change: Int64) -> String { Gate.held + "\(ChangeRequest.key(change)), " }

  /// The callback waits, or is given up, and says why.
  @discardableResult
  func withhold(
    _ callback: CallbackRecord, change: Int64, because withholding: Withholding, in transaction: Transaction
  ) throws -> Settlement {
    switch withholding {
    case .until(let opensAt, _, isTimeAlone: true) where callback.isDoubted:
      // A freeze is no word of GitLab's: that it knows no such deployment is believed when it says so once more. Looked at again soon, for what is in
      // doubt is not brought forward with what is held.
      let next = min(opensAt, transaction.now + Gate.longestBackoff)
      return try hold(
        callback, change: change, until: next, because: callback.lastError ?? Gate.doubted, refusedSince: callback.refusedSince,
        in: transaction)
    case .until(let opensAt, let reason, let isTimeAlone):
      let since = isTimeAlone ? nil : callback.heldSince
      return try hold(callback, change: change, until: opensAt, because: reason, refusedSince: since, in: transaction)
    case .meanwhile(let reason):
      let limit = plan.instance(named: callback.instance)?.giveUpAfter ?? .seconds(86_400)
      let since = callback.heldSince ?? transaction.now
      if transaction.now - since >= limit { return try abandon(callback, change: change, reason: reason, in: transaction) }
      let next = transaction.now + .seconds(30)
      return try hold(callback, change: change, until: next, because: reason, refusedSince: since, in: transaction)
    case .forGood(let reason):
      return try abandon(callback, change: change, reason: reason, in: transaction)
    }
  }

  /// GitLab does not have the effect of what was withheld. Where nothing withholds it any more it goes out at once.
  func settleUntouched(_ callback: CallbackRecord, change id: Int64, in transaction: Transaction) throws -> Settlement {
    guard let record = try transaction.change(id: id),
      let withheld = try withholding(callback, record: record, approvals: transaction.approvals(change: id), in: transaction)
    else {
      try transaction.postpone(callback.id, until: transaction.now, lastError: callback.lastError, refusedSince: nil)
      return Settlement(state: .retrying, reason: "nothing holds it any more", dueAt: transaction.now)
    }
    return try withhold(callback, change: id, because: withheld, in: transaction)
  }

  /// Has what is held looked at again now: a new configuration may have taken a freeze away, or put a person back.
  package func lookAtHeld(in transaction: Transaction) throws { try transaction.bringForward(failedWith: Gate.held) }

  /// By memberships that are not too old: who has left a group since the decision no longer speaks for it.
  ///
  /// - Parameter besidesTime: as if no freeze held it and its planned start had come.
  func evaluateForDelivery(
    _ record: ChangeRecord, approvals: [Approval], besidesTime: Bool = false, in reading: Reading
  ) throws -> Evaluation? {
    guard let policy = plan.policies[record.change.policy] else { return nil }
    var facts = try facts(of: record, policy: policy, approvals: approvals, at: reading.now, in: reading)
    facts.membershipsSince = reading.now - Gate.deliveryFreshness
    facts.isDecided = true
    if besidesTime { (facts.policy.freezeWindows, facts.subject.plannedStart) = ([], nil) }
    return facts.evaluate()
  }

  private func evaluateAgain(
    _ callback: CallbackRecord, record: ChangeRecord, approvals: [Approval], in transaction: Transaction
  ) throws -> Evaluation? {
    guard let evaluation = try evaluateForDelivery(record, approvals: approvals, in: transaction) else { return nil }
    guard evaluation.verdict != .allowed else { return evaluation }
    // Who has left may come back.
    try ask(evaluation.questions, about: record, isAnew: false, requestID: callback.requestID, in: transaction)
    try askForMembers(of: record.change, deployment: record.deployment, isAnew: false, requestID: callback.requestID, in: transaction)
    return evaluation
  }

  /// People read why it is held in the change: a reason that is new there is a new revision.
  private func hold(
    _ callback: CallbackRecord, change: Int64, until next: Instant, because reason: String, refusedSince: Instant?,
    in transaction: Transaction
  ) throws -> Settlement {
    try transaction.postpone(callback.id, until: next, lastError: reason, refusedSince: refusedSince)
    if callback.lastError != reason { try touch(change, in: transaction) }
    return Settlement(state: .retrying, reason: reason, dueAt: next)
  }
}

extension CallbackRecord {
  /// Whether it was held when it was last due: since when that is so stands where else the time stands since which GitLab has refused it.
  var isHeld: Bool { lastError?.hasPrefix(Gate.held) ?? false }

  /// Since when the decision has not stood. Since when GitLab has refused it is another time, and says nothing of this.
  fileprivate var heldSince: Instant? { isHeld ? refusedSince : nil }

  /// Whether GitLab said last that it knows no such deployment: since when is told by the same time, and is no refusal (401, 403).
  fileprivate var isDoubted: Bool { lastError?.hasPrefix(Gate.doubted) ?? false }

  var refusedByGitLabSince: Instant? { isHeld || isDoubted ? nil : refusedSince }
}

package import Calendar
package import ChangeControl
internal import JSON
package import Storage

/// What settling did to a callback, for the log.
package struct Settlement: Sendable, Hashable {
  package var state: CallbackState
  package var reason: String?
  /// When it is tried again.
  package var dueAt: Instant?
}

extension Gate {
  /// Takes in what came of an attempt: facts first, then the row. An attempt whose lease was given to another meanwhile changes no row; its
  /// facts still count.
  ///
  /// - Parameter mayHaveActed: whether the attempt has sent something that GitLab may have carried out. Who cannot tell says that it may.
  package func settle(
    _ claim: Claim, _ outcome: CallbackOutcome, mayHaveActed: Bool = true, in transaction: Transaction
  ) throws -> Settlement {
    let instance = claim.callback.instance
    try noteContact(outcome, instance: instance, in: transaction)
    if let facts = outcome.facts {
      try apply(facts, by: .reconcile, requestID: claim.callback.requestID, in: transaction)
    }
    // SQLite gives the number of a row that is gone to another one, later.
    guard var callback = try transaction.callback(id: claim.callback.id), callback.createdAt == claim.callback.createdAt else {
      return Settlement(state: .retrying, reason: "another attempt has taken over")
    }
    // A long list may take longer than a lease, each time anew: whoever has read it first is heard.
    if case .told = outcome { return try settleQuestion(callback, told: outcome, beganAt: claim.claimedAt, in: transaction) }
    guard callback.attempts == claim.callback.attempts, callback.leasedUntil != nil else {
      return Settlement(state: .retrying, reason: "another attempt has taken over")
    }
    if let change = callback.change {
      // An attempt that ended before it sent anything leaves nothing to look for.
      callback.mayHaveBeenSent = mayHaveActed || claim.callback.mayHaveBeenSent
      if !callback.mayHaveBeenSent { try transaction.noteUnsent(callback.id) }
      let settlement = try settleEffect(callback, change: change, outcome: outcome, mayHaveActed: mayHaveActed, in: transaction)
      if callback.step.letsGo { try transaction.bringForward(failedWith: Gate.held(behind: change)) }
      return settlement
    }
    if callback.step == .ask { return try settleQuestion(callback, told: outcome, beganAt: claim.claimedAt, in: transaction) }
    return try settleQuestion(callback, outcome: outcome, in: transaction)
  }

  // MARK: Effects: approve, play, reject

  private func settleEffect(
    _ callback: CallbackRecord, change: Int64, outcome: CallbackOutcome, mayHaveActed: Bool, in transaction: Transaction
  ) throws -> Settlement {
    switch outcome {
    case .done:
      return try deliver(callback, change: change, note: nil, in: transaction)
    case .waiting(_, let reason):
      // Our own approval is recorded; that GitLab wants others' too is what `play` then waits for.
      if callback.step == .approve { return try deliver(callback, change: change, note: reason, in: transaction) }
      return try retry(callback, after: interval(callback.instance), reason: reason, refusedSince: nil, in: transaction)
    case .outOfBand(let facts):
      return try meetOthers(callback, change: change, facts: facts, in: transaction)
    case .overtaken(let facts):
      let reason = "the deployment is \(facts.status.rawValue) in GitLab; there is nothing left to \(callback.step.rawValue)"
      return try abandon(callback, change: change, reason: reason, in: transaction)
    case .untouched:
      return try settleUntouched(callback, change: change, in: transaction)
    case .gone(let reason):
      guard isBelieved(callback, gone: reason, at: transaction.now) else { return try doubt(callback, gone: reason, in: transaction) }
      if let deployment = callback.deployment { try lose(deployment: deployment, reason: reason, in: transaction) }
      return try abandon(callback, change: change, reason: reason, in: transaction)
    case .retry(let reason, let after):
      // What got as far as to be sent was not refused: should GitLab refuse from now on, the time until it is given up begins anew.
      let since = mayHaveActed ? nil : callback.refusedByGitLabSince
      return try retry(callback, after: after, reason: reason, refusedSince: since, in: transaction)
    case .refused(let reason):
      return try refuse(callback, change: change, reason: reason, mayHaveActed: mayHaveActed, in: transaction)
    case .impossible(let reason):
      return try abandon(callback, change: change, reason: reason, in: transaction)
    case .located, .told:
      preconditionFailure("an effect is no question")
    }
  }

  func deliver(_ callback: CallbackRecord, change: Int64, note: String?, in transaction: Transaction) throws -> Settlement {
    try transaction.settle(callback.id, .delivered, lastError: note)
    try touch(change, in: transaction)
    try transaction.audit(
      .callbackDelivered, actor: Gate.ourselves, change: change,
      detail: [
        "step": .string(callback.step.rawValue), "attempts": .integer(Int64(callback.attempts)), "note": .optional(note),
        "request_id": .string(callback.requestID),
      ])
    return Settlement(state: .delivered, reason: note)
  }

  /// Somebody else brought the effect about in GitLab: marked, and never added to. What others approved there the gate does not play.
  private func meetOthers(
    _ callback: CallbackRecord, change id: Int64, facts: DeploymentFacts, in transaction: Transaction
  ) throws -> Settlement {
    if let record = try transaction.change(id: id), !record.change.outOfBand {
      var change = record.change
      change.outOfBand = true
      try transaction.update(&change)
      try transaction.audit(
        .outOfBand, actor: "gitlab", change: id,
        detail: [
          "step": .string(callback.step.rawValue), "deployment_status": .string(facts.status.rawValue),
          "approved_in_gitlab_by": .array(facts.approvals.map { .string($0.person.username) }),
        ])
    }
    if callback.step == .approve {
      return try abandon(
        callback, change: id, reason: "others have approved it in GitLab already; the gate adds nothing and will not start the job",
        in: transaction)
    }
    return try deliver(callback, change: id, note: "somebody else did it in GitLab", in: transaction)
  }

  /// Gives a step up for good, and with it the steps that were to follow. It stays visible, and an operator can have it tried again.
  @discardableResult
  func abandon(_ callback: CallbackRecord, change: Int64, reason: String, in transaction: Transaction) throws -> Settlement {
    let owed = try transaction.callbacks(change: change).filter { $0.id == callback.id || ($0.id > callback.id && $0.state == .pending) }
    for row in owed {
      let because = row.id == callback.id ? reason : "\(callback.step.rawValue) was abandoned"
      try transaction.settle(row.id, .abandoned, lastError: because)
      try transaction.audit(
        .callbackAbandoned, actor: Gate.ourselves, change: change,
        detail: [
          "step": .string(row.step.rawValue), "attempts": .integer(Int64(row.attempts)), "because": .string(because),
          "request_id": .string(row.requestID),
        ])
    }
    try touch(change, in: transaction)
    return Settlement(state: .abandoned, reason: reason)
  }

  // MARK: Questions: inspect, locate

  private func settleQuestion(_ callback: CallbackRecord, outcome: CallbackOutcome, in transaction: Transaction) throws -> Settlement {
    switch outcome {
    case .done, .waiting, .outOfBand, .overtaken:
      try transaction.deleteCallback(callback.id)
      return Settlement(state: .delivered)
    case .located(let identities):
      try transaction.deleteCallback(callback.id)
      let hint = callback.hint.flatMap { try? JSONValue.parse($0) }.flatMap(PipelineHint.init(json:))
      // Which of the pipeline's environments each belongs to, inspection will tell.
      let environment = hint?.jobs.first?.environment ?? ""
      for identity in identities {
        let deployment = try transaction.meet(
          identity, status: .blocked, environment: environment, tier: nil, project: nil, jobID: nil, by: .webhook)
        try transaction.askToInspect(deployment, instance: callback.instance, requestID: callback.requestID)
      }
      return Settlement(state: .delivered)
    case .gone(let reason):
      guard isBelieved(callback, gone: reason, at: transaction.now) else { return try doubt(callback, gone: reason, in: transaction) }
      try transaction.deleteCallback(callback.id)
      if let deployment = callback.deployment { try lose(deployment: deployment, reason: reason, in: transaction) }
      return Settlement(state: .abandoned, reason: reason)
    case .retry(let reason, let after):
      return try retry(callback, after: after, reason: reason, refusedSince: callback.refusedSince, in: transaction)
    case .refused(let reason), .impossible(let reason):
      return try retry(callback, after: nil, reason: reason, refusedSince: callback.refusedSince ?? transaction.now, in: transaction)
    case .told, .untouched:
      preconditionFailure("only what was asked is told, and only what is owed is withheld")
    }
  }

  // MARK: Trying again

  /// What the reason of a callback begins with whose deployment GitLab says it does not know.
  static let doubted = "asked again, for it may be a mistake: "

  /// Whether GitLab has said for a whole reconcile interval, and nothing else meanwhile, that it knows no such deployment. Before that it may
  /// be the mistake of a proxy, and an `invalid` gate stays invalid.
  private func isBelieved(_ callback: CallbackRecord, gone reason: String, at now: Instant) -> Bool {
    guard callback.lastError == Gate.doubted + reason, let since = callback.refusedSince else { return false }
    return now - since >= interval(callback.instance)
  }

  private func doubt(_ callback: CallbackRecord, gone reason: String, in transaction: Transaction) throws -> Settlement {
    let doubt = Gate.doubted + reason
    let since = callback.lastError == doubt ? callback.refusedSince : nil
    return try retry(callback, after: nil, reason: doubt, refusedSince: since ?? transaction.now, in: transaction)
  }

  func retry(
    _ callback: CallbackRecord, after wait: Duration?, reason: String, refusedSince: Instant?, in transaction: Transaction
  ) throws -> Settlement {
    if callback.step == .inspect, let deployment = callback.deployment,
      try transaction.hasOtherInspection(deployment: deployment, than: callback.id)
    {
      try transaction.deleteCallback(callback.id)
      return Settlement(state: .retrying, reason: reason)
    }
    let due = transaction.now + max(wait ?? .zero, wait == nil ? backoff(attempt: callback.attempts) : .zero)
    try transaction.postpone(callback.id, until: due, lastError: reason, refusedSince: refusedSince)
    if let change = callback.change, callback.lastError != reason || callback.state != .retrying { try touch(change, in: transaction) }
    return Settlement(state: .retrying, reason: reason, dueAt: due)
  }

  static let longestBackoff: Duration = .seconds(300)

  /// Exponential with full jitter: anywhere up to 1, 2, 4 … 300 seconds, so that many rows do not come back at once.
  func backoff(attempt: Int) -> Duration {
    let ceiling = min(Double(Gate.longestBackoff.components.seconds), Double(1 << min(max(attempt - 1, 0), 9)))
    return .milliseconds(max(100, Int64(ceiling * 1_000 * chance.fraction())))
  }

  private func interval(_ instance: String) -> Duration { plan.instance(named: instance)?.reconcileEvery ?? .seconds(30) }

  /// A callback that moved is a change of the record that people read.
  func touch(_ id: Int64, in transaction: Transaction) throws {
    guard var change = try transaction.change(id: id)?.change else { return }
    try transaction.update(&change)
  }

  private func noteContact(_ outcome: CallbackOutcome, instance: String, in transaction: Transaction) throws {
    switch outcome {
    case .done, .outOfBand, .overtaken, .waiting, .untouched, .gone, .located, .told: try transaction.noteContact(instance: instance)
    case .retry(let reason, let after):
      try transaction.noteFailure(instance: instance, reason: reason)
      if let after { try transaction.pause(instance: instance, until: transaction.now + after) }
    case .refused(let reason), .impossible(let reason): try transaction.noteFailure(instance: instance, reason: reason)
    }
  }
}

extension CallbackOutcome {
  /// What GitLab said the deployment is, where it said so.
  var facts: DeploymentFacts? {
    switch self {
    case .done(let facts), .outOfBand(let facts), .overtaken(let facts), .waiting(let facts, _), .untouched(let facts): facts
    case .gone, .retry, .refused, .impossible, .located, .told: nil
    }
  }
}

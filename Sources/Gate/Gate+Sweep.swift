package import Calendar
internal import ChangeControl
package import Storage

extension Gate {
  /// The longest that GitLab's wish for quiet is obeyed (the pause that its answers are read to).
  static let longestPause: Duration = .seconds(3_600)

  /// Housekeeping: old deliveries go; waiting changes are looked at again; nothing waits for a time that only a wrong clock knew. Returns how many
  /// rows were let go.
  package func sweep(in transaction: Transaction) throws -> Int {
    try mendTimes(in: transaction)
    try tellStranded(in: transaction)
    return try transaction.forgetDeliveries(before: transaction.now - plan.deliveryRetention)
  }

  /// How many changes are looked at in one transaction: webhooks and people wait meanwhile.
  package static let looksAtOnce = 100

  /// Looks again at waiting changes, newest first, below `cursor`: a new configuration may say something else of them. Returns where to go on, nil at
  /// the end.
  ///
  /// - Parameters:
  ///   - isAnew: see `ask`.
  ///   - requestID: see `reconsider`.
  package func reconsiderWaiting(
    before cursor: Int64?, isAnew: Bool = false, requestID: String? = nil, in transaction: Transaction
  ) throws -> Int64? {
    var filter = ChangeFilter()
    filter.gate = .awaiting
    let page = try transaction.changes(filter, before: cursor, limit: Gate.looksAtOnce)
    for record in Gate.newestDeploymentFirst(page) {
      try reconsider(record.change.id, because: "the policy in force", isAnew: isAnew, requestID: requestID, in: transaction)
    }
    return page.count < Gate.looksAtOnce ? nil : page.last?.change.id
  }

  /// What is let through may end what is older. Changes need not be opened in the order of their deployments: of several that wait in GitLab when the gate
  /// first looks, the newest is seen first.
  static func newestDeploymentFirst(_ records: [ChangeRecord]) -> [ChangeRecord] {
    records.sorted { $0.deployment.identity.deployment > $1.deployment.identity.deployment }
  }

  /// Looks again at what time alone may have moved: a freeze has ended, a time has come or run out. Returns when to look next.
  ///
  /// - Parameter requestID: see `reconsider`.
  package func lookAgain(requestID: String? = nil, in transaction: Transaction) throws -> Instant? {
    for id in try transaction.changesToLookAt(limit: Gate.looksAtOnce) {
      try reconsider(id, because: "its time has come", isAnew: true, requestID: requestID, in: transaction)
    }
    return try transaction.nextLook()
  }

  /// A clock that was ahead and was set right has left times that may be years away. What is further away than anything is ever put off by, is
  /// due now; and so is all that was put off before GitLab was heard of at a time that is still to come.
  private func mendTimes(in transaction: Transaction) throws {
    try transaction.forgetFuture()
    let longestWait = plan.instances.map(\.reconcileEvery).reduce(Gate.longestPause, max)
    try transaction.bringForward(dueAfter: transaction.now + longestWait, leasedAfter: transaction.now + Gate.lease)
    try transaction.endPauses(after: transaction.now + Gate.longestPause)
  }

  /// A decision owed to a GitLab that the configuration has lost is carried by nobody: the callback says so, and is due as soon as it is back.
  private func tellStranded(in transaction: Transaction) throws {
    for instance in try transaction.instancesOwed() where plan.instance(named: instance) == nil {
      let reason = "no GitLab instance '\(instance)' is in the configuration any more; an administrator must put it back"
      for callback in try transaction.dueCallbacks(instance: instance, limit: 500) where callback.lastError != reason {
        guard let change = callback.change else { continue }
        try transaction.postpone(callback.id, until: transaction.now, lastError: reason, refusedSince: callback.refusedByGitLabSince)
        try touch(change, in: transaction)
      }
    }
  }
}

internal import ChangeControl
package import Storage

extension Gate {
  /// The longest that GitLab's wish for quiet is obeyed (the pause that its answers are read to).
  static let longestPause: Duration = .seconds(3_600)

  /// Housekeeping: old deliveries go; waiting changes are looked at again; nothing waits for a time that only a wrong clock knew. Returns how many
  /// rows were let go.
  package func sweep(in transaction: Transaction) throws -> Int {
    try mendTimes(in: transaction)
    var filter = ChangeFilter()
    filter.gate = .awaiting
    for record in try transaction.changes(filter, before: nil, limit: 500) {
      try reconsider(record.change.id, because: "the policy in force", in: transaction)
    }
    return try transaction.forgetDeliveries(before: transaction.now - plan.deliveryRetention)
  }

  /// A clock that was ahead and was set right has left times that may be years away. What is further away than anything is ever put off by, is
  /// due now.
  private func mendTimes(in transaction: Transaction) throws {
    let longestWait = plan.instances.map(\.reconcileEvery).reduce(Gate.longestPause, max)
    try transaction.bringForward(dueAfter: transaction.now + longestWait, leasedAfter: transaction.now + Gate.lease)
    try transaction.endPauses(after: transaction.now + Gate.longestPause)
  }
}

package import ChangeControl
internal import JSON
package import Storage

extension Gate {
  /// An operator has the abandoned callbacks of a change tried again. Throws `Refusal` when there are none.
  package func retryCallbacks(key: String, by actor: Actor, requestID: String, in transaction: Transaction) throws -> ChangeView {
    let record = try record(key, in: transaction)
    guard actor.role.mayOperate else { throw Refusal.role(actor.role, needs: "operator or admin") }
    let abandoned = try transaction.callbacks(change: record.change.id).filter { $0.state == .abandoned }
    guard !abandoned.isEmpty else {
      throw Refusal(.conflict, "nothing_abandoned", "no callback of \(record.change.key) is abandoned; there is nothing to try again")
    }
    for callback in abandoned {
      try transaction.revive(callback.id)
      try transaction.audit(
        .callbackRetried, actor: actor.user, change: record.change.id,
        detail: ["step": .string(callback.step.rawValue), "was": .optional(callback.lastError), "request_id": .string(requestID)])
    }
    try touch(record.change.id, in: transaction)
    return try view(record.change.id, in: transaction)
  }
}

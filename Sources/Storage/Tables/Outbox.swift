package import Calendar
package import ChangeControl

package enum CallbackState: String, Sendable, Hashable {
  case pending, retrying, delivered, abandoned
}

/// One row of the outbox: a step owed to GitLab.
package struct CallbackRecord: Sendable, Hashable {
  package var id: Int64
  package var instance: String
  package var step: CallbackStep
  package var deployment: Int64?
  package var change: Int64?
  /// `locate` only: the pipeline hint as JSON.
  package var hint: String?
  package var state: CallbackState
  package var attempts: Int
  package var dueAt: Instant
  package var leasedUntil: Instant?
  package var refusedSince: Instant?
  package var lastError: String?
  package var requestID: String
  package var createdAt: Instant
  package var settledAt: Instant?
  /// An attempt has sent GitLab what is owed, or may have: what it was answered may be lost. Never for a question.
  package var mayHaveBeenSent: Bool
}

extension Reading {
  package func callback(id: Int64) throws(StorageError) -> CallbackRecord? {
    try connection.query("\(CallbackRecord.select) WHERE o.id = ?", id, row: CallbackRecord.init(row:)).first
  }

  /// The callbacks of one change, in the order in which they are due.
  package func callbacks(change: Int64) throws(StorageError) -> [CallbackRecord] {
    try connection.query(CallbackRecord.ofChange, change, row: CallbackRecord.init(row:))
  }

  /// The instances that a step of a decision is owed to.
  package func instancesOwed() throws(StorageError) -> [String] {
    try connection.query("SELECT DISTINCT instance FROM outbox WHERE change IS NOT NULL AND state IN ('pending', 'retrying')") {
      $0.requiredText(0)
    }
  }

  /// How many decisions have not reached GitLab, by state, and since when the oldest waits.
  package func owedCallbacks() throws(StorageError) -> (waiting: Int64, abandoned: Int64, oldest: Instant?) {
    try connection.query(
      """
      SELECT count(*) FILTER (WHERE state IN ('pending', 'retrying')), count(*) FILTER (WHERE state = 'abandoned'),
        min(created_at) FILTER (WHERE state IN ('pending', 'retrying'))
      FROM outbox WHERE change IS NOT NULL
      """
    ) { ($0.requiredInteger(0), $0.requiredInteger(1), $0.integer(2).map(Instant.init(milliseconds:))) }.first ?? (0, 0, nil)
  }

  /// Callbacks that somebody should know of, newest first, at most `limit`: those that GitLab has not taken so far, and those given up on
  /// while the deployment can still be let through or stopped.
  package func troubledCallbacks(limit: Int) throws(StorageError) -> [CallbackRecord] {
    try connection.query(
      """
      \(CallbackRecord.select) JOIN deployment d ON d.id = o.deployment
      WHERE o.change IS NOT NULL AND (
        (o.state = 'retrying' AND o.last_error IS NOT NULL)
        OR (o.state = 'abandoned' AND d.gone_at IS NULL AND d.status IN ('created', 'blocked')))
      ORDER BY o.id DESC LIMIT ?
      """, limit, row: CallbackRecord.init(row:))
  }
}

extension Transaction {
  /// Owes GitLab a step of a decision. `after` is the row that has to be delivered first.
  package func insertCallback(
    _ step: CallbackStep, change: Int64, deployment: Int64, instance: String, after: Int64?, requestID: String
  ) throws(StorageError) -> Int64 {
    try connection.execute(
      """
      INSERT INTO outbox (instance, step, deployment, change, after, state, due_at, request_id, created_at)
      VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?)
      """, instance, step.rawValue, deployment, change, after, now.milliseconds, requestID, now.milliseconds)
    return connection.lastInsertedID
  }

  package func settle(_ id: Int64, _ state: CallbackState, lastError: String?) throws(StorageError) {
    try connection.execute(
      "UPDATE outbox SET state = ?, leased_until = NULL, last_error = ?, settled_at = ? WHERE id = ?", state.rawValue, lastError,
      now.milliseconds, id)
  }

  package func postpone(_ id: Int64, until due: Instant, lastError: String?, refusedSince: Instant?) throws(StorageError) {
    try connection.execute(
      "UPDATE outbox SET state = 'retrying', leased_until = NULL, due_at = ?, last_error = ?, refused_since = ? WHERE id = ?",
      due.milliseconds,
      lastError, refusedSince?.milliseconds, id)
  }

  /// An attempt has ended that was the first that might have sent something, and it sent nothing.
  package func noteUnsent(_ id: Int64) throws(StorageError) { try connection.execute("UPDATE outbox SET sent = 0 WHERE id = ?", id) }

  package func forgetRefusals(_ id: Int64) throws(StorageError) {
    try connection.execute("UPDATE outbox SET refused_since = NULL WHERE id = ?", id)
  }

  /// Sets an abandoned row back to its beginning. What was sent before is not forgotten.
  package func revive(_ id: Int64) throws(StorageError) {
    try connection.execute(
      """
      UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?, leased_until = NULL, refused_since = NULL, last_error = NULL, settled_at = NULL
      WHERE id = ? AND state = 'abandoned'
      """, now.milliseconds, id)
  }
}

extension CallbackRecord {
  static let ofChange = "\(select) WHERE o.change = ? ORDER BY o.id"

  static let select = """
    SELECT o.id, o.instance, o.step, o.deployment, o.change, o.hint, o.state, o.attempts, o.due_at, o.leased_until, o.refused_since, o.last_error,
      o.request_id, o.created_at, o.settled_at, o.sent FROM outbox o
    """

  init(row: Row) {
    id = row.requiredInteger(0)
    instance = row.requiredText(1)
    step = CallbackStep(rawValue: row.requiredText(2)) ?? .inspect
    deployment = row.integer(3)
    change = row.integer(4)
    hint = row.text(5)
    state = CallbackState(rawValue: row.requiredText(6)) ?? .abandoned
    attempts = Int(row.requiredInteger(7))
    dueAt = Instant(milliseconds: row.requiredInteger(8))
    leasedUntil = row.integer(9).map(Instant.init(milliseconds:))
    refusedSince = row.integer(10).map(Instant.init(milliseconds:))
    lastError = row.text(11)
    requestID = row.requiredText(12)
    createdAt = Instant(milliseconds: row.requiredInteger(13))
    settledAt = row.integer(14).map(Instant.init(milliseconds:))
    mayHaveBeenSent = row.requiredInteger(15) == 1
  }
}

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
}

extension Reading {
  package func callback(id: Int64) throws(StorageError) -> CallbackRecord? {
    try connection.query("\(CallbackRecord.select) WHERE o.id = ?", id, row: CallbackRecord.init(row:)).first
  }

  /// The callbacks of one change, in the order in which they are due.
  package func callbacks(change: Int64) throws(StorageError) -> [CallbackRecord] {
    try connection.query(CallbackRecord.ofChange, change, row: CallbackRecord.init(row:))
  }

  /// What is due now and not under way, callbacks of decisions before questions, oldest first. Two queries, each of which an index has in its order:
  /// one for both would sort all that is due, in the writer, each time a few rows are taken.
  ///
  /// - Parameter questions: how many questions are among them at most.
  package func dueCallbacks(instance: String, limit: Int, questions: Int = .max) throws(StorageError) -> [CallbackRecord] {
    let owed = try dueCallbacks("INDEXED BY outbox_owed WHERE o.change IS NOT NULL", instance: instance, limit: limit)
    let room = min(limit - owed.count, questions)
    guard room > 0 else { return owed }
    return owed + (try dueCallbacks("INDEXED BY outbox_due WHERE o.change IS NULL", instance: instance, limit: room))
  }

  private func dueCallbacks(_ kind: String, instance: String, limit: Int) throws(StorageError) -> [CallbackRecord] {
    try connection.query(
      """
      \(CallbackRecord.select) \(kind)
        AND o.instance = ? AND o.state IN ('pending', 'retrying') AND o.due_at <= ? AND (o.leased_until IS NULL OR o.leased_until <= ?)
        AND (o.after IS NULL OR (SELECT p.state FROM outbox p WHERE p.id = o.after) = 'delivered')
      ORDER BY o.due_at, o.id LIMIT ?
      """, instance, now.milliseconds, now.milliseconds, limit, row: CallbackRecord.init(row:))
  }

  /// Whether `dueCallbacks` has any. Looks no further than the first, however many wait: it is asked after every write.
  package func hasDueCallback(instance: String, questions: Bool = true) throws(StorageError) -> Bool {
    try !connection.query(
      """
      SELECT 1 FROM outbox o \(CallbackRecord.among(questions: questions))
        o.instance = ? AND o.state IN ('pending', 'retrying') AND o.due_at <= ? AND (o.leased_until IS NULL OR o.leased_until <= ?)
        AND (o.after IS NULL OR (SELECT p.state FROM outbox p WHERE p.id = o.after) = 'delivered')
      LIMIT 1
      """, instance, now.milliseconds, now.milliseconds
    ) { _ in true }.isEmpty
  }

  /// When the next row of an instance is due; nil when nothing waits. Looks at what is under way, and at the first of what is not.
  package func nextDue(instance: String, questions: Bool = true) throws(StorageError) -> Instant? {
    let among = CallbackRecord.among(questions: questions)
    let waits = """
      o.instance = ? AND o.state IN ('pending', 'retrying')
        AND (o.after IS NULL OR (SELECT p.state FROM outbox p WHERE p.id = o.after) = 'delivered')
      """
    return try connection.query(
      """
      SELECT min(due) FROM (
        SELECT * FROM (SELECT o.due_at AS due FROM outbox o \(among) \(waits) AND o.leased_until IS NULL ORDER BY o.due_at LIMIT 1)
        UNION ALL SELECT max(o.due_at, o.leased_until) FROM outbox o \(among) \(waits) AND o.leased_until IS NOT NULL)
      """, instance, instance
    ) { $0.integer(0).map(Instant.init(milliseconds:)) }.first ?? nil
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

  /// Asks GitLab about a deployment. One question that still waits serves all who ask meanwhile; it is brought forward.
  package func askToInspect(deployment: Int64, instance: String, requestID: String) throws(StorageError) {
    try askToInspect(KnownDeployment(id: deployment, isNew: false), instance: instance, requestID: requestID)
  }

  package func askToInspect(_ deployment: KnownDeployment, instance: String, requestID: String) throws(StorageError) {
    // Nothing can wait for what is new.
    if !deployment.isNew {
      let waiting = try connection.execute(
        "UPDATE outbox SET due_at = min(due_at, ?) WHERE deployment = ? AND step = 'inspect' AND leased_until IS NULL", now.milliseconds,
        deployment.id)
      if waiting > 0 { return }
    }
    try connection.execute(
      """
      INSERT INTO outbox (instance, step, deployment, state, due_at, request_id, created_at) VALUES (?, 'inspect', ?, 'pending', ?, ?, ?)
      """, instance, deployment.id, now.milliseconds, requestID, now.milliseconds)
  }

  /// Asks which deployments a pipeline's waiting jobs belong to.
  package func askToLocate(hint: String, instance: String, requestID: String) throws(StorageError) {
    try connection.execute(
      "INSERT INTO outbox (instance, step, hint, state, due_at, request_id, created_at) VALUES (?, 'locate', ?, 'pending', ?, ?, ?)",
      instance, hint,
      now.milliseconds, requestID, now.milliseconds)
  }

  /// Takes a row for an attempt: nobody else does until the lease ends.
  package func lease(_ record: CallbackRecord, until end: Instant) throws(StorageError) {
    try connection.execute("UPDATE outbox SET attempts = attempts + 1, leased_until = ? WHERE id = ?", end.milliseconds, record.id)
  }

  /// Gives every lease back. Only for a process that has just taken the database's lock: whoever held them is dead.
  @discardableResult
  package func releaseLeases() throws(StorageError) -> Int {
    // Two questions about one deployment may have been under way and waiting at the same time; one is enough now.
    try connection.execute(
      """
      DELETE FROM outbox WHERE step = 'inspect' AND leased_until IS NOT NULL AND EXISTS (
        SELECT 1 FROM outbox p WHERE p.deployment = outbox.deployment AND p.step = 'inspect' AND p.id <> outbox.id
          AND (p.leased_until IS NULL OR p.id < outbox.id))
      """)
    return try connection.execute("UPDATE outbox SET leased_until = NULL WHERE leased_until IS NOT NULL")
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

  package func forgetRefusals(_ id: Int64) throws(StorageError) {
    try connection.execute("UPDATE outbox SET refused_since = NULL WHERE id = ?", id)
  }

  /// Makes due now what is due after `due`, ends leases that end after `lease`, and lets no refusal have begun in the future.
  package func bringForward(dueAfter due: Instant, leasedAfter lease: Instant) throws(StorageError) {
    try connection.execute(
      "UPDATE outbox SET due_at = ? WHERE state IN ('pending', 'retrying') AND due_at > ?", now.milliseconds, due.milliseconds)
    // Not to null: a question may wait beside one that is under way, and only one may wait.
    try connection.execute("UPDATE outbox SET leased_until = ? WHERE leased_until > ?", now.milliseconds, lease.milliseconds)
    try connection.execute("UPDATE outbox SET refused_since = ? WHERE refused_since > ?", now.milliseconds, now.milliseconds)
  }

  /// Makes due now what nobody delivers at this moment and whose last error begins with `prefix`.
  package func bringForward(failedWith prefix: String) throws(StorageError) {
    try connection.execute(
      """
      UPDATE outbox INDEXED BY outbox_owed SET due_at = ? WHERE change IS NOT NULL AND state IN ('pending', 'retrying')
        AND state = 'retrying' AND leased_until IS NULL AND due_at > ? AND substr(last_error, 1, length(?)) = ?
      """, now.milliseconds, now.milliseconds, prefix, prefix)
  }

  /// The same for the approvals and starts that are owed to older deployments to the same environment. By what is owed, not by all that ever was:
  /// a freeze that ends may let a hundred changes through in one transaction.
  package func bringForward(olderThan newer: DeploymentRecord) throws(StorageError) {
    try connection.execute(
      """
      UPDATE outbox INDEXED BY outbox_owed SET due_at = ? WHERE change IS NOT NULL AND state IN ('pending', 'retrying')
        AND instance = ? AND due_at > ? AND state = 'retrying' AND leased_until IS NULL AND (step = 'approve' OR step = 'play')
        AND EXISTS (
          SELECT 1 FROM deployment d
          WHERE d.id = outbox.deployment AND d.project_id = ? AND d.environment = ? AND d.deployment_id < ?)
      """, now.milliseconds, newer.identity.instance, now.milliseconds, newer.identity.project, newer.environment,
      newer.identity.deployment)
  }

  package func deleteCallback(_ id: Int64) throws(StorageError) { try connection.execute("DELETE FROM outbox WHERE id = ?", id) }

  /// Another question about the same deployment waits already.
  package func hasOtherInspection(deployment: Int64, than id: Int64) throws(StorageError) -> Bool {
    try !connection.query(
      "SELECT 1 FROM outbox WHERE deployment = ? AND step = 'inspect' AND id <> ?", deployment, id
    ) { _ in true }.isEmpty
  }

  /// Sets an abandoned row back to its beginning.
  package func revive(_ id: Int64) throws(StorageError) {
    try connection.execute(
      """
      UPDATE outbox SET state = 'pending', attempts = 0, due_at = ?, leased_until = NULL, refused_since = NULL, last_error = NULL, settled_at = NULL
      WHERE id = ? AND state = 'abandoned'
      """, now.milliseconds, id)
  }
}

extension CallbackRecord {
  /// Where to look: at all that waits, or only at what is owed by decisions, past however many questions wait.
  static func among(questions: Bool) -> String { questions ? "WHERE" : "INDEXED BY outbox_owed WHERE o.change IS NOT NULL AND" }

  static let ofChange = "\(select) WHERE o.change = ? ORDER BY o.id"

  static let select = """
    SELECT o.id, o.instance, o.step, o.deployment, o.change, o.hint, o.state, o.attempts, o.due_at, o.leased_until, o.refused_since, o.last_error,
      o.request_id, o.created_at, o.settled_at FROM outbox o
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
  }
}

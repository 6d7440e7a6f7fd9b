package import Calendar

extension Reading {
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

  /// The older deployments to the same environment of which an approval or a start is under way: its change, by what policy, and when the attempt
  /// ends at the latest.
  package func underWay(olderThan newer: DeploymentRecord) throws(StorageError) -> [(change: Int64, policy: String, end: Instant)] {
    try connection.query(
      """
      SELECT c.id, c.policy, o.leased_until
      FROM outbox o INDEXED BY outbox_under_way JOIN deployment d ON d.id = o.deployment JOIN change_request c ON c.id = o.change
      WHERE o.instance = ? AND o.leased_until > ? AND (o.step = 'approve' OR o.step = 'play') AND d.project_id = ? AND d.environment = ?
        AND d.deployment_id < ?
      ORDER BY d.deployment_id DESC
      """, newer.identity.instance, now.milliseconds, newer.identity.project, newer.environment, newer.identity.deployment
    ) { ($0.requiredInteger(0), $0.requiredText(1), Instant(milliseconds: $0.requiredInteger(2))) }
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
}

extension Transaction {
  /// Takes a row for an attempt: nobody else does until the lease ends.
  ///
  /// An attempt that nobody has settled may have acted: GitLab's refusals begin anew after it.
  ///
  /// - Parameter acts: whether the attempt may send what is owed. It counts as sent from now on: whoever dies does not tell.
  package func lease(_ record: CallbackRecord, until end: Instant, acts: Bool) throws(StorageError) {
    try connection.execute(
      """
      UPDATE outbox SET attempts = attempts + 1, leased_until = ?, sent = ?,
        refused_since = CASE WHEN leased_until IS NOT NULL AND sent THEN NULL ELSE refused_since END WHERE id = ?
      """, end.milliseconds, record.mayHaveBeenSent || acts, record.id)
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
    // What they had sent may stand in GitLab, whatever it refused before.
    return try connection.execute(
      """
      UPDATE outbox SET leased_until = NULL, refused_since = CASE WHEN sent THEN NULL ELSE refused_since END WHERE leased_until IS NOT NULL
      """)
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
}

extension CallbackRecord {
  /// Where to look: at all that waits, or only at what is owed by decisions, past however many questions wait.
  static func among(questions: Bool) -> String { questions ? "WHERE" : "INDEXED BY outbox_owed WHERE o.change IS NOT NULL AND" }
}

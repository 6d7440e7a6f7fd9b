package import Calendar

/// What is known of one GitLab instance.
package struct InstanceRecord: Sendable, Hashable {
  package var name: String
  /// Who our token belongs to: tells our own approvals from others'.
  package var userID: Int64?
  package var username: String?
  package var version: String?
  package var pausedUntil: Instant?
  package var lastContactAt: Instant?
  package var lastError: String?
  package var lastErrorAt: Instant?
  package var reconciledAt: Instant?
  /// When all that the gate stands on there was last looked at.
  package var lookedAt: Instant?
  /// When the account's token ends, and when the one that may look does.
  package var tokenExpiresAt: Instant?
  package var adminTokenExpiresAt: Instant?
}

extension Reading {
  package func instance(named name: String) throws(StorageError) -> InstanceRecord? {
    try connection.query("\(InstanceRecord.select) WHERE name = ?", name, row: InstanceRecord.init(row:)).first
  }

  package func instances() throws(StorageError) -> [InstanceRecord] {
    try connection.query("\(InstanceRecord.select) ORDER BY name", row: InstanceRecord.init(row:))
  }
}

extension Transaction {
  private func ensureInstance(_ name: String) throws(StorageError) {
    try connection.execute("INSERT INTO gitlab_instance (name) VALUES (?) ON CONFLICT DO NOTHING", name)
  }

  package func noteIdentity(instance name: String, userID: Int64?, username: String?, version: String?) throws(StorageError) {
    try ensureInstance(name)
    try connection.execute(
      "UPDATE gitlab_instance SET user_id = coalesce(?, user_id), username = coalesce(?, username), version = coalesce(?, version) WHERE name = ?",
      userID, username, version, name)
  }

  /// How long a GitLab has said nothing that could be used when it counts as away.
  private static let away: Duration = .seconds(30)

  /// GitLab has answered. If it was away before, what waits for it only because it was out of reach is due now. One that answers some requests and
  /// fails others is not away: what fails backs off.
  package func noteContact(instance name: String) throws(StorageError) {
    try ensureInstance(name)
    let known = try known(name)
    if let known, known.lastError != nil,
      known.lastContactAt.map({ $0 <= now - Transaction.away || $0 > now }) ?? true
    {
      try connection.execute(
        "UPDATE outbox SET due_at = min(due_at, ?) WHERE instance = ? AND state = 'retrying' AND refused_since IS NULL", now.milliseconds,
        name)
    }
    try connection.execute("UPDATE gitlab_instance SET last_contact_at = ?, last_error = NULL WHERE name = ?", now.milliseconds, name)
  }

  package func noteFailure(instance name: String, reason: String) throws(StorageError) {
    try ensureInstance(name)
    _ = try known(name)
    try connection.execute(
      "UPDATE gitlab_instance SET last_error = ?, last_error_at = ? WHERE name = ?", reason, now.milliseconds, name)
  }

  /// What is known of a GitLab of which there is news. News would hide that it was last heard of at a time that is still to come.
  private func known(_ name: String) throws(StorageError) -> InstanceRecord? {
    guard let known = try instance(named: name) else { return nil }
    let isAhead = [known.lastContactAt, known.lastErrorAt].contains { $0.map { $0 > now } ?? false }
    guard isAhead else { return known }
    try forgetFuture()
    return try instance(named: name)
  }

  /// GitLab asked for quiet (Retry-After, RateLimit-Reset): nothing is sent to it before.
  package func pause(instance name: String, until end: Instant) throws(StorageError) {
    try ensureInstance(name)
    try connection.execute(
      "UPDATE gitlab_instance SET paused_until = max(coalesce(paused_until, 0), ?) WHERE name = ?", end.milliseconds, name)
  }

  /// Ends every pause that would last beyond `limit`.
  package func endPauses(after limit: Instant) throws(StorageError) {
    try connection.execute("UPDATE gitlab_instance SET paused_until = NULL WHERE paused_until > ?", limit.milliseconds)
  }

  /// Where a GitLab was last heard of at a time that is still to come, the clock has been set back since: what waits for it is due now, and its pause
  /// is over. Once: from then on it counts as heard of now. What was never tried was due when it was written down.
  package func forgetFuture() throws(StorageError) {
    let ahead = "max(coalesce(last_contact_at, 0), coalesce(last_error_at, 0)) > ?"
    try connection.execute(
      """
      UPDATE outbox SET due_at = ? WHERE state IN ('pending', 'retrying') AND due_at > ?
        AND (state = 'pending' OR instance IN (SELECT name FROM gitlab_instance WHERE \(ahead)))
      """, now.milliseconds, now.milliseconds, now.milliseconds)
    try connection.execute(
      """
      UPDATE gitlab_instance
      SET paused_until = NULL, last_contact_at = min(last_contact_at, ?), last_error_at = min(last_error_at, ?) WHERE \(ahead)
      """, now.milliseconds, now.milliseconds, now.milliseconds)
  }

  /// Every gated project's list of blocked deployments was read to its end.
  package func noteReconciled(instance name: String) throws(StorageError) {
    try ensureInstance(name)
    try connection.execute("UPDATE gitlab_instance SET reconciled_at = ? WHERE name = ?", now.milliseconds, name)
  }
}

extension InstanceRecord {
  static let select = """
    SELECT name, user_id, username, version, paused_until, last_contact_at, last_error, last_error_at, reconciled_at, looked_at,
      token_expires_at, admin_token_expires_at
    FROM gitlab_instance
    """

  init(row: Row) {
    name = row.requiredText(0)
    userID = row.integer(1)
    username = row.text(2)
    version = row.text(3)
    pausedUntil = row.integer(4).map(Instant.init(milliseconds:))
    lastContactAt = row.integer(5).map(Instant.init(milliseconds:))
    lastError = row.text(6)
    lastErrorAt = row.integer(7).map(Instant.init(milliseconds:))
    reconciledAt = row.integer(8).map(Instant.init(milliseconds:))
    lookedAt = row.integer(9).map(Instant.init(milliseconds:))
    tokenExpiresAt = row.integer(10).map(Instant.init(milliseconds:))
    adminTokenExpiresAt = row.integer(11).map(Instant.init(milliseconds:))
  }
}

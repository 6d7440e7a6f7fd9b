package import Calendar
internal import ChangeControl
package import JSON

/// One thing that setup brought about in a GitLab, or was about to.
package struct SetupRecord: Sendable, Hashable {
  package enum State: String, Sendable, Hashable {
    /// Written before GitLab was asked; what came of it is not known.
    case intended
    case made
    /// It was found not to stand.
    case abandoned
    case undone
  }

  package var id: Int64
  package var instance: String
  package var kind: String
  package var state: State
  package var actor: String
  package var trace: JSONValue
  package var updatedAt: Instant
}

/// A digest of the secrets that a webhook was last sent.
package struct SentSecret: Sendable, Hashable {
  package var level: String
  package var hook: Int64
  package var salt: [UInt8]
  package var digest: [UInt8]

  package init(level: String, hook: Int64, salt: [UInt8], digest: [UInt8]) {
    self.level = level
    self.hook = hook
    self.salt = salt
    self.digest = digest
  }
}

extension Reading {
  /// The newest first: the order in which they are taken back.
  package func setupRecords(instance: String, state: SetupRecord.State) throws(StorageError) -> [SetupRecord] {
    try connection.query(
      "SELECT id, instance, kind, state, actor, trace, updated_at FROM setup_record WHERE instance = ? AND state = ? ORDER BY id DESC",
      instance, state.rawValue
    ) { row in
      SetupRecord(
        id: row.requiredInteger(0), instance: row.requiredText(1), kind: row.requiredText(2),
        state: SetupRecord.State(rawValue: row.requiredText(3)) ?? .intended, actor: row.requiredText(4),
        trace: (try? JSONValue.parse(row.requiredText(5))) ?? .null, updatedAt: Instant(milliseconds: row.requiredInteger(6)))
    }
  }

  /// The GitLabs, by their names, of which something is on record that stands or may.
  package func setupInstances() throws(StorageError) -> [String] {
    try connection.query("SELECT DISTINCT instance FROM setup_record WHERE state IN ('made', 'intended') ORDER BY instance") {
      $0.requiredText(0)
    }
  }

  package func sentSecrets(instance: String) throws(StorageError) -> [SentSecret] {
    try connection.query("SELECT level, hook, salt, digest FROM setup_secret WHERE instance = ?", instance) { row in
      SentSecret(level: row.requiredText(0), hook: row.requiredInteger(1), salt: row.blob(2) ?? [], digest: row.blob(3) ?? [])
    }
  }
}

extension Transaction {
  /// Notes what is about to be asked of GitLab. Committed before it is asked.
  ///
  /// - Parameters:
  ///   - what: for people, in the audit log.
  ///   - actor: the GitLab username of the person whose token is used.
  /// - Returns: the record's id.
  package func intendSetup(
    instance: String, kind: String, what: String, actor: String, trace: JSONValue
  ) throws(StorageError) -> Int64 {
    try connection.execute(
      "INSERT INTO setup_record (instance, kind, state, actor, trace, created_at, updated_at) VALUES (?, ?, 'intended', ?, ?, ?, ?)",
      instance, kind, actor, trace.canonicalText, now.milliseconds, now.milliseconds)
    let id = connection.lastInsertedID
    try audit(.setupIntended, actor: actor, detail: detail(id, instance, what, trace))
    return id
  }

  /// Notes what came of it. False, and nothing written, where the record is not in a state that this follows.
  ///
  /// - Parameter reason: why a person says that it is to be struck from the record, though GitLab does not say that it is gone.
  @discardableResult
  package func settleSetup(
    _ id: Int64, as state: SetupRecord.State, instance: String, what: String, actor: String, trace: JSONValue,
    forgottenBecause reason: String? = nil
  ) throws(StorageError) -> Bool {
    let before: SetupRecord.State = state == .undone ? .made : .intended
    let count = try connection.execute(
      "UPDATE setup_record SET state = ?, trace = ?, updated_at = ? WHERE id = ? AND instance = ? AND state = ?", state.rawValue,
      trace.canonicalText, now.milliseconds, id, instance, before.rawValue)
    guard count == 1 else { return false }
    let action: AuditAction =
      switch state {
      case .intended: .setupIntended
      case .made: .setupMade
      case .abandoned: reason == nil ? .setupAbandoned : .setupForgotten
      case .undone: reason == nil ? .setupUndone : .setupForgotten
      }
    var detail = detail(id, instance, what, trace).object ?? [:]
    if let reason { detail.append("because", .string(reason)) }
    try audit(action, actor: actor, detail: .object(detail))
    return true
  }

  /// Notes what is known by now of what was begun, or of what was made and GitLab does not let go; it stays so, since when it was. False where it is
  /// in another state.
  package func noteSetup(
    _ id: Int64, in state: SetupRecord.State, instance: String, what: String, actor: String, trace: JSONValue
  ) throws(StorageError) -> Bool {
    let count = try connection.execute(
      "UPDATE setup_record SET trace = ? WHERE id = ? AND instance = ? AND state = ?", trace.canonicalText, id, instance, state.rawValue)
    guard count == 1 else { return false }
    try audit(state == .made ? .setupRefused : .setupUntold, actor: actor, detail: detail(id, instance, what, trace))
    return true
  }

  /// What was begun counts as begun now.
  package func noteSetupBegun(_ id: Int64) throws(StorageError) {
    try connection.execute("UPDATE setup_record SET updated_at = ? WHERE id = ? AND state = 'intended'", now.milliseconds, id)
  }

  private func detail(_ id: Int64, _ instance: String, _ what: String, _ trace: JSONValue) -> JSONValue {
    ["record": .integer(id), "instance": .string(instance), "what": .string(what), "trace": trace]
  }

  package func noteSentSecret(_ secret: SentSecret, instance: String) throws(StorageError) {
    try connection.execute(
      """
      INSERT INTO setup_secret (instance, level, hook, salt, digest) VALUES (?, ?, ?, ?, ?)
      ON CONFLICT (instance, level, hook) DO UPDATE SET salt = excluded.salt, digest = excluded.digest
      """, instance, secret.level, secret.hook, secret.salt, secret.digest)
  }

  package func forgetSentSecret(level: String, hook: Int64, instance: String) throws(StorageError) {
    try connection.execute("DELETE FROM setup_secret WHERE instance = ? AND level = ? AND hook = ?", instance, level, hook)
  }
}

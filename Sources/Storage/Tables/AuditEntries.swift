package import Calendar
package import ChangeControl
internal import Cryptography
package import JSON

/// One entry of the audit log. `hash` is SHA-256 over the canonical JSON of everything else in it, the hash before it included.
package struct AuditEntry: Sendable, Hashable {
  package var seq: Int64
  package var at: Instant
  package var actor: String
  package var action: String
  package var change: Int64?
  /// JSON, as it was hashed.
  package var detail: String
  package var previousHash: String
  package var hash: String

  /// What precedes the first entry.
  package static let origin = String(repeating: "0", count: 64)

  /// The hash that this entry must have.
  package var expectedHash: String {
    let parsed = (try? JSONValue.parse(detail)) ?? .null
    return AuditEntry.hash(seq: seq, at: at, actor: actor, action: action, change: change, detail: parsed, previousHash: previousHash)
  }

  static func hash(seq: Int64, at: Instant, actor: String, action: String, change: Int64?, detail: JSONValue, previousHash: String)
    -> String
  {
    let content: JSONValue = [
      "seq": .integer(seq), "at": .string(at.iso8601), "actor": .string(actor), "action": .string(action),
      "change": .optional(change.map(ChangeRequest.key)), "detail": detail, "previous_hash": .string(previousHash),
    ]
    return Digest.sha256Text(content.canonicalBytes)
  }
}

/// What the audit log is narrowed by.
package struct AuditFilter: Sendable {
  package var change: Int64?
  package var actor: String?
  package var action: String?
  /// Any of these; nil: all.
  package var actions: [AuditAction]?
  package var since: Instant?
  package var until: Instant?
  package var query: String?

  package init() {}
}

extension Reading {
  /// Entries after `seq`, oldest first, at most `limit`.
  package func auditEntries(_ filter: AuditFilter = AuditFilter(), after seq: Int64, limit: Int) throws(StorageError) -> [AuditEntry] {
    var conditions = ["seq > ?"]
    var values: [(any Bindable)?] = [seq]
    func narrow(_ condition: String, _ value: any Bindable) {
      conditions.append(condition)
      values.append(value)
    }
    if let change = filter.change { narrow("change = ?", change) }
    if let actor = filter.actor { narrow("actor = ? COLLATE NOCASE", actor) }
    if let action = filter.action { narrow("action = ?", action) }
    if let actions = filter.actions {
      conditions.append("action IN (\(actions.map { _ in "?" }.joined(separator: ", ")))")
      values += actions.map(\.rawValue)
    }
    if let since = filter.since { narrow("at >= ?", since.milliseconds) }
    if let until = filter.until { narrow("at < ?", until.milliseconds) }
    if let query = filter.query { narrow("instr(lower(detail), lower(?)) > 0", query) }
    values.append(limit)
    return try connection.query(
      """
      SELECT seq, at, actor, action, change, detail, previous_hash, hash FROM audit_entry WHERE \(conditions.joined(separator: " AND "))
      ORDER BY seq LIMIT ?
      """, all: values, row: AuditEntry.init(row:))
  }

  /// The newest entry of one kind about a change.
  package func lastAuditEntry(_ action: AuditAction, change: Int64) throws(StorageError) -> AuditEntry? {
    try connection.query(
      """
      SELECT seq, at, actor, action, change, detail, previous_hash, hash FROM audit_entry WHERE change = ? AND action = ?
      ORDER BY seq DESC LIMIT 1
      """, change, action.rawValue, row: AuditEntry.init(row:)
    ).first
  }

  /// What was asked of a GitLab about its protected environments, and what came of it was never written: the oldest first, at most `limit`.
  ///
  /// An entry of what came says which it answers: a client may send one request id with several orders. One that an older program wrote does not say,
  /// and is told by that id.
  ///
  /// `+seq` keeps SQLite to the index of these entries, which are few: it would read the whole log for their order.
  ///
  /// - Parameter seq: of one entry, where only that one is asked about.
  package func openProtectedEnvironmentRequests(instance: String, seq: Int64? = nil, limit: Int) throws(StorageError) -> [AuditEntry] {
    try connection.query(
      """
      SELECT seq, at, actor, action, change, detail, previous_hash, hash FROM audit_entry AS requested
      WHERE action GLOB 'protected_environment.*' AND action = 'protected_environment.requested' AND detail ->> 'instance' = ?1
        AND (?2 IS NULL OR seq = ?2)
        AND NOT EXISTS (
          SELECT 1 FROM audit_entry AS answered
          WHERE answered.action GLOB 'protected_environment.*' AND answered.detail ->> 'request_id' = requested.detail ->> 'request_id'
            AND answered.detail ->> 'name' = requested.detail ->> 'name' AND answered.seq > requested.seq
            AND answered.action <> 'protected_environment.requested'
            AND coalesce(answered.detail ->> 'answers', requested.seq) = requested.seq)
      ORDER BY +seq LIMIT ?3
      """, instance, seq, limit, row: AuditEntry.init(row:))
  }

  /// What was asked of the same protected environment after what this entry tells, the first of it.
  package func nextProtectedEnvironmentRequest(after entry: AuditEntry) throws(StorageError) -> AuditEntry? {
    try connection.query(
      """
      SELECT seq, at, actor, action, change, detail, previous_hash, hash FROM audit_entry
      WHERE action GLOB 'protected_environment.*' AND action = 'protected_environment.requested' AND +seq > ?2
        AND detail ->> 'instance' = ?1 ->> 'instance' AND detail ->> 'name' = ?1 ->> 'name'
        AND detail ->> '$.project.id' IS ?1 ->> '$.project.id' AND detail ->> '$.group.id' IS ?1 ->> '$.group.id'
      ORDER BY +seq LIMIT 1
      """, entry.detail, entry.seq, row: AuditEntry.init(row:)
    ).first
  }

  /// The head of the chain, as it is kept apart from the entries.
  package func auditHead() throws(StorageError) -> (seq: Int64, hash: String) {
    try connection.query("SELECT seq, hash FROM audit_head WHERE id = 1") { ($0.requiredInteger(0), $0.requiredText(1)) }.first
      ?? (0, AuditEntry.origin)
  }
}

extension AuditEntry {
  fileprivate init(row: Row) {
    self.init(
      seq: row.requiredInteger(0), at: Instant(milliseconds: row.requiredInteger(1)), actor: row.requiredText(2),
      action: row.requiredText(3),
      change: row.integer(4), detail: row.requiredText(5), previousHash: row.requiredText(6), hash: row.requiredText(7))
  }
}

extension Transaction {
  /// Adds one entry to the chain. What a person wrote may stand in `detail`; a secret never does.
  package func audit(_ action: AuditAction, actor: String, change: Int64? = nil, detail: JSONValue) throws(StorageError) {
    let head = try auditHead()
    let seq = head.seq + 1
    let hash = AuditEntry.hash(
      seq: seq, at: now, actor: actor, action: action.rawValue, change: change, detail: detail, previousHash: head.hash)
    try connection.execute(
      "INSERT INTO audit_entry (seq, at, actor, action, change, detail, previous_hash, hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", seq,
      now.milliseconds, actor, action.rawValue, change, detail.canonicalText, head.hash, hash)
    try connection.execute("UPDATE audit_head SET seq = ?, hash = ? WHERE id = 1", seq, hash)
  }
}

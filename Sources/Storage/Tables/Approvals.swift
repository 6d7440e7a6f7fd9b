package import Calendar
package import ChangeControl
package import JSON

/// A person's remark on a change request.
package struct Comment: Sendable, Hashable {
  package var id: Int64
  package var user: String
  package var comment: String
  package var createdAt: Instant
}

extension Reading {
  /// The approvals that count now, oldest first.
  package func approvals(change: Int64) throws(StorageError) -> [Approval] {
    try connection.query(
      """
      SELECT user, status, comment, represented_as, created_at, step, effective_at FROM approval
      WHERE change = ? AND ended_at IS NULL ORDER BY id
      """, change
    ) { row in
      Approval(
        user: row.requiredText(0), status: ApprovalStatus(rawValue: row.requiredText(1)) ?? .rejected, comment: row.text(2),
        representedAs: row.text(3), createdAt: Instant(milliseconds: row.requiredInteger(4)),
        step: row.requiredText(5), effectiveAt: row.integer(6).map(Instant.init(milliseconds:)))
    }
  }

  /// Who has asked for a change to be let through a freeze, first who asked first.
  package func freezeOverrides(change: Int64) throws(StorageError) -> [FreezeOverride] {
    try connection.query(
      "SELECT user, reason, created_at, windows FROM freeze_override WHERE change = ? ORDER BY created_at, user, id", change
    ) { row in
      FreezeOverride(
        user: row.requiredText(0), reason: row.requiredText(1), askedAt: Instant(milliseconds: row.requiredInteger(2)),
        windows: row.text(3).map { ((try? JSONValue.parse($0))?.array ?? []).compactMap(HeldWindow.init(json:)) })
    }
  }

  /// Comments after the one with the id `after`, oldest first, at most `limit`.
  package func comments(change: Int64, after: Int64, limit: Int) throws(StorageError) -> [Comment] {
    try connection.query(
      "SELECT id, user, comment, created_at FROM comment WHERE change = ? AND id > ? ORDER BY id LIMIT ?", change, after, limit
    ) { row in
      Comment(
        id: row.requiredInteger(0), user: row.requiredText(1), comment: row.requiredText(2),
        createdAt: Instant(milliseconds: row.requiredInteger(3)))
    }
  }
}

extension Transaction {
  package func insert(_ approval: Approval, change: Int64) throws(StorageError) {
    try connection.execute(
      """
      INSERT INTO approval (change, user, status, comment, represented_as, created_at, step, effective_at)
      VALUES (?, ?, ?, ?, ?, ?, ?, ?)
      """, change, approval.user, approval.status.rawValue, approval.comment, approval.representedAs, approval.createdAt.milliseconds,
      approval.step, approval.effectiveAt?.milliseconds)
  }

  /// Ends the approval of a person that counts now in a step: the row stays, as `withdrawn` or `replaced`.
  package func endApproval(_ approval: Approval, change: Int64, by reason: String) throws(StorageError) {
    try connection.execute(
      "UPDATE approval SET ended_at = ?, ended_by = ? WHERE change = ? AND user = ? AND step = ? AND ended_at IS NULL", now.milliseconds,
      reason, change, approval.user, approval.step)
  }

  package func insert(_ override: FreezeOverride, change: Int64) throws(StorageError) {
    try connection.execute(
      "INSERT INTO freeze_override (change, user, reason, created_at, windows) VALUES (?, ?, ?, ?, ?)", change, override.user,
      override.reason, override.askedAt.milliseconds, override.windows.map { JSONValue.array($0.map(\.json)).text })
  }

  package func insertComment(_ comment: String, user: String, change: Int64) throws(StorageError) {
    try connection.execute(
      "INSERT INTO comment (change, user, comment, created_at) VALUES (?, ?, ?, ?)", change, user, comment, now.milliseconds)
  }
}

extension HeldWindow {
  package var json: JSONValue { ["name": .string(name), "start": .string(period.start.iso8601), "end": .string(period.end.iso8601)] }

  fileprivate init?(json: JSONValue) {
    guard let name = json["name"]?.string, let start = json["start"]?.string.flatMap(Instant.init(iso8601:)),
      let end = json["end"]?.string.flatMap(Instant.init(iso8601:)), let period = Period(start: start, end: end)
    else { return nil }
    self.init(name: name, period: period)
  }
}

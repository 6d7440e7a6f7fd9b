package import Calendar
package import ChangeControl

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
      "SELECT user, status, comment, represented_as, created_at FROM approval WHERE change = ? AND ended_at IS NULL ORDER BY id", change
    ) { row in
      Approval(
        user: row.requiredText(0), status: ApprovalStatus(rawValue: row.requiredText(1)) ?? .rejected, comment: row.text(2),
        representedAs: row.text(3), createdAt: Instant(milliseconds: row.requiredInteger(4)))
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
      "INSERT INTO approval (change, user, status, comment, represented_as, created_at) VALUES (?, ?, ?, ?, ?, ?)", change, approval.user,
      approval.status.rawValue, approval.comment, approval.representedAs, approval.createdAt.milliseconds)
  }

  /// Ends the approval of a person that counts now: the row stays, as `withdrawn` or `replaced`.
  package func endApproval(change: Int64, user: String, by reason: String) throws(StorageError) {
    try connection.execute(
      "UPDATE approval SET ended_at = ?, ended_by = ? WHERE change = ? AND user = ? AND ended_at IS NULL", now.milliseconds, reason, change,
      user)
  }

  package func insertComment(_ comment: String, user: String, change: Int64) throws(StorageError) {
    try connection.execute(
      "INSERT INTO comment (change, user, comment, created_at) VALUES (?, ?, ?, ?)", change, user, comment, now.milliseconds)
  }
}

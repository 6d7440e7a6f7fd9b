package import Calendar
package import ChangeControl

/// One API token as the database has it: never the token itself.
package struct TokenRecord: Sendable, Hashable {
  package var id: String
  package var user: String
  package var role: Role
  package var createdAt: Instant
  package var expiresAt: Instant
  package var revokedAt: Instant?
  package var lastUsedAt: Instant?

  package func isUsable(at now: Instant) -> Bool { revokedAt == nil && now < expiresAt }
}

extension Reading {
  /// The token with this SHA-256. Looking a digest up tells an attacker nothing by its time: the index is over digests, not tokens.
  package func token(hash: [UInt8]) throws(StorageError) -> TokenRecord? {
    try connection.first(TokenRecord.byHash, hash, row: TokenRecord.init(row:))
  }

  package func token(id: String) throws(StorageError) -> TokenRecord? {
    try connection.query("\(TokenRecord.select) WHERE id = ?", id, row: TokenRecord.init(row:)).first
  }

  /// Which of the tokens that are still in their time were revoked.
  package func revokedTokens() throws(StorageError) -> [String] {
    try connection.query("SELECT id FROM token WHERE revoked_at IS NOT NULL AND expires_at > ?", now.milliseconds) { $0.requiredText(0) }
  }

  package func tokens() throws(StorageError) -> [TokenRecord] {
    try connection.query("\(TokenRecord.select) ORDER BY created_at, id", row: TokenRecord.init(row:))
  }
}

extension Transaction {
  package func insertToken(id: String, user: String, role: Role, hash: [UInt8], expiresAt: Instant) throws(StorageError) {
    try connection.execute(
      "INSERT INTO token (id, user, role, hash, created_at, expires_at) VALUES (?, ?, ?, ?, ?, ?)", id, user, role.rawValue, hash,
      now.milliseconds, expiresAt.milliseconds)
  }

  /// True when the token was usable until now.
  package func revokeToken(id: String) throws(StorageError) -> Bool {
    try connection.execute("UPDATE token SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", now.milliseconds, id) == 1
  }

  package func noteTokenUse(id: String, at instant: Instant) throws(StorageError) {
    try connection.execute("UPDATE token SET last_used_at = max(coalesce(last_used_at, 0), ?) WHERE id = ?", instant.milliseconds, id)
  }
}

extension TokenRecord {
  static let select = "SELECT id, user, role, created_at, expires_at, revoked_at, last_used_at FROM token"

  static let byHash = "\(select) WHERE hash = ?"

  init(row: Row) {
    id = row.requiredText(0)
    user = row.requiredText(1)
    role = Role(rawValue: row.requiredText(2)) ?? .viewer
    createdAt = Instant(milliseconds: row.requiredInteger(3))
    expiresAt = Instant(milliseconds: row.requiredInteger(4))
    revokedAt = row.integer(5).map(Instant.init(milliseconds:))
    lastUsedAt = row.integer(6).map(Instant.init(milliseconds:))
  }
}

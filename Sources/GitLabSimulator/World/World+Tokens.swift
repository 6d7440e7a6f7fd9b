internal import Calendar
internal import Cryptography

/// Personal access tokens: made, rotated, revoked (facts F; GitLab's "Automatic reuse detection").
extension World {
  func isActive(_ token: PersonalAccessToken) -> Bool { !token.isRevoked && (token.expiresAt.map { now < $0 } ?? true) }

  mutating func createToken(
    of userID: Int64, name: String, scopes: [String], description: String?, expiresAt: Instant?, family: Int64? = nil
  ) -> PersonalAccessToken {
    let secret = "glpat-" + Base64.encode(random.randomBytes(15)).replacing("+", with: "-").replacing("/", with: "_")
    var token = PersonalAccessToken(
      id: nextIDs.take(\.row), userID: userID, secret: secret, name: name, scopes: scopes, createdAt: now, expiresAt: expiresAt)
    token.description = description
    token.familyID = family ?? token.id
    tokens.insert(token)
    return token
  }

  /// The old one is revoked at once. One that was revoked before is a sign of theft: what came of it is revoked too.
  mutating func rotate(_ token: PersonalAccessToken, expiresAt: Instant?) throws(APIError) -> PersonalAccessToken {
    guard !token.isRevoked else {
      revokeFamily(of: token)
      throw .badRequest("400 Bad request - Token already revoked")
    }
    tokens[token.id].isRevoked = true
    return createToken(
      of: token.userID, name: token.name, scopes: token.scopes, description: token.description,
      expiresAt: expiresAt ?? today + Limits.rotatedTokenLife, family: token.familyID)
  }

  mutating func revokeFamily(of token: PersonalAccessToken) {
    for member in tokens.all where member.familyID == token.familyID { tokens[member.id].isRevoked = true }
  }

  /// Midnight UTC.
  var today: Instant { Instant(milliseconds: now.milliseconds / 86_400_000 * 86_400_000) }

  /// The last day that a token made now may have as its expiry.
  var lastTokenExpiry: Instant { today + .seconds(instance.tokenLifetimeDays * 86_400) }
}

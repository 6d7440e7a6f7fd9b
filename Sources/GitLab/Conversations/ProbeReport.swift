package import Calendar
package import ChangeControl

/// What a GitLab says of itself, of our account and of our token.
package struct ProbeReport: Sendable, Hashable {
  package struct Software: Sendable, Hashable {
    /// As GitLab writes it: `19.3.0-ee`.
    package var text: String
    package var version: GitLabVersion?

    package init(text: String) {
      self.text = text
      version = GitLabVersion(text)
    }
  }

  package struct Token: Sendable, Hashable {
    /// Nil where GitLab does not say.
    package var id: Int64?
    package var name: String?
    package var scopes: [String]
    /// The day at whose start (UTC) it stops working; nil when it does not expire.
    package var expiresAt: Instant?
    package var createdAt: Instant?
    package var isActive: Bool

    package init(
      id: Int64? = nil, name: String?, scopes: [String], expiresAt: Instant?, createdAt: Instant? = nil, isActive: Bool
    ) {
      self.id = id
      self.name = name
      self.scopes = scopes
      self.expiresAt = expiresAt
      self.createdAt = createdAt
      self.isActive = isActive
    }

    /// Approving and playing need `api`.
    package var canDecide: Bool { isActive && scopes.contains("api") }

    /// From when on a new one should take its place, `notice` before its end; nil for one that never ends. Not in the first half of its life: GitLab
    /// may give the new one less than it was asked for (older ones a week), and a token that is always due would be rotated for ever.
    package func rotationDue(_ notice: Duration) -> Instant? {
      guard let expiresAt else { return nil }
      let due = expiresAt + .zero - notice
      guard let createdAt, createdAt < expiresAt else { return due }
      return max(due, createdAt + (expiresAt - createdAt) / 2)
    }

    /// From when on it should have been rotated: a day after it was due, for a GitLab that is away and for a server that is just being installed; of what
    /// lives days only, half of what is left then.
    package func rotationOverdue(_ notice: Duration) -> Instant? {
      guard let expiresAt, let due = rotationDue(notice) else { return nil }
      return due + max(min(.seconds(86_400), (expiresAt - due) / 2), .zero)
    }
  }

  package var software: Result<Software, Obstacle>
  /// The service account: whose approvals are ours.
  package var account: Result<Person, Obstacle>
  package var token: Result<Token, Obstacle>
  /// What GitLab's clock showed when it gave its last answer, to the second; nil where it does not say.
  package var clock: Instant?
  /// GitLab itself has said 401: the token is revoked, expired, or none. What a proxy says of it is no word of GitLab's.
  package var isTokenRefused = false

  package init(software: Result<Software, Obstacle>, account: Result<Person, Obstacle>, token: Result<Token, Obstacle>) {
    self.software = software
    self.account = account
    self.token = token
  }
}

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
    package var name: String?
    package var scopes: [String]
    /// The day at whose start (UTC) it stops working; nil when it does not expire.
    package var expiresAt: Instant?
    package var isActive: Bool

    package init(name: String?, scopes: [String], expiresAt: Instant?, isActive: Bool) {
      self.name = name
      self.scopes = scopes
      self.expiresAt = expiresAt
      self.isActive = isActive
    }

    /// Approving and playing need `api`.
    package var canDecide: Bool { isActive && scopes.contains("api") }
  }

  package var software: Result<Software, Obstacle>
  /// The service account: whose approvals are ours.
  package var account: Result<Person, Obstacle>
  package var token: Result<Token, Obstacle>
  /// What GitLab's clock showed when it gave its last answer, to the second; nil where it does not say.
  package var clock: Instant?

  package init(software: Result<Software, Obstacle>, account: Result<Person, Obstacle>, token: Result<Token, Obstacle>) {
    self.software = software
    self.account = account
    self.token = token
  }
}

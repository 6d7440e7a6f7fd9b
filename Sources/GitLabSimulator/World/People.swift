package import Calendar

extension World {
  package struct User: Identifiable, Sendable {
    package let id: Int64
    package var username: String
    package var name: String
    package var email: String
    /// Hooks write `[REDACTED]` for the address of everybody else.
    package var showsEmail = false
    package var isAdministrator = false
    /// GitLab's word for why they may do nothing: `blocked`, `deactivated`, `banned`; nil for one that is active.
    package var barredState: String?
    package var isBlocked: Bool {
      get { barredState != nil }
      set { barredState = newValue ? "blocked" : nil }
    }
    package var isServiceAccount = false
    /// The project or group whose access token this is the bot of.
    package internal(set) var botOf: Source?
    /// The group or project that a service account belongs to; nil: the instance, and everybody else.
    package internal(set) var provisionedBy: Source?
    /// An address that has to be confirmed first.
    package internal(set) var unconfirmedEmail: String?
    /// When the job queue deletes the account.
    var deletedAt: Instant?
    /// The account is gone; what it did stays, as the ghost user's.
    package internal(set) var isDeleted = false

    package init(id: Int64, username: String, name: String, isServiceAccount: Bool = false) {
      self.id = id
      self.username = username
      self.name = name
      self.email = username + "@example.com"
      self.isServiceAccount = isServiceAccount
    }
  }

  /// GitLab's roles by their numbers.
  package enum AccessLevel: Int64, Sendable, Comparable {
    case guest = 10
    case reporter = 20
    case developer = 30
    case maintainer = 40
    case owner = 50
    case administrator = 60

    package static func < (left: AccessLevel, right: AccessLevel) -> Bool { left.rawValue < right.rawValue }
  }

  package struct PersonalAccessToken: Identifiable, Sendable {
    package let id: Int64
    package var userID: Int64
    package var secret: String
    package var name: String
    package var scopes: [String]
    package var createdAt: Instant
    /// Midnight UTC of the day from which it no longer serves.
    package var expiresAt: Instant?
    package var isRevoked = false
    package var lastUsedAt: Instant?
    package internal(set) var description: String?
    /// The first token that this one came from by rotation; itself where there was none.
    package internal(set) var familyID: Int64

    package init(
      id: Int64, userID: Int64, secret: String, name: String, scopes: [String] = ["api"], createdAt: Instant, expiresAt: Instant? = nil
    ) {
      self.id = id
      familyID = id
      self.userID = userID
      self.secret = secret
      self.name = name
      self.scopes = scopes
      self.createdAt = createdAt
      self.expiresAt = expiresAt
    }
  }

  /// Where a member, a hook or a protection belongs.
  package enum Source: Sendable, Hashable {
    case project(Int64)
    case group(Int64)
  }

  package struct Membership: Sendable, Hashable {
    package var source: Source
    package var userID: Int64
    package var level: AccessLevel
    /// Midnight UTC of the day from which it no longer counts.
    package var expiresAt: Instant?

    package init(_ source: Source, userID: Int64, level: AccessLevel, expiresAt: Instant? = nil) {
      self.source = source
      self.userID = userID
      self.level = level
      self.expiresAt = expiresAt
    }
  }

  /// The user with this name, who must exist.
  package func user(named username: String) -> User {
    guard let user = users.all.first(where: { $0.username == username && !$0.isDeleted }) else {
      preconditionFailure("nobody in this world is called \(username); add a user first")
    }
    return user
  }
}

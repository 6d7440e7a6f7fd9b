package import Calendar

/// What the record of earlier runs knows and GitLab does not tell.
package struct SetupMemory: Sendable, Hashable {
  /// Accounts that apply has made, by GitLab's id, and not taken back.
  package var accounts: Set<Int64> = []
  /// What those were called.
  package var accountNames: [Int64: String] = [:]
  /// Those that undo has struck from the record: one that is there still was left, as Owners must before 17.1 (facts F).
  package var undoneAccounts: Set<Int64> = []
  /// Accounts that undo has asked GitLab to remove within a day: one that is there still may go at any moment.
  package var leavingAccounts: Set<Int64> = []
  /// Names of access tokens that were asked for and whose outcome is not known: one that is there serves nobody.
  package var pendingTokens: Set<String> = []
  /// Tokens that were asked to rotate themselves, and whose answer was lost.
  package var lostRotations: [LostRotation] = []
  /// Tokens that were begun for accounts that others have taken the place of.
  package var formerBegun: [BegunToken] = []
  /// Of the secrets last sent to a webhook, by its id, whether they are those of now.
  package var sentSecrets: [Int64: Bool] = [:]
  /// When they were last sent, by the same and by our clock.
  package var secretsSentAt: [Int64: Instant] = [:]
  /// The number of the webhook's last sending when they had been sent, by the same; nothing where GitLab did not tell.
  package var sendingsBefore: [Int64: Int64] = [:]
  /// Whether somebody asks for them to be sent again, whatever is known.
  package var resendsSecrets = false
  /// The protections that apply has made, or put rows into, and not taken back.
  package var protections: [MadeProtection] = []
  /// The webhooks that apply has made itself, and not taken back.
  package var hooks: [MadeHook] = []
  /// The memberships that apply has made or raised, and not taken back.
  package var memberships: [MadeMembership] = []
  /// The approval rules that apply has made and not taken back, by their ids.
  package var approvalRules: Set<Int64> = []
  /// The tokens that apply has made for `admin_token` and not taken back, the newest first.
  package var adminTokens: [MadeToken] = []
  /// The account's tokens that apply has made and not taken back, the newest first.
  package var accountTokens: [MadeToken] = []

  /// A life of a token that GitLab has refused, and not taken since.
  package var refusedLifetime: RefusedLifetime?

  package init() {}

  package struct RefusedLifetime: Sendable, Hashable {
    var lifetime: TokenLifetime
    var day: CivilDate
    /// GitLab's words, and what to do.
    var words: String
    var remedy: String

    /// Nil where GitLab has refused something else.
    package init?(_ words: String, until end: String?, on day: CivilDate) {
      guard let lifetime = TokenLifetime(from: day, to: end),
        let remedy = TokenLifetime.remedy(forRefusal: words, of: lifetime, on: day)
      else { return nil }
      (self.lifetime, self.day, self.words, self.remedy) = (lifetime, day, words, remedy)
    }
  }

  /// Whether a run that was cut off has made it, and nobody has it.
  func isNobodys(_ token: AccessTokenReading, among all: [AccessTokenReading], own: Int64?) -> Bool {
    pendingTokens.contains(token.name) || lostRotations.contains { $0.verdict(among: all, own: own) == .made(token) }
  }

  /// A token that was asked for, or asked to rotate itself, and whose outcome is not known.
  package struct BegunToken: Sendable, Hashable {
    package var name: String
    package var place: SetupPlace
    package var account: Int64
    var rotation: LostRotation?

    /// Nil for a record of anything else, and where it is not kept whose it is.
    package init?(_ trace: SetupTrace) {
      guard trace.change.kind == .token, let account = trace.account else { return nil }
      (name, place, self.account, rotation) = (trace.change.name, trace.change.place, account, LostRotation(trace))
    }

    /// - Parameter tokens: the account's.
    package func verdict(among tokens: [AccessTokenReading]) -> LostRotation.Verdict {
      if let rotation { return rotation.verdict(among: tokens) }
      return tokens.first { $0.name == name && $0.isActive }.map(LostRotation.Verdict.made) ?? .nothing
    }
  }

  package struct MadeToken: Sendable, Hashable {
    package var id: Int64
    package var name: String
    package var place: SetupPlace
    package var expiresOn: String?
    /// Whether it is what is where `token` or `admin_token` says.
    package var isInPlace: Bool
    /// Whether the file that it was written to has it still, wherever that points now.
    package var isKept: Bool
    /// Whose it is, of the account's; nil where that is not kept.
    package var account: Int64?
    /// Else it is only that a rotation has put another in its place.
    package var isMadeByApply = true

    package init(id: Int64, name: String, place: SetupPlace, expiresOn: String?, isInPlace: Bool, isKept: Bool) {
      self.id = id
      self.name = name
      self.place = place
      self.expiresOn = expiresOn
      self.isInPlace = isInPlace
      self.isKept = isKept
    }
  }

  package struct MadeHook: Sendable, Hashable {
    package var id: Int64
    package var place: SetupPlace
    /// By our clock.
    package var madeAt: Instant?
    /// By GitLab's; nil where a program before did not note it.
    package var createdAt: Instant?

    package init(id: Int64, place: SetupPlace, madeAt: Instant? = nil, createdAt: Instant? = nil) {
      self.id = id
      self.place = place
      self.madeAt = madeAt
      self.createdAt = createdAt
    }

    /// One that was made at another time has its number of a GitLab that was restored to a time before. By our clock: long after, for clocks differ.
    func isWebhook(_ hook: RegisteredWebhook, in place: SetupPlace) -> Bool {
      guard hook.id == id, self.place.isSame(as: place) else { return false }
      if let createdAt, let isSame = hook.isMade(at: createdAt) { return isSame }
      guard let madeAt, let created = hook.createdAt else { return true }
      return created < madeAt + .seconds(3600)
    }
  }

  package struct MadeMembership: Sendable, Hashable {
    package var place: SetupPlace
    package var account: Int64
    package var level: Int64
    /// What the account was called.
    package var username = ""
    /// Whether it was there before, at a lower level.
    package var isRaised = false
    /// That GitLab has not let it go, and who can end it.
    package var refusal: String?

    package init(place: SetupPlace, account: Int64, level: Int64) {
      self.place = place
      self.account = account
      self.level = level
    }

    /// Nil for the record of something else.
    package init?(_ trace: SetupTrace) {
      guard trace.change.kind == .membership, let account = trace.account, let level = trace.change.level else { return nil }
      self.init(place: trace.change.place, account: account, level: level)
      username = trace.change.name
      isRaised = trace.existed
      refusal = trace.refusal
    }
  }

  /// What one run has made of a protection.
  package struct MadeProtection: Sendable, Hashable {
    package var place: SetupPlace
    package var name: String
    /// The account that its rows name.
    package var account: Int64
    /// Whether it made the protection itself; else it only put rows into it.
    package var isWhole: Bool
    package var deployRows: Set<Int64>
    package var approvalRows: Set<Int64>
    /// Whom besides the account it was to let deploy, whether GitLab took them or not.
    package var deployers: Set<Grantee> = []
    /// Whom it took out, for the configuration named them no more.
    package var formerDeployers: Set<Grantee> = []

    package init(
      place: SetupPlace, name: String, account: Int64, isWhole: Bool, deployRows: Set<Int64>, approvalRows: Set<Int64>
    ) {
      self.place = place
      self.name = name
      self.account = account
      self.isWhole = isWhole
      self.deployRows = deployRows
      self.approvalRows = approvalRows
    }

    /// Nil for the record of something else.
    package init?(_ trace: SetupTrace) {
      guard trace.change.kind == .protection, let account = trace.account else { return nil }
      self.init(
        place: trace.change.place, name: trace.change.name, account: account, isWhole: !trace.existed, deployRows: Set(trace.deployRows),
        approvalRows: Set(trace.approvalRows))
      formerDeployers = Set(trace.change.formerDeployers)
      deployers = Set(trace.change.deployers.compactMap { if case .other(let grantee) = $0 { grantee } else { nil } })
    }
  }
}

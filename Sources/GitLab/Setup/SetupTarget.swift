package import Calendar
package import ChangeControl

/// What must exist in one GitLab so that the gate can work, as the configuration says it.
package struct SetupTarget: Sendable, Hashable {
  /// Whether something belongs to each project or to the group above them.
  package enum Scope: Sendable, Hashable { case project, group }

  /// Who else may deploy to an environment that setup protects.
  package enum Deployer: Sendable, Hashable {
    case accessLevel(Int64)
    case user(String)
    case group(String)
  }

  /// Where a secret is kept, and whether it is there.
  package enum Secret: Sendable, Hashable {
    case unconfigured
    /// In a file or a variable.
    case present
    /// The file that it will be written to is not there yet.
    case absentFile(String)
    /// The variable is not set, and no program can set it for another.
    case absentVariable(String)

    package var isPresentOrMade: Bool {
      switch self {
      case .present, .absentFile: true
      case .unconfigured, .absentVariable: false
      }
    }
  }

  package var instance: String
  /// Those that are gated in this instance.
  package var services: [Service]
  /// Nil: `gatehouse-` and the name of the top-level group.
  package var username: String?
  package var displayName = "Gatehouse"
  /// Nil: a group's where GitLab lets the person make one, else the instance's, else the project's.
  package var accountLevel: SetupPlace.Level?
  /// The group of what is made in a group. Nil: the deepest that all projects are in.
  package var group: String?
  package var members = Scope.project
  package var protections = Scope.project
  package var deployers: [Deployer] = [.accessLevel(40)]
  /// Nil: no webhook; reconcile finds everything.
  package var hooks: Scope? = .project
  /// Nil where the server has no address that GitLab could send to.
  package var hookURL: String?
  /// Another GitLab of the configuration whose webhooks are proved by the same secret.
  package var hasSecretOf: String?
  package var verifiesTLS = true
  package var playsAfterApproval = true
  /// Nil where nothing depends on it.
  package var today: CivilDate?
  /// The day on which the token stops serving: `2027-01-31`.
  package var tokenExpiresOn: String
  package var token: Secret
  /// The file that the token is kept in; nil for a variable.
  package var tokenFile: String?
  /// The token that looks at what only Maintainers are shown.
  package var adminToken = Secret.unconfigured
  /// The file that it is kept in; nil for a variable.
  package var adminTokenFile: String?
  package var webhookToken: Secret
  package var signingToken: Secret

  package init(
    instance: String, services: [Service], tokenExpiresOn: String, token: Secret, webhookToken: Secret, signingToken: Secret
  ) {
    self.instance = instance
    self.services = services
    self.tokenExpiresOn = tokenExpiresOn
    self.token = token
    self.webhookToken = webhookToken
    self.signingToken = signingToken
  }

  package var patterns: [ProjectPattern] {
    services.flatMap(\.projects).reduce(into: []) { kept, pattern in if !kept.contains(pattern) { kept.append(pattern) } }
  }

  /// What the account must be: Developer (30) is enough for rules of projects; rules of groups drop whoever is no Maintainer (facts E).
  var levelInGroup: Int64? { protections == .group ? 40 : members == .group ? 30 : nil }

  static let levelInProject: Int64 = 30
}

/// What the record of earlier runs knows and GitLab does not tell.
package struct SetupMemory: Sendable, Hashable {
  /// Accounts that apply has made, by GitLab's id, and not taken back.
  package var accounts: Set<Int64> = []
  /// Names of access tokens that were asked for and whose outcome is not known: one that is there serves nobody.
  package var pendingTokens: Set<String> = []
  /// Of the secrets last sent to a webhook, by its id, whether they are those of now.
  package var sentSecrets: [Int64: Bool] = [:]
  /// When they were last sent, by the same.
  package var secretsSentAt: [Int64: Instant] = [:]
  /// Whether somebody asks for them to be sent again, whatever is known.
  package var resendsSecrets = false
  /// The protections that apply has made, or put rows into, and not taken back.
  package var protections: [MadeProtection] = []
  /// The webhooks that apply has made itself, and not taken back.
  package var hooks: [MadeHook] = []
  /// The approval rules that apply has made and not taken back, by their ids.
  package var approvalRules: Set<Int64> = []
  /// The tokens that apply has made for `admin_token` and not taken back, the newest first.
  package var adminTokens: [MadeToken] = []
  /// The account's tokens that apply has made and not taken back, the newest first.
  package var accountTokens: [MadeToken] = []

  package init() {}

  package struct MadeToken: Sendable, Hashable {
    package var id: Int64
    package var name: String
    package var place: SetupPlace
    package var expiresOn: String?
    /// Whether it is what is where `token` or `admin_token` says.
    package var isInPlace: Bool
    /// Whether the file that it was written to has it still, wherever that points now.
    package var isKept: Bool

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

    package init(id: Int64, place: SetupPlace) {
      self.id = id
      self.place = place
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
    }
  }
}

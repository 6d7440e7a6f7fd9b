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
  /// Whether somebody has said so: else an account that is there is called as it is.
  package var isDisplayNameConfigured = false
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

  /// What the account must be: Developer (30) is enough for rules of projects; rules of groups drop whoever is no Maintainer (facts E). Environments
  /// that are gated by name alone are protected in their projects.
  var levelInGroup: Int64? { protectsTiers ? 40 : members == .group ? 30 : nil }

  /// Whether anything is to be protected in the group.
  var protectsTiers: Bool { protections == .group && services.contains { !$0.gatedTiers.isEmpty } }

  static let levelInProject: Int64 = 30
}

/// How `gatehouse setup` sets one GitLab up, where it has a choice.
package struct GitLabSetup: Sendable, Equatable {
  package enum Level: String, Sendable, CaseIterable { case instance, group, project }
  package enum Scope: String, Sendable, CaseIterable { case project, group }
  package enum Hook: String, Sendable, CaseIterable { case project, group, none }

  /// Who else may deploy to an environment that setup protects.
  package enum Deployer: Sendable, Hashable {
    case accessLevel(Int64)
    case user(String)
    case gitlabGroup(String)
  }

  /// The service account's username; nil: `gatehouse-` and the top-level group's name.
  package var username: String?
  /// What people see; nil: `Gatehouse` for one that is made, and whatever one is called that is there.
  package var displayName: String?
  /// Nil: what GitLab lets the person make, the narrowest first.
  package var level: Level?
  /// The group of what is made in a group; nil: the deepest that all projects are in.
  package var group: String?
  package var members = Scope.project
  package var protect = Scope.project
  package var deployers: [Deployer] = [.accessLevel(40)]
  package var hook = Hook.project
  package var verifiesTLS = true
  package var tokenLifetime = GitLabSetup.longestTokenLifetime
  /// How long before its end the server rotates the account's token by itself; nil: never.
  package var rotateTokenBefore: Duration?

  /// GitLab takes 365 days from its own today (400 where an administrator allows it): a day less, whatever the time zone.
  static let longestTokenLifetime: Duration = .seconds(364 * 86_400)
}

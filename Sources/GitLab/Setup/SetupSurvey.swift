package import Calendar
package import ChangeControl

/// An access token as GitLab lists it: never the token itself.
package struct AccessTokenReading: Sendable, Hashable {
  package var id: Int64
  package var name: String
  package var userID: Int64?
  package var scopes: [String]
  package var isActive: Bool
  package var expiresAt: Instant?
  package var createdAt: Instant?
  package var lastUsedAt: Instant?
  /// GitLab does not say whether it was ever used.
  package var isUseUntold = false

  /// `access token gatehouse 1a2b3c4d (id 11, made 2026-11-22, last used 2026-11-22, ends 2027-11-21)`, for people: several may have one name.
  package var text: String { text(of: nil) }

  package func text(of owner: String?) -> String {
    func day(_ instant: Instant?) -> String? { instant.map { String($0.iso8601.prefix(10)) } }
    let facts = [
      "id \(id)", day(createdAt).map { "made \($0)" }, isUseUntold ? nil : "last used \(day(lastUsedAt) ?? "never")",
      day(expiresAt).map { "ends \($0)" },
    ]
    return "access token \(name.bounded(to: 80))\(owner.map { " of \($0)" } ?? "") (\(facts.compactMap(\.self).joined(separator: ", ")))"
  }

  package var canDecide: Bool { isActive && scopes.contains("api") }
  package var canRead: Bool { isActive && (scopes.contains("api") || scopes.contains("read_api")) }
}

package struct EnvironmentReading: Sendable, Hashable {
  package var name: String
  package var tier: String?
}

/// What one GitLab has of what the gate needs, read with a person's token.
package struct SetupSurvey: Sendable, Hashable {
  package struct GroupReading: Sendable, Hashable {
    package var id: Int64
    package var path: String
    package var protections: Result<[ProtectedEnvironment], SetupFault>?
    package var hooks: Result<[RegisteredWebhook], SetupFault>?
    /// The service account's level, nil where it is no member.
    package var accountLevel: Int64?
    /// The ids of the projects below it that no service covers; nil where it was not asked.
    package var uncovered: Result<[Int64], SetupFault>?

    package var place: SetupPlace { .group(id: id, path: path) }
  }

  package struct ProjectReading: Sendable, Hashable {
    package var id: Int64
    package var path: String
    /// The person's level; nil where they are no member.
    package var personLevel: Int64?
    package var accountLevel: Int64?
    /// What the project tells of its plan; nil where it was not shown.
    package var own: ProjectAttributes?
    package var environments: Result<[EnvironmentReading], SetupFault>?
    package var protections: Result<[ProtectedEnvironment], SetupFault>?
    package var hooks: Result<[RegisteredWebhook], SetupFault>?

    package var place: SetupPlace { .project(id: id, path: path) }
    /// It has no environments as long as somebody does not switch on what it does without.
    var isSwitchedOff: Bool { (try? environments?.get()) == nil && own?.isSwitchedOff == true }
    /// The groups that it is in, the deepest first.
    var groupPaths: [String] {
      var paths: [String] = []
      var segments = path.split(separator: "/").dropLast()
      while !segments.isEmpty {
        paths.append(segments.joined(separator: "/"))
        segments.removeLast()
      }
      return paths
    }
  }

  /// Where apply has protected something, made a webhook or the account a member, and nothing that is configured lies any more.
  package struct FormerPlace: Sendable, Hashable {
    package enum Standing: Sendable, Hashable {
      case unasked
      /// It is gone, or not for this person.
      case hidden
      /// Nothing is deployed there: it is archived, or marked for deletion.
      case idle
      case shown
    }

    /// With the path of now, where it is shown.
    package var place: SetupPlace
    package var standing = Standing.unasked
    package var protections: Result<[ProtectedEnvironment], SetupFault>?
    package var hooks: Result<[RegisteredWebhook], SetupFault>?

    package init(_ place: SetupPlace) { self.place = place }
  }

  package struct Account: Sendable, Hashable {
    package var id: Int64
    package var username: String
    /// What people see; nil where GitLab does not say.
    package var displayName: String?
    /// Where it is a service account of; nil for a plain user, or where the person may not see it.
    package var place: SetupPlace?
    /// Known by its name alone, which anybody may have taken before the gate did.
    package var isByName = false
  }

  /// What an administrator's token is good for.
  package enum Administration: Sendable, Hashable {
    case inForce
    /// GitLab has Admin Mode, and to a token that is not of scope `admin_mode` it shows and lets do no more than to others, though `GET /user` says
    /// `is_admin` (`API::Users`, which asks what is in the database).
    case inName
  }

  /// The token that is configured.
  package enum OwnToken: Sendable, Hashable {
    case absent
    case valid(AccessTokenReading, owner: Person)
    case refused(String)
  }

  package var version: GitLabVersion?
  package var person: Person
  /// Nil for a person who is no administrator.
  package var administration: Administration?
  package var groups: [String: GroupReading] = [:]
  package var projects: [ProjectReading] = []
  /// Patterns of projects that could not be resolved, a sentence each.
  package var unresolved: [String] = []
  /// Where service accounts can be listed by this person: there they can be made.
  package var accountPlaces: [SetupPlace] = []
  /// Where they are not listed to this person, by a GitLab that has such lists, and why.
  package var accountGaps: [SetupPlace: SetupFault] = [:]
  package var account: Account?
  /// What apply has called the account that it has made last; nil where it has made none.
  var recordedUsername: String?
  package var ownToken = OwnToken.absent
  /// What GitLab says of the configured `admin_token`: its owner is not asked for.
  package var adminToken: Result<AccessTokenReading, SetupFault>?
  /// Places in which apply has made an access token, and which GitLab does not show to this person: they are gone, or not for them.
  package var hiddenPlaces: Set<SetupPlace> = []
  /// The tokens of places in which apply has made one, as far as GitLab lists them, by the place's endpoint.
  package var resourceTokens: [String: Result<[AccessTokenReading], SetupFault>] = [:]
  /// The newest first.
  package var formerPlaces: [FormerPlace] = []
  /// What the account is in itself where apply has made it a member, by the place's endpoint.
  package var directLevels: [String: Int64] = [:]
  /// The same of accounts that another has taken the place of, by their ids.
  package var formerLevels: [Int64: [String: Int64]] = [:]
  /// What those are called now, and others whose standing was asked for.
  package var formerNames: [Int64: String] = [:]
  /// Projects below groups whose tiers apply protects, or has protected, and that no service covers; by their ids.
  package var uncovered: [Int64: UncoveredProject] = [:]
  /// The account's tokens, those too that serve no more; nil where they cannot be listed.
  package var tokens: [AccessTokenReading]?
  /// The same of accounts that another has taken the place of, and that apply has made tokens of or begun to.
  package var formerTokens: [Int64: Result<[AccessTokenReading], SetupFault>] = [:]
  /// How those stand whom approval rules name, and the account where its token does not tell.
  package var standings: [Int64: UserStanding] = [:]
  /// Webhooks of the gate's whose last sending was answered 401, and when by GitLab's clock.
  package var refusedSendings: [Int64: Instant] = [:]
  /// The number of the last sending of each webhook of the gate's, however it was answered; 0 where there is none.
  package var lastSendings: [Int64: Int64] = [:]
  /// Places whose protected environments the configured `admin_token` is not shown, and why.
  package var adminGaps: [SetupPlace: SetupFault] = [:]
  /// What the names of `deployers` are in GitLab.
  package var deployers: [SetupTarget.Deployer: Grantee] = [:]

  package init(person: Person) { self.person = person }

  /// Whether GitLab shows this person all that is there, and lets them do all.
  package var isAdministrator: Bool { administration == .inForce }

  /// Why an administrator's token does no more than anybody's; nil for one that does, and for everybody else.
  package func administratorInName(on instance: String) -> String? {
    guard administration == .inName else { return nil }
    return
      "\(person.username) is an administrator of GitLab \(instance), which has Admin Mode: to a token that is not of scope admin_mode it shows and lets do no "
      + "more than to others. Where that is not enough, make one with the scopes api and admin_mode"
  }

  /// The group of the target: the one it names, or the deepest that all projects are in.
  func groupPath(_ target: SetupTarget) -> String? {
    if let group = target.group { return group }
    guard let first = projects.first else { return nil }
    return first.groupPaths.first { path in projects.allSatisfy { $0.groupPaths.contains(path) } }
  }

  /// GitLab's word for the state of an account that is there and may do nothing; nil for one that may.
  package var barredState: String? {
    guard let account else { return nil }
    switch standings[account.id] {
    case .barred(let state): return state
    case .active, .gone: return nil
    case nil: break
    }
    if case .refused(let message) = ownToken { return UserStanding.state(inRefusal: message) }
    return nil
  }

  /// Why nothing is made with what is where `token` says; nil where it is no person's that sets the gate up.
  package var whyPersonal: String? {
    guard case .valid(_, let owner) = ownToken, owner.id == person.id else { return nil }
    if owner.username.lowercased() == recordedUsername?.lowercased() {
      return
        "GATEHOUSE_SETUP_TOKEN is \(owner.username)'s, the gate's own account, which sets nothing up: set it to a token of yours (the one where `token` "
        + "says stays as it is)"
    }
    return
      "the configured token is \(owner.username)'s own, and the gate must not act as a person: remove it from where `token` says, and it "
      + "is made anew. Where \(owner.username) is the gate's account, set GATEHOUSE_SETUP_TOKEN to a token of yours instead"
  }

  /// What keeps the account from everything, and who lets it again; nil where nothing does.
  package func whyBarred(on instance: String) -> String? {
    guard let account, let state = barredState else { return nil }
    return
      "GitLab \(instance) lets \(account.username) (id \(account.id)) do nothing (\(state)), so that it can neither see nor decide anything: "
      + "\(UserStanding.remedy(for: state, id: account.id)). Until then nothing is made, and no access token either"
  }

  /// Only one of the instance is for all of several: of a group's GitLab says that it belongs to one top-level group (facts F).
  var topLevelGroups: Set<String> { Set(projects.compactMap { $0.groupPaths.last?.lowercased() }) }

  /// The name that the service account has or is given.
  func username(_ target: SetupTarget) -> String {
    if let username = target.username ?? recordedUsername { return username }
    guard let top = projects.first?.path.split(separator: "/").first else { return "gatehouse" }
    return "gatehouse-\(top.lowercased())"
  }
}

package import ChangeControl

/// All that was read of one GitLab to tell whether a gate can do there what its configuration says.
package struct GateSurvey: Sendable, Hashable {
  /// A webhook of a place: ids of projects' and of groups' are one row of numbers, their endpoints are not.
  package struct WebhookKey: Sendable, Hashable {
    package var place: PlaceSurvey.Place
    package var id: Int64

    package init(place: PlaceSurvey.Place, id: Int64) {
      self.place = place
      self.id = id
    }
  }

  package var probe: ProbeReport
  /// The account that setup has made, where GitLab takes its token no more and knows nobody of its id; else nil.
  package var goneAccount: Int64?
  /// How far GitLab's clock is ahead of ours; nil where it does not show it.
  package var clockOffset: Duration?
  /// Patterns that could not be resolved.
  package var problems: [ResolvedProjects.Problem] = []
  /// How many projects the patterns mean, looked at or not.
  package var projectCount = 0
  package var projects: [PlaceSurvey] = []
  /// Those of them for which a look has no room.
  package var beyond: [Project] = []
  /// Those that were looked at before and that no pattern finds now, where GitLab says what became of them.
  package var departed: [Int64: FootingLook.Departure] = [:]
  /// Whether GitLab has not told of all of those.
  package var isUnsure = false
  /// The groups above the projects.
  package var groups: [PlaceSurvey] = []
  /// Where apply has protected something, and nothing that is configured lies any more.
  package var formerPlaces: [SetupSurvey.FormerPlace] = []
  /// What lies below groups whose tiers wait for the account, and no service covers.
  package var uncovered: [UncoveredSurvey] = []
  /// What GitLab says of the token that may look at protections and webhooks; nil where none is configured beside the account's.
  package var adminToken: Result<ProbeReport.Token, Obstacle>?
  /// How those stand whom approval rules name besides the account, by their ids.
  package var standings: [Int64: UserStanding] = [:]
  /// Those of them of whom GitLab did not tell: what is known of them stays.
  package var untoldStandings: Set<Int64> = []
  package var sendings: [WebhookKey: Result<[RegisteredWebhook.Sending], SurveyGap>] = [:]
  /// Paths of the projects of which a deployment that was triggered by the service account itself is known.
  package var triggeredByAccount: Set<String> = []

  package init(probe: ProbeReport) { self.probe = probe }

  var account: Person? { try? probe.account.get() }

  var version: GitLabVersion? { try? probe.software.get().version }
}

/// What the configuration says of one GitLab, as far as a survey of it is judged by.
package struct GateExpectation: Sendable, Hashable {
  package var instance: String
  package var url: String
  package var services: [Service]
  /// Whether the gate starts jobs (`after_approval: play`).
  package var playsAfterApproval: Bool
  /// What GitLab calls the gate; nil where nobody has said.
  package var publicURL: String?
  package var hasWebhookToken: Bool
  package var hasSigningToken: Bool
  package var hasAdminToken: Bool
  /// Whether it is one that `setup apply` has made, which makes another where this one serves no more or sees too little.
  package var isAdminTokenMade = false
  /// Where what is gated is protected (`setup: {protect: …}`): where that place shows that it does not protect it, it is unprotected, whatever another
  /// group does not show. Nil: nobody has said.
  package var protections: SetupTarget.Scope?
  /// The group of what is made in a group. Nil: the deepest that all projects are in.
  package var group: String?
  /// Where webhooks are to be; nil: nowhere, and reconcile finds everything.
  package var webhooks: SetupTarget.Scope? = .project
  /// The file that the account's token is in; nil for an environment variable.
  package var tokenFile: String?
  /// The account that setup has made last, by GitLab's id; nil where it is not on record.
  package var madeAccount: Int64?
  /// The protections that apply has made, or put rows into, and not taken back.
  package var madeProtections: [SetupMemory.MadeProtection] = []
  /// Projects of which it is kept from looks before how the account stood in them.
  package var watchedProjects: [Project] = []
  /// The webhooks that apply has made or changed, by GitLab's ids.
  package var madeWebhooks: Set<Int64> = []
  /// How long before its end the server rotates the token by itself; nil: never.
  package var rotatesTokenBefore: Duration?
  /// Whether a server runs that could.
  package var isServing = true
  /// How long the tokens live that setup makes.
  package var tokenLifetime = TokenLifetime(days: 364)

  package init(
    instance: String, url: String, services: [Service], playsAfterApproval: Bool, publicURL: String?, hasWebhookToken: Bool,
    hasSigningToken: Bool, hasAdminToken: Bool
  ) {
    self.instance = instance
    self.url = url
    self.services = services
    self.playsAfterApproval = playsAfterApproval
    self.publicURL = publicURL
    self.hasWebhookToken = hasWebhookToken
    self.hasSigningToken = hasSigningToken
    self.hasAdminToken = hasAdminToken
  }

  package var patterns: [ProjectPattern] {
    services.flatMap(\.projects).reduce(into: []) { kept, pattern in if !kept.contains(pattern) { kept.append(pattern) } }
  }
}

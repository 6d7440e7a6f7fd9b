/// Every bound of this room, with its reason. Text lengths count characters as GitLab's database does: Unicode scalars.
enum Limits {
  /// GitLab refuses a longer comment on an approval (facts: `comment`, "max 255 characters").
  static let approvalComment = 255
  /// What of a message of GitLab's goes into a reason: a sentence or two, never a page.
  static let message = 200
  /// The same of the transport's own sentence, which says at its end what to do; 200 characters of it may be OpenSSL's.
  static let transportMessage = 500
  /// An error body longer than this is a proxy's page, not GitLab's JSON.
  static let errorBodyBytes = 64 * 1024

  /// GitLab's own bound on an environment's name. A longer one is not GitLab's, and a cut one would match other patterns.
  static let environmentName = 255
  /// Enough of a title, a name or a ref to recognise it by.
  static let title = 255
  /// A URL longer than this is left out: a cut one leads elsewhere.
  static let urlBytes = 2_048
  /// `Co-authored-by` lines that are read from one commit.
  static let commitAuthors = 20

  /// Commits that a comparison may start from, should the newest be gone from the repository.
  static let basesTried = 10
  /// Attempts until a comparison that GitLab fails to make is done without: it may be too large ever to come.
  static let comparisonTries = 3
  /// Commits whose merge requests are looked up, the newest: one request each. With the pages of commits before them it stays well below
  /// `exchanges`.
  static let commitsWithMergeRequests = 200

  /// An `Idempotency-Key` is a UUID (36 characters); room for another form, none for an attack on the index.
  static let deliveryKeyBytes = 128
  /// The longest secret, signature list or timestamp header that is compared.
  static let secretHeaderBytes = 2_048
  /// Signatures in one header: one for each key in a rotation, with room.
  static let signatures = 16
  /// How far a signed delivery's clock may be off, both ways (Standard Webhooks).
  static let signatureToleranceMilliseconds: Int64 = 5 * 60 * 1_000
  /// A text shorter than this is not looked for inside bodies: it would stand there by chance.
  static let shortestSecretBytes = 4
  /// Waiting jobs taken from one pipeline hook.
  static let jobsPerPipeline = 500

  /// GitLab's largest page.
  static let perPage = 100
  /// Pages read in one conversation: 10,000 blocked deployments, or projects, beyond which the caller goes on with the cursor.
  static let pages = 100
  /// Exchanges of one conversation. None comes near it; a mistake in one must not ask for ever.
  static let exchanges = 400
  /// Exchanges of one survey before GitLab is set up: seven for each project, so some hundreds of projects.
  static let surveyExchanges = 4_000

  /// Sendings of a webhook that the doctor looks at.
  static let shownSendings = 20
  /// Findings of one name, each of another place: whoever has more mends these first.
  static let findingsOfOneName = 20
  /// Gated environments of one project that are watched for drift: review environments by the thousand are no place for a gate.
  static let watchedEnvironments = 200
  /// Places that apply has protected once, and nothing that is configured lies in any more: two requests each, of the newest.
  static let formerPlaces = 100
  /// Projects below a group whose tiers are protected, and that no service covers: two requests each.
  static let uncoveredProjects = 100
  /// Environments of each that are read: 100 pages of all of them would be more than a survey has.
  static let uncoveredEnvironments = 1_000
  /// Places that a sentence names.
  static let namedPlaces = 3

  /// Elements of one list of a protected environment that are asked for at once: each may cost a question whether GitLab would take it.
  static let askedGrants = 50
  /// Elements of one list that are read: several times what anybody could see through.
  static let shownGrants = 1_000
  /// Sentences about one request: whoever has made more mistakes mends these first.
  static let problems = 20
  /// GitLab's own bound on `required_approvals`.
  static let requiredApprovals: Int64 = 5
  /// Projects configured by number that are looked up to know whether a group is above one of them.
  static let numberedProjects = 100

  /// What GitLab may ask us to wait: at least a second, so that a zero does not become a busy loop; at most an hour, so that a wrong
  /// clock or a hostile proxy cannot put a decision off for days.
  static let shortestPause: Duration = .seconds(1)
  static let longestPause: Duration = .seconds(3_600)
}

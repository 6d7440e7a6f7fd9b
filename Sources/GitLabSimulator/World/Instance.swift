internal import Calendar

extension World {
  /// Which GitLab this is. Only what makes a difference on the wire is modelled (facts, version map).
  package enum Release: Sendable, Hashable, CaseIterable {
    /// 18.5: no Deployment Hook for `blocked`, `approved` or `rejected`; hooks cannot be signed.
    case v18
    /// 19.3: all deployment hooks; signing tokens.
    case v19

    package var version: Version {
      switch self {
      case .v18: Version(18, 5, 1)
      case .v19: Version(19, 3)
      }
    }

    package var versionText: String { version.text }
  }

  /// How `status_changed_at` of a Deployment Hook is written.
  package enum HookTime: Sendable, Hashable {
    /// `2026-05-08T10:30:00.000Z`: 19-era code.
    case iso8601
    /// `2026-08-27 09:15:02 UTC`: a Ruby time passed through the job queue as text, in older code.
    case ruby
  }

  /// The settings of the whole installation.
  package struct Instance: Sendable {
    package var baseURL: String
    package var release: Release
    package var hookTime: HookTime
    /// Premium or Ultimate: protected environments, approvals and their hooks.
    package var isLicensed = true
    /// Whether the API hides protected environments where the plan has none. GitLab's code asks only who somebody is, so that rows of a licence
    /// that has ended can be listed and written all the same (`API::ProtectedEnvironments`); what the facts say is the default here.
    package var hidesUnlicensedProtections = true
    /// On GitLab.com; self-managed has it behind a feature flag that is off.
    package var disablesFailingHooks = false
    /// An instance in silent mode sends no hooks.
    package var isSilent = false
    /// Requests that one token may make in a minute.
    package var requestsPerMinute = 2_000
    /// Above so many rows GitLab does not count: `x-total` and `rel="last"` are missing.
    package var countedRows = 10_000
    /// Files that a comparison shows before it is cut.
    package var comparedFiles = 1_000
    /// GitLab.com: owners make the service accounts of their groups, and there is no administrator.
    package var isGitLabCom = false
    /// "Allow top-level group owners to create service accounts" of a self-managed GitLab.
    package var allowsOwnersServiceAccounts = false
    /// Admin Mode: to an administrator's token that is not of scope `admin_mode` the API shows and lets do no more than to others.
    package var hasAdminMode = false
    /// Whether Owners whom that does not allow it are shown the accounts of their groups, and may do with their tokens what they like. In 18.x
    /// `admin_service_accounts` is each Owner's, and only `create_service_account` and `delete_service_account` ask for the setting (`EE::GroupPolicy`):
    /// making one is answered 400, and a DELETE 204 though nothing comes of it, for `GroupServiceAccounts` does not look at what its
    /// `ServiceAccounts::DeleteService` answers. Later ones withhold `read_service_account` too.
    package var showsOwnersServiceAccounts = false
    /// Days that a personal access token may live; without an expiry it gets them all. 400 can be had from 17.6 on.
    package var tokenLifetimeDays = 365
    /// Whether projects and groups may have access tokens of their own, which an Owner can switch off for all below a group.
    package var allowsResourceTokens = true
    /// How long the job queue takes to delete an account.
    package var deletesAccountsAfter: Duration = .seconds(2)
    /// Whether the queue has come as far as to block it by the time it has answered; it goes once what it did is the ghost user's
    /// (`Users::DestroyService`).
    package var blocksAccountsFirst = false
    /// Whether what protected environments say of a deleted user goes with the row of theirs (a foreign key, on delete cascade). That row stands until
    /// what they did is the ghost user's, which may take long; until then only their memberships are gone.
    package var dropsRulesOfDeletedUsers = false
    /// Hooks may go to private networks and to GitLab's own machine. Ours may unless a test says otherwise: gates in tests listen there.
    package var allowsLocalRequests = true
    /// How far GitLab's clock is ahead of everybody else's, as its `Date` shows.
    package var clockOffset: Duration = .zero
    /// Features that an administrator's flag has switched off.
    package var switchedOff: Set<Feature> = []
    /// The release's, unless another was chosen. Only what `Feature` lists and what is asked of a version depend on it.
    package var version: Version {
      get { chosenVersion ?? release.version }
      set { chosenVersion = newValue }
    }
    private var chosenVersion: Version?

    package init(baseURL: String, release: Release, hookTime: HookTime? = nil) {
      self.baseURL = baseURL
      self.release = release
      self.hookTime = hookTime ?? (release == .v18 ? .ruby : .iso8601)
    }

    func has(_ feature: Feature) -> Bool { version >= feature.since && !switchedOff.contains(feature) }

    /// The path under which GitLab is installed: empty, or `/gitlab` for `https://example.com/gitlab`.
    var pathPrefix: String {
      guard let scheme = baseURL.range(of: "://"), let slash = baseURL[scheme.upperBound...].firstIndex(of: "/") else { return "" }
      return String(baseURL[slash...])
    }
  }

  /// How fast jobs run.
  package struct Runner: Sendable {
    /// How long a pending job waits for a runner.
    package var picksUpAfter: Duration = .zero
    /// How long a deployment's job runs; nil: until `finishJob` says so.
    package var runsFor: Duration? = .zero

    package init(picksUpAfter: Duration = .zero, runsFor: Duration? = .zero) {
      self.picksUpAfter = picksUpAfter
      self.runsFor = runsFor
    }
  }
}

extension String {
  /// The first place where `other` stands. The standard library has it only for regular expressions.
  fileprivate func range(of other: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(other) { return start..<index(start, offsetBy: other.count) }
      start = index(after: start)
    }
    return nil
  }
}

extension Instant {
  /// `2026-08-27 09:15:02 UTC`: how Ruby prints a time.
  var rubyTime: String { iso8601.prefix(10) + " " + iso8601.dropFirst(11).prefix(8) + " UTC" }

  /// `2026-08-27T09:15:02Z`: seconds only.
  var isoSeconds: String { iso8601.prefix(19) + "Z" }

  /// `2026-08-27T09:15:02.000Z`: the shape of a lifecycle event, whose fraction is lost on the way (facts A.5).
  var isoWithoutFraction: String { iso8601.prefix(19) + ".000Z" }

  /// `2026-08-27T09:15:02+00:00`: a commit's own time.
  var isoWithOffset: String { iso8601.prefix(19) + "+00:00" }

  var date: String { String(iso8601.prefix(10)) }
}

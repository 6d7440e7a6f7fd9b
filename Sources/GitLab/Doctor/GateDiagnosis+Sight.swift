internal import Calendar
internal import ChangeControl

/// What GitLab does not show of what a gate stands on: protected environments and webhooks are shown to Maintainers only (facts E, G), and whoever
/// cannot see them cannot see them change.
extension GateDiagnosis {
  /// What our tokens may not read is one warning, not one for each check that needs it.
  var sightFindings: [DoctorFinding] {
    var unread: [String] = []
    var first: SurveyGap?
    for place in survey.projects {
      for (what, gap) in [
        // Where the project itself is shown, a 404 is the plan's (see `protectionFindings`).
        ("protected environments", place.unlicensed == nil ? place.protections.gap : nil), ("webhooks", place.webhooks.gap),
      ] {
        guard let gap else { continue }
        unread.append("\(what) of \(place.place.text)")
        // The reason, and so the remedy, of one that somebody has to mend before that of one that may pass.
        if case .untold? = first { first = gap } else { first = first ?? gap }
      }
    }
    // What is not shown at all is told by `projects`.
    let isWhole = survey.problems.isEmpty && survey.projects.count >= survey.projectCount
    let shown = isWhole ? "" : " of \(some(survey.projects.map(\.place.text)))"
    let large = Dictionary(grouping: gated) { $0.survey.place.text }.filter { $0.value.count > Limits.watchedEnvironments }.keys.sorted()
    let but = large.isEmpty ? "" : ", but beyond the first \(Limits.watchedEnvironments) gated environments of \(some(large))"
    let ok = survey.projects.isEmpty ? nil : "protected environments and webhooks\(shown) are shown: a change of them is noticed\(but)"
    let blind = DoctorFinding.warn(
      name("admin token"),
      "\(some(unread)) cannot be read (\(first?.reason ?? "")): whether GitLab holds deployments as configured is not known, and no "
        + "drift there is noticed",
      first?.remedy(Self.sightRemedy(hasAdminToken: expected.hasAdminToken, isMade: expected.isAdminTokenMade)) ?? "")
    return summed("admin token", ok: ok, unread.isEmpty ? [] : [blind]) + adminTokenFindings
  }

  /// Why it is not known whether who triggers a pipeline may approve in a project; nil where it is, and where there is no such setting: GitLab
  /// has it from 15.8 on, in plans with protected environments.
  func selfApprovalGap(_ project: PlaceSurvey) -> String? {
    guard project.unlicensed == nil, project.allowsTriggererApproval == nil else { return nil }
    if let version = survey.version {
      guard version.hasTriggererApproval else { return nil }
      guard version.showsTriggererApproval else { return "GitLab \(version) shows the setting to nobody, 15.10 does" }
    }
    if case .failure(let gap)? = project.own { return gap.reason }
    return "GitLab does not show the setting"
  }

  /// What shows a gate what it stands on.
  ///
  /// - Parameter isMade: whether the configured one is of `setup apply`'s making.
  package static func sightRemedy(hasAdminToken: Bool, isMade: Bool) -> String {
    if isMade {
      return
        "`gatehouse setup apply` puts another in place of the admin_token that it has made, one that serves and sees all that is configured "
        + "(`gatehouse setup plan` shows it; where that finds nothing to do, what is not shown lies above all that is configured: put the token of "
        + "a Maintainer there, scope read_api is enough, where admin_token says); then SIGHUP the server"
    }
    return hasAdminToken
      ? "give admin_token a valid token of scope api or read_api, of a Maintainer of these projects"
      : "add admin_token: {file: PATH} to this instance, and `gatehouse setup apply` makes one that may only look; or put a Maintainer's "
        + "token there, scope read_api is enough"
  }

  /// One that ends makes the gate blind.
  private var adminTokenFindings: [DoctorFinding] {
    guard case .success(let token)? = survey.adminToken else { return [] }
    let check = name("admin token expiry")
    // Apply may renew it later than people are told of its end.
    let due = token.expiresAt.map { $0 + .seconds(Int64(-expected.tokenLifetime.lastDays) * 86_400) }
    let from = due.flatMap { token.isActive && now < $0 ? " from \($0.iso8601.prefix(10)) on" : nil } ?? ""
    let remedy =
      expected.isAdminTokenMade
      ? "`gatehouse setup apply` has made it, and makes a new one in its place\(from); then SIGHUP the server"
      : "`gatehouse setup apply` renews one that it has made; put another person's new one where admin_token points. Then SIGHUP"
    guard token.isActive else { return [.warn(check, "it is revoked or expired", remedy)] }
    guard let seen = token.expiry(at: now) else { return [] }
    return [token.expiresSoon(at: now, lifetime: expected.tokenLifetime) ? .warn(check, seen, remedy) : .ok(check, seen)]
  }

  /// Why a place that GitLab would show is not looked at, and what to do.
  package static let beyondLimits = (
    reason: "a look has no room for more projects, or for more gated environments of one",
    remedy: "split the configuration, or gate fewer environments: `gatehouse check` says how far it looks"
  )

  /// What a look could not see, place by place.
  var unseen: [FootingLook.Unseen] {
    // As of a project that is shown no longer: nothing that stands in it is seen.
    let beyond = survey.beyond.flatMap { project in
      [Footing.Check.protection, .webhook].map {
        FootingLook.Unseen(.init(project: project.id, check: $0), place: project.path, reason: Self.beyondLimits.reason)
      }
    }
    let gated = Dictionary(grouping: self.gated) { $0.survey.place }
    return survey.projects.flatMap { project -> [FootingLook.Unseen] in
      guard let id = project.project?.id else { return [] }
      let text = project.place.text
      func unseen(_ check: Footing.Check, of environment: String? = nil, _ place: String, _ reason: String) -> FootingLook.Unseen {
        FootingLook.Unseen(.init(project: id, environment: environment, check: check), place: place, reason: reason)
      }
      var found: [FootingLook.Unseen] = []
      // Nothing can be deployed where CI/CD is switched off: there is nothing to see.
      if let gap = project.environments.gap, !project.isSwitchedOff { found.append(unseen(.protection, text, gap.reason)) }
      if let all = gated[project.place], all.count > Limits.watchedEnvironments {
        found.append(unseen(.protection, text, Self.beyondLimits.reason))
      }
      found += (gated[project.place] ?? []).prefix(Limits.watchedEnvironments).compactMap { environment in
        let name = environment.environment.name
        if project.unlicensed == nil, let gap = project.protections.gap {
          return unseen(.protection, of: name, environment.text, gap.reason)
        }
        // A group above may ask for more than the project does; where the project asks for nothing, all hangs on it.
        guard environment.protections.isEmpty, !environment.unreadGroups.isEmpty else { return nil }
        return unseen(
          .protection, of: name, environment.text, "what \(some(environment.unreadGroups)) protects is not shown")
      }
      if let gap = project.level.gap { found.append(unseen(.membership, text, gap.reason)) }
      if let reason = selfApprovalGap(project) { found.append(unseen(.selfApproval, text, reason)) }
      if let gap = project.webhooks.gap { found.append(unseen(.webhook, text, gap.reason)) }
      return found
    } + beyond
  }
}

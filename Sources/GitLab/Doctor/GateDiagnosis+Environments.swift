internal import ChangeControl

/// Whether the account is where it must be, and what it is to guard is there.
extension GateDiagnosis {
  /// An environment of a project that a service gates, with what protects it.
  struct Gated {
    var survey: PlaceSurvey
    var environment: PlaceSurvey.Environment
    /// Where it is protected, and how: by name in the project, by tier in groups above it. Both apply (facts E).
    var protections: [(place: PlaceSurvey, protection: ProtectedEnvironment)]
    /// Groups above of which it is not known.
    var unreadGroups: [String]
    /// Of those: did not answer, and may the next time.
    var untoldGroups: [String]

    /// `acme/payments/checkout production`.
    var text: String { "\(survey.place.text) \(environment.name)" }

    var rules: [(place: PlaceSurvey, grant: AccessGrant)] {
      protections.flatMap { place, protection in protection.approvalRules.map { (place, $0) } }
    }
  }

  var projectFindings: [DoctorFinding] {
    var troubles = survey.problems.map { problem in
      DoctorFinding.fail(
        name("projects"), "'\(problem.pattern)': \(problem.obstacle.reason)",
        "until it is found, its deployments are known by webhook only; correct `projects`, or make the service account a member")
    }
    if survey.projectCount == 0, troubles.isEmpty {
      troubles.append(
        .warn(
          name("projects"), "the patterns of its services match no project that the account sees: nothing is gated",
          "correct `projects`, or make the service account a member. \(Self.setup)"))
    }
    if survey.projects.count < survey.projectCount {
      troubles.append(
        .warn(
          name("projects"), "\(survey.projects.count) of \(survey.projectCount) were looked at, the first by their ids",
          "the server's own looks go further (README, Check it); check the others with narrower patterns in a configuration of their own, or "
            + "split it"))
    }
    return summed("projects", ok: "\(survey.projects.count), all looked at", troubles)
  }

  var memberFindings: [DoctorFinding] {
    let remedy = "make it a member as Developer (30). \(Self.setup)"
    let check = name("membership")
    var troubles: [DoctorFinding] = survey.projects.compactMap { place in
      switch place.level {
      case .success(let level?) where level >= 30: nil
      case .success(let level?):
        .fail(check, "the account has level \(level) in \(place.place.text), which may not approve deployments", remedy)
      case .success(nil): .fail(check, "the account is no member of \(place.place.text): its approvals are refused", remedy)
      case .failure(let gap): .warn(check, "\(place.place.text): \(gap.reason)", "run this again when GitLab answers")
      }
    }
    // A group's rule keeps an account that is no Maintainer only as long as nobody writes it anew (facts E, "Silent drop").
    for group in survey.groups where protects(group) {
      guard case .success(let level) = group.level, level ?? 0 < 40 else { continue }
      troubles.append(
        .warn(
          check, "the rules of \(group.place.text) name the account, which is no Maintainer there: GitLab drops it when they are written",
          "make it a Maintainer (40) of the group"))
    }
    let ok = survey.projects.isEmpty ? nil : "at least Developer in \(some(survey.projects.map(\.place.text)))"
    return summed("membership", ok: ok, troubles + unlistedFindings + departedFindings + missingFindings)
  }

  private func protects(_ group: PlaceSurvey) -> Bool {
    guard let account = survey.account, let protections = try? group.protections.get() else { return false }
    return protections.contains { ($0.approvalRules + $0.deployAccessLevels).contains { $0.grantee == .user(account.id) } }
  }

  /// The gated environments that are known.
  var gated: [Gated] {
    survey.projects.flatMap { place -> [Gated] in
      guard let environments = try? place.environments.get() else { return [] }
      let above = place.groupPaths.compactMap { path in survey.groups.first { $0.place == .group(path) } }
      return environments.filter { gates($0, in: place) }.map { environment in
        var protections = ((try? place.protections.get()) ?? []).filter { $0.name == environment.name }.map {
          (place: place, protection: $0)
        }
        for group in above {
          protections += ((try? group.protections.get()) ?? []).filter { $0.name == environment.tier }.map {
            (place: group, protection: $0)
          }
        }
        // Where there are none at all, a group has none either.
        let unread = above.filter { group in
          // A plan without them answers 404, and so does a group that is not shown.
          if case .failure = group.protections { place.unlicensed == nil } else { false }
        }
        let untold = unread.filter { if case .failure(.untold) = $0.protections { true } else { false } }
        return Gated(
          survey: place, environment: environment, protections: protections, unreadGroups: unread.map(\.place.text),
          untoldGroups: untold.map(\.place.text))
      }
    }
  }

  /// Whether the place that is to protect it by what is configured shows what it protects.
  func isItsPlaceShown(_ gated: Gated) -> Bool {
    switch expected.protections {
    case nil: return false
    case .project: return true
    case .group:
      guard isItsTierGated(gated) else { return true }
      return tierPlace(of: gated).map { path in !gated.unreadGroups.contains(PlaceSurvey.Place.group(path).text) } ?? false
    }
  }

  /// The path of the group that is to protect it by its tier; nil where its project is to (as `setup` has it), and where it is not known.
  func tierPlace(of gated: Gated) -> String? {
    guard expected.protections == .group, isItsTierGated(gated), let group = protectingGroup?.lowercased() else { return nil }
    return gated.survey.groupPaths.first { $0.lowercased() == group }.flatMap { path in
      survey.groups.contains { $0.place == .group(path) } ? path : nil
    }
  }

  /// What lies outside the group, or is gated by its name alone, is protected in its project.
  private func isItsTierGated(_ gated: Gated) -> Bool {
    guard let tier = gated.environment.tier, expected.services.contains(where: { $0.gatedTiers.contains(tier) }) else { return false }
    return expected.group.map { group in gated.survey.groupPaths.contains { $0.lowercased() == group.lowercased() } } ?? true
  }

  /// Of some of the projects it cannot be told.
  private var protectingGroup: String? {
    if let group = expected.group { return group }
    guard survey.problems.isEmpty, survey.projects.count == survey.projectCount, let first = survey.projects.first else { return nil }
    return first.groupPaths.first { path in survey.projects.allSatisfy { $0.groupPaths.contains(path) } }
  }

  private func services(of place: PlaceSurvey) -> [Service] {
    guard let project = place.project else { return [] }
    return expected.services.filter { $0.covers(project: project.id, path: project.path) }
  }

  func gates(_ environment: PlaceSurvey.Environment, in place: PlaceSurvey) -> Bool {
    services(of: place).contains { $0.gates(environment: environment.name, tier: environment.tier) }
  }

  var environmentFindings: [DoctorFinding] {
    let check = name("environments")
    var troubles: [DoctorFinding] = []
    for place in survey.projects {
      switch place.environments {
      case .failure(let gap) where place.isSwitchedOff:
        troubles.append(
          .warn(
            check,
            "nothing can be deployed in \(place.place.text): CI/CD or the repository is switched off there (\(gap.reason))",
            "once they are on, `gatehouse setup apply` protects what is gated there; as long as they are off nothing is to be done"))
      case .failure(let gap):
        troubles.append(
          .warn(
            check, "those of \(place.place.text) cannot be read: \(gap.reason)",
            gap.remedy("make the account a Developer of the project, with CI/CD switched on in it")))
      case .success(let environments):
        let missing = self.missing(from: environments, in: place)
        if !missing.isEmpty {
          troubles.append(
            .warn(
              check, "\(place.place.text) has none for \(missing.joined(separator: ", ")): there is nothing to hold there yet",
              "correct the service's `gate`, or deploy there once: GitLab makes it then, and it must be protected before the next time"))
        }
      }
    }
    let all = gated.map(\.text)
    return summed("environments", ok: survey.projects.isEmpty ? nil : "\(all.count) gated: \(some(all))", troubles)
  }

  /// What `gate` names and the project has not.
  private func missing(from environments: [PlaceSurvey.Environment], in place: PlaceSurvey) -> [String] {
    var missing: [String] = []
    for service in services(of: place) {
      // A service of several tiers may be for projects of which each has some.
      if !environments.contains(where: { service.gates(environment: $0.name, tier: $0.tier) }) {
        missing += service.gatedTiers.map { "tier \($0)" } + service.gatedEnvironments.map(\.text)
      }
    }
    return missing.reduce(into: []) { kept, text in if !kept.contains(text) { kept.append(text) } }
  }
}

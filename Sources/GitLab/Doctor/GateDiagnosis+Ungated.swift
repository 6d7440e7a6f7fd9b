internal import ChangeControl

/// What waits for the account and no service gates: its deployments wait for an approver whom nobody asks, as the plan of setup says too.
extension GateDiagnosis {
  /// How a protection waits for the account.
  enum Claim: Hashable {
    /// By a rule that apply has made, be it for an account that is the gate's no more.
    case applys
    /// By one that is not on record: somebody has made it by hand, or the record went with its database.
    case unrecorded

    var text: String {
      switch self {
      case .applys: "by a rule that apply has made"
      case .unrecorded: "by a rule that apply has no record of"
      }
    }

    /// What was gated once is so no more; of the other nobody knows.
    var lacksService: String { self == .applys ? "no service gates it any more" : "no service gates it" }
  }

  /// Nil where it does not wait for the account.
  ///
  /// - Parameter made: what apply has made in its place.
  func claim(_ protection: ProtectedEnvironment, _ made: [SetupMemory.MadeProtection]) -> Claim? {
    let own = made.filter { $0.name == protection.name }
    let isApplys = protection.approvalRules.contains { rule in
      own.contains { $0.approvalRows.contains(rule.id) && rule.grantee == .user($0.account) }
    }
    if isApplys { return .applys }
    return protection.approvalRules.contains { $0.grantee == survey.account.map { .user($0.id) } } ? .unrecorded : nil
  }

  /// What apply has protected in a project or group that was read.
  func made(in survey: PlaceSurvey) -> [SetupMemory.MadeProtection] {
    expected.madeProtections.filter { made in
      switch survey.place {
      case .project(let project): made.place.level == .project && made.place.id == project.id
      case .group(let path): made.place.level == .group && pathOfNow(made.place)?.lowercased() == path.lowercased()
      }
    }
  }

  /// A group that was renamed since is found by its number.
  private func pathOfNow(_ group: SetupPlace) -> String? {
    survey.formerPlaces.first { $0.place.isSame(as: group) }?.place.path ?? group.path
  }

  /// What was read of the group of a path.
  func surveyed(group path: String) -> PlaceSurvey? {
    survey.groups.first { if case .group(let known) = $0.place { known.lowercased() == path.lowercased() } else { false } }
  }

  /// What protections of a place wait for the account, and how.
  func held(in survey: PlaceSurvey) -> [(protection: ProtectedEnvironment, claim: Claim)] {
    let made = made(in: survey)
    return ((try? survey.protections.get()) ?? []).compactMap { one in claim(one, made).map { (one, $0) } }
  }

  var ungatedFindings: [DoctorFinding] {
    // Where nothing is on record, and nothing waits, there is nothing to say.
    let unlooked = unlooked.isEmpty ? "" : ", as far as was looked: not at \(self.unlooked.joined(separator: ", nor at "))"
    let ok = expected.madeProtections.isEmpty ? nil : "nothing waits for the account that no service gates\(unlooked)"
    let troubles = ungatedInProjects + ungatedInGroups + ungatedElsewhere
    let rest =
      troubles.isEmpty || unlooked.isEmpty
      ? []
      : [
        DoctorFinding.warn(
          name("ungated"), "whether more waits for the account is not known\(unlooked)",
          "mend those above, then run `gatehouse check` again")
      ]
    return summed("ungated", ok: ok, troubles + rest)
  }

  /// Groups whose tiers wait for the account: they hold what lies below and no service covers, too.
  package var holdingGroups: [PlaceSurvey.Place] { survey.groups.filter { !held(in: $0).isEmpty }.map(\.place) }

  /// What may wait for the account and was not looked at, for people.
  private var unlooked: [String] {
    let projects = survey.projectCount - survey.projects.count
    let former = formerPlaces.count - survey.formerPlaces.count
    let untold = survey.formerPlaces.filter { one in
      if case .failure(let fault)? = one.protections, fault.isUnavailable { return true }
      return one.standing == .unasked
    }
    let below = survey.uncovered.flatMap { group -> [String] in
      if let gap = group.gap { return ["what lies below \(group.group.text) and no service covers (\(gap.reason))"] }
      let unread = group.projects.filter { (try? $0.environments?.get()) == nil || $0.isCutShort }.map(\.path)
      return unread.isEmpty ? [] : ["all environments of \(some(unread)), which no service covers"]
    }
    let unread = survey.groups.filter { $0.protections.gap != nil && !made(in: $0).isEmpty }.map(\.place.text)
    return [
      unread.isEmpty ? nil : "what is protected in \(some(unread)), which is not shown",
      projects > 0 ? "\(projects) more projects" : nil,
      former > 0 ? "\(former) more places of which the record has something, and that left `services`" : nil,
      untold.isEmpty ? nil : "\(some(untold.map(\.place.text))), of which GitLab did not tell",
    ].compactMap(\.self) + below
  }

  private var ungatedInProjects: [DoctorFinding] {
    survey.projects.flatMap { place -> [DoctorFinding] in
      guard let project = place.project, let environments = try? place.environments.get() else { return [] }
      return held(in: place).filter { one in
        environments.contains { $0.name == one.protection.name && !gates($0, in: place) }
      }.map { noServiceGates("environment \($0.protection.name) of project \(project.path)", $0.claim) }
    }
  }

  private var ungatedInGroups: [DoctorFinding] {
    let tiers = Set(expected.services.flatMap(\.gatedTiers))
    return survey.groups.flatMap { group in
      held(in: group).compactMap { protection, claim -> DoctorFinding? in
        let (gated, ungated) = environments(of: protection.name, below: group)
        let what = "tier \(protection.name) of \(group.place.text)"
        if tiers.contains(protection.name) || (claim == .unrecorded && !gated.isEmpty) {
          return ungated.isEmpty ? nil : holdsBesides(what, ungated)
        }
        // One that apply has made holds what comes, too; of another only what it holds tells that it is the gate's at all.
        guard claim == .applys || !ungated.isEmpty else { return nil }
        return gated.isEmpty ? noServiceGates(what, claim) : holdsByName(what, gated)
      }
    }
  }

  /// Environments of a tier below a group: those that a service gates, by their tier or their names, and the others.
  private func environments(of tier: String, below group: PlaceSurvey) -> (gated: [String], ungated: [String]) {
    var found: (gated: [String], ungated: [String]) = ([], [])
    guard case .group(let path) = group.place else { return found }
    for place in survey.projects where place.groupPaths.contains(where: { $0.lowercased() == path.lowercased() }) {
      for environment in (try? place.environments.get()) ?? [] where environment.tier == tier {
        let text = "\(place.place.text) \(environment.name.bounded(to: 80))"
        if gates(environment, in: place) { found.gated.append(text) } else { found.ungated.append(text) }
      }
    }
    for project in survey.uncovered.first(where: { $0.group == group.place })?.projects ?? [] {
      let held = ((try? project.environments?.get()) ?? []).filter { $0.tier == tier }
      found.ungated += held.map { "\(project.path) \($0.name.bounded(to: 80))" }
    }
    return found
  }

  private func holdsByName(_ what: String, _ gated: [String]) -> DoctorFinding {
    .warn(
      name("ungated"),
      "\(what) is gated by no service any more, and it is what holds \(some(gated)), gated by name; whatever else it holds waits for ever",
      "leave the account in it: set `protect: project`, and `gatehouse setup apply` protects these in their projects first and takes the tier away then; "
        + "or gate the tier again (`services`)")
  }

  private func holdsBesides(_ what: String, _ ungated: [String]) -> DoctorFinding {
    .warn(
      name("ungated"),
      "\(what) waits for the account and holds \(some(ungated)) too, which no service gates: what is deployed there waits for ever",
      "gate them (`services`), or let the gate decide for its projects alone with `protect: project`: `gatehouse setup plan` says what becomes of the "
        + "tier. Where another gate answers for them, give that one an account of its own")
  }

  private func noServiceGates(_ what: String, _ claim: Claim) -> DoctorFinding {
    .warn(
      name("ungated"), "\(what) \(waitsForEver(claim))",
      claim == .applys
        ? "gate it again (`services`), or take the account out of it (GitLab's Settings > CI/CD > Protected environments); `gatehouse setup plan` "
          + "shows it, and what apply takes back by itself"
        : "where another gate answers for it, give that one an account of its own; else gate it (`services`), or take the account out of it (GitLab's "
          + "Settings > CI/CD > Protected environments): setup takes back only what it has on record")
  }

  /// For sentences, also of drift.
  func waitsForEver(_ claim: Claim) -> String {
    "waits for the account \(claim.text), and \(claim.lacksService): its deployments wait for ever"
  }
}

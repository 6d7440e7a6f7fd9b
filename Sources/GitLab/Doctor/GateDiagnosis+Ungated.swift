internal import ChangeControl

/// What apply has protected once and no service gates any more: its deployments wait for an approver whom nobody asks, as the plan of setup says too.
extension GateDiagnosis {
  /// Places to be looked at besides: nothing that is configured lies in them.
  package var formerPlaces: [SetupPlace] {
    expected.madeProtections.filter { !$0.approvalRows.isEmpty }.map(\.place).reduce(into: []) { kept, place in
      guard !mayBeConfigured(place), !kept.contains(where: place.isSame) else { return }
      kept.append(place)
    }
  }

  /// Whether it is, or may be, among what services cover: of some patterns it is not known what they mean.
  private func mayBeConfigured(_ place: SetupPlace) -> Bool {
    switch place {
    case .instance: true
    case .project(let id, let path):
      survey.projects.contains { $0.project?.id == id } || expected.services.contains { $0.covers(project: id, path: path) }
    case .group(_, let path): surveyed(group: path) != nil || !survey.problems.isEmpty || survey.projects.count < survey.projectCount
    }
  }

  private func surveyed(group path: String) -> PlaceSurvey? {
    survey.groups.first { if case .group(let known) = $0.place { known.lowercased() == path.lowercased() } else { false } }
  }

  var ungatedFindings: [DoctorFinding] {
    guard !expected.madeProtections.isEmpty else { return [] }
    return summed(
      "ungated", ok: "nothing waits for the account that apply has protected and no service gates any more",
      ungatedInProjects + ungatedInGroups + ungatedElsewhere)
  }

  private var ungatedInProjects: [DoctorFinding] {
    survey.projects.flatMap { place -> [DoctorFinding] in
      guard let project = place.project, let environments = try? place.environments.get(), let all = try? place.protections.get() else {
        return []
      }
      let former = SetupPlace.project(id: project.id, path: project.path)
      return held(all, in: former).filter { protection in
        environments.contains { $0.name == protection.name && !gates($0, in: place) }
      }.map { noServiceGates("environment \($0.name) of \(former.text)") }
    }
  }

  private var ungatedInGroups: [DoctorFinding] {
    let tiers = expected.services.flatMap(\.gatedTiers)
    var groups: [SetupPlace] = []
    for place in expected.madeProtections.map(\.place) where place.level == .group && !groups.contains(where: place.isSame) {
      groups.append(place)
    }
    return groups.flatMap { group -> [DoctorFinding] in
      guard let path = pathOfNow(group), let all = try? surveyed(group: path)?.protections.get() else { return [] }
      return held(all, in: group).filter { !tiers.contains($0.name) }.map { protection in
        let gated = gatedByName(protection.name, below: path)
        let what = "tier \(protection.name) of \(group.text)"
        return gated.isEmpty ? noServiceGates(what) : holdsByName(what, gated)
      }
    }
  }

  /// A group that was renamed since is found by its number.
  private func pathOfNow(_ group: SetupPlace) -> String? {
    survey.formerPlaces.first { $0.place.isSame(as: group) }?.place.path ?? group.path
  }

  /// Environments of a tier that a service gates by their names, below a group.
  private func gatedByName(_ tier: String, below group: String) -> [String] {
    survey.projects.flatMap { place -> [String] in
      guard let project = place.project, project.path.lowercased().hasPrefix(group.lowercased() + "/") else { return [] }
      return ((try? place.environments.get()) ?? []).filter { $0.tier == tier && gates($0, in: place) }
        .map { "\(project.path) \($0.name.bounded(to: 80))" }
    }
  }

  private func holdsByName(_ what: String, _ gated: [String]) -> DoctorFinding {
    .warn(
      name("ungated"),
      "\(what) is gated by no service any more, and it is what holds \(some(gated)), gated by name; whatever else it holds waits for ever",
      "leave the account in it: set `protect: project`, and `gatehouse setup apply` protects these in their projects first and takes the tier away then; "
        + "or gate the tier again (`services`)")
  }

  private func noServiceGates(_ what: String) -> DoctorFinding {
    .warn(
      name("ungated"),
      "\(what) waits for the account by a rule that apply has made, and no service gates it any more: its deployments wait for ever",
      "gate it again (`services`), or take the account out of it (GitLab's Settings > CI/CD > Protected environments); `gatehouse setup plan` "
        + "shows it, and what apply takes back by itself")
  }

  private var ungatedElsewhere: [DoctorFinding] {
    let elsewhere = survey.formerPlaces.filter { $0.standing == .shown && !mayBeConfigured($0.place) }
    let held = elsewhere.flatMap { one in self.held((try? one.protections?.get()) ?? [], in: one.place).map { (one.place, $0) } }
    let troubles = held.map { place, protection in
      DoctorFinding.warn(
        name("ungated"),
        "\(place.level == .group ? "tier" : "environment") \(protection.name) of \(place.text) waits for the account by a rule that apply has made, and "
          + "nothing there is under change control here any more: its deployments wait for ever",
        "put it back under `projects`, or take the account out of it (GitLab's Settings > CI/CD > Protected environments); `gatehouse setup undo` "
          + "takes back all that apply has made")
    }
    let hidden = elsewhere.compactMap { one -> (String, String)? in
      guard case .failure(let fault)? = one.protections, !fault.isUnavailable else { return nil }
      return (one.place.text, fault.message)
    }
    guard let first = hidden.first else { return troubles }
    return troubles + [
      .warn(
        name("ungated"),
        "apply has protected something in \(some(hidden.map(\.0))), nothing there is under change control here any more, and what is protected there is "
          + "not shown (\(first.1)): as long as it asks the account, its deployments wait for ever",
        "look with the token of a Maintainer there: `gatehouse setup plan` says what waits; where nothing does, `gatehouse setup undo --forget` strikes it "
          + "from the record")
    ]
  }

  // MARK: Drift

  /// What apply has protected of a project's environments, by their names or by their tiers in groups above. A place that nothing configured lies in any
  /// more is nobody's drift: the configuration has left it.
  func ungatedFootings(_ project: PlaceSurvey, id: Int64, gaps: inout Set<FootingLook.Gap>) -> [Footing] {
    let made = expected.madeProtections.filter { !$0.approvalRows.isEmpty }.compactMap { made in
      protecting(made.place, above: project).map { (made: made, survey: $0) }
    }
    guard !made.isEmpty else { return [] }
    guard case .success(let environments) = project.environments else {
      gaps.insert(.init(check: .ungated))
      return []
    }
    var footings: [Footing] = []
    for environment in environments {
      let own = made.filter { $0.made.name == ($0.made.place.level == .group ? environment.tier : environment.name) }
      guard !own.isEmpty else { continue }
      let holding = own.filter { one in
        held((try? one.survey.protections.get()) ?? [], in: one.made.place).contains { $0.name == one.made.name }
      }
      let isRead = project.unlicensed != nil || own.allSatisfy { $0.survey.protections.gap == nil }
      guard isRead || !holding.isEmpty, footings.count < Limits.watchedEnvironments else {
        gaps.insert(.init(environment: environment.name, check: .ungated))
        continue
      }
      let isGated = gates(environment, in: project)
      let text = "\(project.place.text) \(environment.name)"
      var state = Dictionary(holding.map { ($0.survey.place.text, Int64(1)) }) { first, _ in first }
      state["gated"] = isGated ? 1 : 0
      let trouble =
        "\(text) waits for the account by a rule that apply has made, and no service gates it any more: its deployments wait for ever"
      footings.append(
        Footing(
          .init(project: id, environment: environment.name, check: .ungated), place: text, state: state,
          trouble: isGated || holding.isEmpty ? nil : trouble))
    }
    return footings
  }

  /// What was read of a place in which apply has protected something, where that is the project or a group above it.
  private func protecting(_ place: SetupPlace, above project: PlaceSurvey) -> PlaceSurvey? {
    if place.level == .project { return place.id == project.project?.id ? project : nil }
    guard let path = pathOfNow(place), project.groupPaths.contains(where: { $0.lowercased() == path.lowercased() }) else { return nil }
    return surveyed(group: path)
  }

  /// Those that wait for the account by a rule of apply's.
  private func held(_ all: [ProtectedEnvironment], in place: SetupPlace) -> [ProtectedEnvironment] {
    all.filter { protection in
      let made = expected.madeProtections.filter { $0.place.isSame(as: place) && $0.name == protection.name }
      return protection.approvalRules.contains { rule in
        made.contains { $0.approvalRows.contains(rule.id) && rule.grantee == .user($0.account) }
      }
    }
  }
}

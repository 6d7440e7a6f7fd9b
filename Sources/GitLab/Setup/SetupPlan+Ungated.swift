internal import ChangeControl

/// What asks the account and nothing that is configured gates any more, whether apply has protected it or somebody: its deployments wait for an approver
/// whom nobody asks.
extension SetupPlanner {
  /// Each is a person's to take away. Whoever may change the tier of an environment in GitLab would else have the next apply let everybody deploy there.
  var ungated: [SetupStep] {
    let inProjects = projects.filter(mayAdminister).flatMap { project in
      let gated = gatedEnvironments(of: project).map(\.name)
      // The protection of one that is not there now holds it when it comes.
      let others = ((try? project.environments?.get()) ?? []).map(\.name).filter { !gated.contains($0) }
      return waiting(project.protections, in: project.place).filter { others.contains($0.name) }.map { ($0, project.place) }
    }
    let tiers = target.services.flatMap(\.gatedTiers)
    let groups = target.protections == .group ? [group].compactMap(\.self) : []
    let inGroup = groups.flatMap { group in
      waiting(group.protections, in: group.place).filter {
        !tiers.contains($0.name) && (asksByOurRule($0, in: group.place) || isIdle($0.name, in: group))
      }
      .map { ($0, group) }
    }
    return inProjects.map {
      ungated($0, of: $1, "no service gates it any more, \(waitsForEver(in: $0, of: $1)). Apply does not: \(whyApplyDoesNot)")
    }
      + inGroup.map { protection, group in
        let gated = gatedByName(protection.name, below: group)
        let why =
          gated.isEmpty
          ? "no service gates it any more, \(waitsForEver(in: protection, of: group.place)). Apply does not: \(whyApplyDoesNot)"
          : "no service gates the tier any more, and it is what holds \(listed(gated)), gated by name: leave the account in it. Set `protect: project`, "
            + "and apply protects these in their projects first and takes the tier away then; or gate the tier again (`services`). Till then whatever "
            + "else it holds waits for ever"
        return ungated(protection, of: group.place, why)
      }
  }

  private func ungated(_ protection: ProtectedEnvironment, of place: SetupPlace, _ why: String) -> SetupStep {
    .cannot("protected \(place.level == .group ? "tier" : "environment") \(protection.name) of \(place.text)", why)
  }

  /// Whether a tier holds something below a group, and nothing of it is gated.
  private func isIdle(_ tier: String, in group: SetupSurvey.GroupReading) -> Bool {
    let below = projects.filter { lies($0.path, in: group.path) }
    return below.contains { ((try? $0.environments?.get()) ?? []).contains { $0.tier == tier } } && gatedByName(tier, below: group).isEmpty
  }

  /// Environments of a tier that a service gates by their names, below a group.
  func gatedByName(_ tier: String, below group: SetupSurvey.GroupReading) -> [String] {
    projects.filter { lies($0.path, in: group.path) }.flatMap { project in
      gatedEnvironments(of: project).filter { $0.tier == tier }.map { "\(project.path) \($0.name.bounded(to: 80))" }
    }
  }

  private func waitsForEver(in protection: ProtectedEnvironment, of place: SetupPlace) -> String {
    let isOurs = asksByOurRule(protection, in: place)
    return
      "and it waits for the service account, which \(isOurs ? "apply" : "somebody") has made its approver: its deployments wait for ever. "
      + (isOurs ? "Gate it again" : "Where another gate answers for it, give that one an account of its own; else gate it")
      + " (`services`), or take the account out of it (GitLab's Settings > CI/CD > Protected environments)"
  }

  private var whyApplyDoesNot: String { "without the account's rule anybody who may deploy could" }

  // MARK: Where nothing that is configured lies

  /// The same in places that were taken out of `services` altogether. What this person is not shown is no line that an apply could never end.
  var ungatedElsewhere: [SetupStep] {
    let former = survey.formerPlaces.filter { one in
      (!mayBeConfigured(one.place) || hasLeft(one)) && memory.protections.contains { $0.place.isSame(as: one.place) }
    }
    var steps: [SetupStep] = []
    var hidden: [SetupPlace] = []
    var left: [SetupPlace] = []
    for one in former {
      switch (one.standing, one.protections) {
      case (.shown, .success?):
        steps += held(one.protections, in: one.place).map { protection in
          .cannot(
            "protected \(one.place.level == .group ? "tier" : "environment") \(protection.name) of \(one.place.text)",
            "nothing in \(one.place.text) is under change control here any more, \(waitsForEver(in: protection, of: one.place)); `gatehouse setup undo` takes back all that apply has "
              + "made. Apply does not: \(whyApplyDoesNot)")
        }
      case (.shown, .failure?): hidden.append(one.place)
      case (.hidden, _) where mayBeConfigured(one.place): if !survey.isAdministrator { left.append(one.place) }
      case (.hidden, _): if !survey.isAdministrator { hidden.append(one.place) }
      case (.unasked, _), (.idle, _), (.shown, nil): break
      }
    }
    return steps + [unseen(hidden), unlisted(left), unasked(former)].compactMap(\.self)
  }

  /// One that a pattern meant by the path that it had: where all that patterns mean was shown, it is not among it any more.
  private func hasLeft(_ former: SetupSurvey.FormerPlace) -> Bool {
    guard case .project(let id, _) = former.place, former.standing == .hidden, survey.unresolved.isEmpty else { return false }
    return !target.services.contains { $0.covers(project: id, path: nil) } && !survey.projects.contains { $0.id == id }
  }

  /// A project that a service covers and this person is not shown, or a group above one.
  func mayBeConfigured(_ place: SetupPlace) -> Bool {
    switch place {
    case .project(let id, let path): target.services.contains { $0.covers(project: id, path: path) }
    case .group, .instance: !survey.unresolved.isEmpty
    }
  }

  private func unseen(_ places: [SetupPlace]) -> SetupStep? {
    guard !places.isEmpty else { return nil }
    return SetupStep(
      .nothing, "what apply has protected in \(some(places))",
      notes: [
        "nothing there is under change control here any more, and GitLab does not show \(survey.person.username) whether it stands: where the place is "
          + "deleted, nothing is left to do; where it is only hidden, deployments there may wait for ever for the service account: plan with the "
          + "token of a Maintainer"
      ])
  }

  private func unlisted(_ places: [SetupPlace]) -> SetupStep? {
    guard !places.isEmpty else { return nil }
    return SetupStep(
      .nothing, "what apply has protected in \(some(places))",
      notes: [
        "GitLab does not show \(survey.person.username) whether it stands, nor the project: where that is only "
          + "hidden, or deleted, nothing is left to do; where it was moved to where no pattern of `services` means it, its deployments wait for ever for the "
          + "service account: plan with the token of a Maintainer there, or of an administrator"
      ])
  }

  private func unasked(_ places: [SetupSurvey.FormerPlace]) -> SetupStep? {
    let unasked = places.filter { $0.standing == .unasked }.map(\.place)
    guard !unasked.isEmpty else { return nil }
    return SetupStep(
      .nothing, "what apply has protected in \(some(unasked))",
      notes: [
        "nothing there is under change control here any more, and it was not looked at: at most \(Limits.formerPlaces) such places are, and none while "
          + "GitLab asks for quiet. `gatehouse setup undo` takes back all that apply has made"
      ])
  }

  /// Those that wait for the account, or for one before it, by a rule of apply's.
  private func held(_ known: Result<[ProtectedEnvironment], SetupFault>?, in place: SetupPlace) -> [ProtectedEnvironment] {
    ((try? known?.get()) ?? []).filter { asksByOurRule($0, in: place) }
  }

  /// The same, and those that ask the account by somebody's rule: where something is configured nobody else may be asked there.
  private func waiting(_ known: Result<[ProtectedEnvironment], SetupFault>?, in place: SetupPlace) -> [ProtectedEnvironment] {
    ((try? known?.get()) ?? []).filter { protection in
      asksByOurRule(protection, in: place) || survey.account.map { protection.isApprover($0.id) } ?? false
    }
  }
}

internal import ChangeControl

/// What apply has protected once and nothing that is configured gates any more: its deployments wait for an approver whom nobody asks.
extension SetupPlanner {
  /// Each is a person's to take away. Whoever may change the tier of an environment in GitLab would else have the next apply let everybody deploy there.
  var ungated: [SetupStep] {
    let inProjects = projects.filter(mayAdminister).flatMap { project in
      let gated = gatedEnvironments(of: project).map(\.name)
      // The protection of one that is not there now holds it when it comes.
      let others = ((try? project.environments?.get()) ?? []).map(\.name).filter { !gated.contains($0) }
      return held(project.protections, in: project.place).filter { others.contains($0.name) }.map { ($0, project.place) }
    }
    let tiers = target.services.flatMap(\.gatedTiers)
    let groups = target.protections == .group ? [group].compactMap(\.self) : []
    let inGroup = groups.flatMap { group in
      held(group.protections, in: group.place).filter { !tiers.contains($0.name) }.map { ($0, group.place) }
    }
    return (inProjects + inGroup).map { protection, place in
      .cannot(
        "protected \(place.level == .group ? "tier" : "environment") \(protection.name) of \(place.text)",
        "no service gates it any more, \(waitsForEver). Apply does not: \(whyApplyDoesNot)")
    }
  }

  private var waitsForEver: String {
    "and it waits for the service account, which apply has made its approver: its deployments wait for ever. Gate it again (`services`), or take the "
      + "account out of it (GitLab's Settings > CI/CD > Protected environments)"
  }

  private var whyApplyDoesNot: String { "without the account's rule anybody who may deploy could" }

  // MARK: Where nothing that is configured lies

  /// The same in places that were taken out of `services` altogether. What this person is not shown is no line that an apply could never end.
  var ungatedElsewhere: [SetupStep] {
    let former = survey.formerPlaces.filter { one in
      !mayBeConfigured(one.place) && memory.protections.contains { $0.place.isSame(as: one.place) }
    }
    var steps: [SetupStep] = []
    var hidden: [SetupPlace] = []
    for one in former {
      switch (one.standing, one.protections) {
      case (.shown, .success?):
        steps += held(one.protections, in: one.place).map { protection in
          .cannot(
            "protected \(one.place.level == .group ? "tier" : "environment") \(protection.name) of \(one.place.text)",
            "nothing in \(one.place.text) is under change control here any more, \(waitsForEver); `gatehouse setup undo` takes back all that apply has "
              + "made. Apply does not: \(whyApplyDoesNot)")
        }
      case (.shown, .failure?): hidden.append(one.place)
      case (.hidden, _): if !survey.isShownAll(below: one.place) { hidden.append(one.place) }
      case (.unasked, _), (.idle, _), (.shown, nil): break
      }
    }
    return steps + [unseen(hidden), unasked(former)].compactMap(\.self)
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

  /// Those that wait for the account by a rule of apply's.
  private func held(_ known: Result<[ProtectedEnvironment], SetupFault>?, in place: SetupPlace) -> [ProtectedEnvironment] {
    ((try? known?.get()) ?? []).filter { asksByOurRule($0, in: place) }
  }
}

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
        "no service gates it any more, and it waits for the service account, which apply has made its approver: its deployments wait for ever. Gate it "
          + "again (`services`), or take the account out of it (GitLab's Settings > CI/CD > Protected environments). Apply does not: without the "
          + "account's rule anybody who may deploy could")
    }
  }

  /// Those that wait for the account by a rule of apply's.
  private func held(_ known: Result<[ProtectedEnvironment], SetupFault>?, in place: SetupPlace) -> [ProtectedEnvironment] {
    ((try? known?.get()) ?? []).filter { asksByOurRule($0, in: place) }
  }
}

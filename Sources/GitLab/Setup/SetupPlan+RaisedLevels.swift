internal import ChangeControl

/// A level that apply has raised the account to in a group, and that nothing needs any more. Apply lowers none: whoever has come to rely on it is not
/// known, so that a person does.
extension SetupPlanner {
  /// In groups above what is configured.
  var raisedLevels: [SetupStep] {
    survey.groups.values.sorted { $0.path < $1.path }.filter { $0.id != group?.id || target.levelInGroup == nil }.compactMap { group in
      whyTooHigh(in: group).map { note in
        let level = survey.directLevels[group.place.endpoint] ?? 0
        return SetupStep(.nothing, "membership in \(group.place.text) (\(roleName(level)))", notes: [note])
      }
    }
  }

  /// Nil where it is needed, or was set by others.
  func whyTooHigh(in group: SetupSurvey.GroupReading) -> String? {
    let needed = levelNeeded(in: group)
    guard let account = survey.account, let level = survey.directLevels[group.place.endpoint], level > needed,
      memory.memberships.contains(where: { $0.place.isSame(as: group.place) && $0.account == account.id && $0.level == level }),
      // A tier that names it would lose it.
      case .success(let protections)? = group.protections,
      !protections.contains(where: { $0.isApprover(account.id) || $0.mayDeploy(account.id) }), !isMaintainerNeeded(below: group)
    else { return nil }
    return
      "apply has made \(account.username) that here, and nothing that is configured needs it any more: \(roleName(needed)) (access_level \(needed)) is "
      + "enough. Set it in GitLab (Manage > Members of the group); apply lowers nobody"
  }

  /// In the group that is configured, and in one above it by which alone the account has its level there.
  private func levelNeeded(in group: SetupSurvey.GroupReading) -> Int64 {
    guard let own = self.group, let level = target.levelInGroup else { return SetupTarget.levelInProject }
    let isInherited = lies(own.path, in: group.path) && (survey.directLevels[own.place.endpoint] ?? 0) < level
    return own.id == group.id || isInherited ? level : SetupTarget.levelInProject
  }

  /// For tiers of others, which let it deploy by its level alone.
  private func isMaintainerNeeded(below group: SetupSurvey.GroupReading) -> Bool {
    guard target.playsAfterApproval else { return false }
    return projects.filter { lies($0.path, in: group.path) }.contains { project in
      let protections = project.groupPaths.flatMap { (try? survey.groups[$0.lowercased()]?.protections?.get()) ?? [] }
      let tiers = gatedEnvironments(of: project).compactMap(\.tier)
      return protections.contains { tiers.contains($0.name) && bars($0, level: SetupTarget.levelInProject) }
    }
  }
}

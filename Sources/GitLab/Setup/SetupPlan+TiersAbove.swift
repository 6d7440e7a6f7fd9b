internal import ChangeControl

/// Tiers that others protect in groups above what is gated. Each protection has to let the account deploy, not that of the project alone (facts C):
/// GitLab refuses otherwise to have it start the job, as `check` says with `deployer`. And the rules of each are asked beside ours.
extension SetupPlanner {
  var tiersAbove: [SetupStep] {
    var barred: [FormerTier: [String]] = [:]
    var above: [(key: FormerTier, group: SetupSurvey.GroupReading, protection: ProtectedEnvironment)] = []
    for project in projects {
      for environment in gatedEnvironments(of: project) {
        guard let tier = environment.tier else { continue }
        for path in project.groupPaths {
          guard let group = survey.groups[path.lowercased()], !isProtected(tier, in: group),
            let protection = (try? group.protections?.get())?.first(where: { $0.name == tier })
          else { continue }
          let key = FormerTier(group: group.id, name: tier)
          if !above.contains(where: { $0.key == key }) { above.append((key, group, protection)) }
          // What apply made of it for a former account has a line of its own.
          guard target.playsAfterApproval, bars(protection, in: project), formerRows(of: protection, in: group.place).deploy.isEmpty else {
            continue
          }
          barred[key, default: []].append("\(project.path) \(environment.name.bounded(to: 80))")
        }
      }
    }
    return above.compactMap { key, group, protection in
      let subject = "protected tier \(protection.name) of \(group.place.text)"
      // One of apply's own has a line as what was asked before.
      let others = asksByOurRule(protection, in: group.place) ? [] : othersApprove(protection, besides: [])
      if let gated = barred[key] { return SetupStep(.cannot, subject, notes: [whyBarred(by: protection, in: group, gated)] + others) }
      return others.isEmpty ? nil : SetupStep(.nothing, subject, notes: others)
    }
  }

  /// By a line of its own, which adds the account.
  private func isProtected(_ tier: String, in group: SetupSurvey.GroupReading) -> Bool {
    target.protections == .group && self.group?.id == group.id && target.services.contains { $0.gatedTiers.contains(tier) }
  }

  /// As the account stands once all lines are done. Whether it is in a group that the tier names is not known here: `check` looks.
  private func bars(_ protection: ProtectedEnvironment, in project: SetupSurvey.ProjectReading) -> Bool {
    var level = max(project.accountLevel ?? 0, SetupTarget.levelInProject)
    if let inGroup = target.levelInGroup, let group, lies(project.path, in: group.path) { level = max(level, inGroup) }
    return bars(protection, level: level)
  }

  func bars(_ protection: ProtectedEnvironment, level: Int64) -> Bool {
    protection.deployAccessLevels.allSatisfy { grant in
      switch grant.grantee {
      case .user(let id): id != survey.account?.id
      // Administrators are no level that a member can have.
      case .accessLevel(60): true
      case .accessLevel(let wanted): level < wanted
      case .group: false
      }
    }
  }

  private func whyBarred(by protection: ProtectedEnvironment, in group: SetupSurvey.GroupReading, _ gated: [String]) -> String {
    let account = survey.account?.username ?? survey.username(target)
    let some = gated.prefix(5).joined(separator: ", ") + (gated.count > 5 ? " and \(gated.count - 5) more" : "")
    let levels = protection.deployAccessLevels.compactMap { grant in
      if case .accessLevel(let level) = grant.grantee, level > 0, level < 60 { level } else { nil }
    }
    let raise = levels.min().map { ", make it a member of \(group.place.text) with access_level \($0) (\(roleName($0)))" } ?? ""
    return
      "it does not let \(account) deploy, and GitLab refuses to have it start the jobs of \(some): have an Owner of the group add it to the tier's "
      + "'Allowed to deploy' (Settings > CI/CD > Protected environments)\(raise), or set `after_approval: leave` and have people start them"
  }
}

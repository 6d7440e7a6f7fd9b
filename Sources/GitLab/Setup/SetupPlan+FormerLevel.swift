internal import ChangeControl

/// What apply made at a level that is configured no more. Both levels count (facts E), and one account fills one rule only: with its rule in both,
/// deployments wait for ever. It goes once the new one stands, so that nothing is unprotected in between.
extension SetupPlanner {
  /// - Parameter made: the steps of what is configured now.
  func formerLevel(after made: [SetupStep]) -> [SetupStep] {
    target.protections == .group
      ? formerInProjects(isBlocked: made.contains { $0.mark == .cannot }) + formerInGroups(made) : formerInGroups(made)
  }

  // MARK: In projects

  /// Of environments whose tier is protected in the group now.
  private func formerInProjects(isBlocked: Bool) -> [SetupStep] {
    guard let group, !isBlocked else { return [] }
    let tiers = Set(target.services.flatMap(\.gatedTiers))
    return projects.filter(mayAdminister).filter { lies($0.path, in: group.path) }.flatMap { project in
      gatedEnvironments(of: project).filter { $0.tier.map(tiers.contains) ?? false }.compactMap { environment in
        let existing = (try? project.protections?.get())?.first { $0.name == environment.name }
        return existing.flatMap { givingWay($0, of: project.place, to: group.place) }
      }
    }
  }

  /// What becomes of a protection that another of a higher or lower level has taken the place of; nil where nothing has to.
  func givingWay(_ protection: ProtectedEnvironment, of place: SetupPlace, to other: SetupPlace) -> SetupStep? {
    let subject = "protected \(place.level == .group ? "tier" : "environment") \(protection.name) of \(place.text)"
    let made = made(of: protection, in: place)
    let rules = protection.approvalRules.filter { rule in
      made.contains { $0.approvalRows.contains(rule.id) && rule.grantee == .user($0.account) }
    }
    let account = survey.account?.id
    if let account, protection.approvalRules.contains(where: { $0.grantee == .user(account) && !rules.contains($0) }) {
      return .cannot(subject, inBoth(other))
    }
    var change = SetupChange(.protection, in: place, name: protection.name)
    let deployRows = made.reduce(into: Set<Int64>()) { $0.formUnion($1.deployRows) }
    let isOnlyOurs =
      made.contains(where: \.isWhole) && rules.count == protection.approvalRules.count
      && protection.deployAccessLevels.allSatisfy { deployRows.contains($0.id) }
    if isOnlyOurs {
      change.isTakenBack = true
      return SetupStep(
        .update, subject, lines: ["- unprotected: apply has made it, and \(other.text) protects what it did, as is configured now"],
        change: change)
    }
    // Others have built on it, or it was there before: it stays, and lets the account deploy.
    change.formerApprovalRows = rules.map(\.id)
    var lines = rules.map { rule in
      "- approval_rules: \(rule.grantee == account.map { .user($0) } ? "the service account" : rule.grantee.text), which \(other.text) asks now"
    }
    var former = formerRows(of: protection, in: place)
    former.approval = []
    note(former, in: &change, &lines)
    if target.playsAfterApproval, account.map({ protection.mayDeploy($0) }) != true {
      change.deployers = [.account]
      lines.append("+ deploy_access_levels: the service account, whom each protection has to let start jobs")
    }
    return lines.isEmpty ? nil : SetupStep(.update, subject, lines: lines, change: change)
  }

  /// The account's rule in two protections of one environment.
  func inBoth(_ other: SetupPlace) -> String {
    "the account is an approver here and in \(other.text) too, GitLab asks both, and one account fills one rule only: deployments wait for ever. "
      + "Apply has not made both of these rules: take the account out of one of the two in GitLab (Settings > CI/CD > Protected environments), and "
      + "apply again"
  }

  func lies(_ path: String, in group: String) -> Bool { path.lowercased().hasPrefix(group.lowercased() + "/") }

  // MARK: In groups

  /// Protected tiers of apply's that are configured at another level, or in another group, now.
  private var retiring: [(group: SetupSurvey.GroupReading, protection: ProtectedEnvironment)] {
    survey.groups.values.sorted { $0.path < $1.path }.filter { target.protections == .project || $0.id != group?.id }.flatMap { group in
      ((try? group.protections?.get()) ?? []).filter { protection in
        let made = made(of: protection, in: group.place)
        return protection.approvalRules.contains { rule in
          made.contains { $0.approvalRows.contains(rule.id) && rule.grantee == .user($0.account) }
        }
      }.map { (group, $0) }
    }
  }

  /// Whether the rule of a group above is to go, so that it covers nothing.
  func isRetiring(_ tier: String, of path: String) -> Bool {
    retiring.contains {
      $0.group.path.lowercased() == path.lowercased() && $0.protection.name == tier && obstacle(toRetire: $0.group) == nil
    }
  }

  private func formerInGroups(_ made: [SetupStep]) -> [SetupStep] {
    retiring.compactMap { former in
      let subject = "protected tier \(former.protection.name) of \(former.group.place.text)"
      let blocked = made.contains { $0.mark == .cannot } ? "what takes its place cannot be made yet, see above" : nil
      if let obstacle = obstacle(toRetire: former.group) ?? blocked {
        return .cannot(
          subject,
          "apply has made it, and `setup.protect` and `setup.group` say otherwise now. It stays, for without it something might be unprotected: "
            + obstacle)
      }
      let other = target.protections == .group ? group?.place : nil
      return givingWay(former.protection, of: former.group.place, to: other ?? projects.first?.place ?? .instance)
    }
  }

  /// Why it is not known that all below it is protected otherwise.
  private func obstacle(toRetire former: SetupSurvey.GroupReading) -> String? {
    guard survey.unresolved.isEmpty else { return "GitLab shows \(survey.person.username) not all projects that are configured, see above" }
    let below = survey.projects.filter { lies($0.path, in: former.path) }
    if let group, target.protections == .group, let outside = below.first(where: { !lies($0.path, in: group.path) }) {
      return "\(outside.path) does not lie in group \(group.path); set `setup.group` to a group that all projects are in"
    }
    let hidden = below.first { project in
      !mayAdminister(project) || (try? project.environments?.get()) == nil || (try? project.protections?.get()) == nil
    }
    return hidden.map {
      "\($0.path) cannot be set up by \(survey.person.username): apply with the token of somebody who is a Maintainer of all"
    }
  }
}

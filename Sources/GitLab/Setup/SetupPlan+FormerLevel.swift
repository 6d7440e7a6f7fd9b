internal import ChangeControl

/// What apply made at a level that is configured no more. Both levels count (facts E), and one account fills one rule only: with its rule in both,
/// deployments wait for ever. It goes once the new one stands, so that nothing is unprotected in between.
extension SetupPlanner {
  // MARK: In projects

  /// Of environments whose tier is protected in the group now: each goes as soon as that is, whatever is wrong elsewhere.
  func formerInProjects(givingWayTo tier: Protecting) -> [SetupStep] {
    guard let group, let name = tier.tier else { return [] }
    let isMade = tier.step.mark != .cannot
    guard isMade || isAsked(in: group, tier: name) else { return [] }
    return projects.filter(mayAdminister).filter { lies($0.path, in: group.path) }.flatMap { project in
      (gatedEnvironments(of: project) + coming(to: project)).filter { $0.tier == name }.compactMap { environment in
        guard let existing = (try? project.protections?.get())?.first(where: { $0.name == environment.name }) else { return nil }
        if isMade, let standing = tier.protected {
          return noting(existing, of: project.place, givingWay(existing, of: project.place, to: standing.place, [standing]))
        }
        let subject = "protected environment \(environment.name) of \(project.place.text)"
        guard asksByOurRule(existing, in: project.place) else {
          let isAsked = survey.account.map { existing.isApprover($0.id) } ?? false
          return isAsked ? .cannot(subject, inBoth(group.place)) : nil
        }
        return .cannot(
          subject,
          "apply has made it, and it stays until what takes its place is as it must be. GitLab asks both rules, and one account fills one only: "
            + "deployments wait for both, for ever. Mend what is wrong, see \(tier.step.subject) above, and apply again")
      }
    }
  }

  /// Rules of others in the project count beside the group's: told with what becomes of the protection, or alone.
  func noting(_ protection: ProtectedEnvironment, of place: SetupPlace, _ step: SetupStep?) -> SetupStep? {
    let notes = othersApprove(protection, besides: formerRows(of: protection, in: place).approval)
    guard !notes.isEmpty, step?.mark != .cannot else { return step }
    var step = step ?? SetupStep(.nothing, "protected environment \(protection.name) of \(place.text)")
    step.notes += notes
    return step
  }

  /// Projects whose protections this person is not shown: what apply has made there once may be asked beside what the group asks.
  func formerInHiddenProjects(_ made: [Protecting]) -> [SetupStep] {
    guard target.protections == .group, let group else { return [] }
    let asking = made.filter { one in
      one.project == nil && (one.step.mark != .cannot || one.tier.map { isAsked(in: group, tier: $0) } ?? false)
    }.compactMap(\.tier)
    let hidden = projects.filter { lies($0.path, in: group.path) && isHidden($0) }
    return hidden.flatMap { project -> [SetupStep] in
      let (environments, protections) = (try? project.environments?.get(), try? project.protections?.get())
      // Of what is not there nothing waits.
      let mayBeAsked: (String) -> Bool = { name in
        (protections.map { all in all.contains { $0.name == name && asksByOurRule($0, in: project.place) } } ?? true)
          && (environments.map { all in all.contains { $0.name == name && asking.contains($0.tier ?? "") } } ?? !asking.isEmpty)
      }
      let former = memory.protections.filter { $0.place.isSame(as: project.place) && !$0.approvalRows.isEmpty }.map(\.name)
      let reason = protections == nil ? fault(project.protections) : fault(project.environments)
      return Set(former.filter(mayBeAsked)).sorted().map { name in
        SetupStep.cannot(
          "protected environment \(name) of \(project.place.text)",
          "apply has made it once, \(group.place.text) asks the account now, and GitLab does not show \(survey.person.username) whether both are "
            + "asked there (\(reason)). Where they are, one account fills one rule only: deployments wait for both, for ever. Apply with the token of "
            + "a Maintainer of \(project.path)")
      }
    }
  }

  /// Whether something may be deployed there that this person is not all shown, or may not set up.
  private func isHidden(_ project: SetupSurvey.ProjectReading) -> Bool {
    guard !project.isSwitchedOff else { return false }
    return !mayAdminister(project) || (try? project.protections?.get()) == nil || (try? project.environments?.get()) == nil
  }

  /// Whether the group asks the account for each deployment to a tier.
  private func isAsked(in group: SetupSurvey.GroupReading, tier: String) -> Bool {
    let protection = (try? group.protections?.get())?.first { $0.name == tier }
    return survey.account.map { protection?.isApprover($0.id) ?? false } ?? false
  }

  /// Whether it waits for an account by a rule of apply's.
  func asksByOurRule(_ protection: ProtectedEnvironment, in place: SetupPlace) -> Bool {
    let made = made(of: protection, in: place)
    return protection.approvalRules.contains { rule in
      made.contains { $0.approvalRows.contains(rule.id) && rule.grantee == .user($0.account) }
    }
  }

  /// What becomes of a protection that another of a higher or lower level has taken the place of; nil where nothing has to.
  ///
  /// - Parameter successors: what holds in its place, looked at once more before it goes.
  func givingWay(
    _ protection: ProtectedEnvironment, of place: SetupPlace, to other: SetupPlace, _ successors: [ProtectedName]
  ) -> SetupStep? {
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
    change.successors = successors
    let deployRows = made.reduce(into: Set<Int64>()) { $0.formUnion($1.deployRows) }
    let isOnlyOurs =
      made.contains(where: \.isWhole) && rules.count == protection.approvalRules.count
      && protection.deployAccessLevels.allSatisfy { deployRows.contains($0.id) }
    if isOnlyOurs {
      change.isTakenBack = true
      return SetupStep(
        .update, subject, lines: ["- unprotected: apply has made it, and \(other.text) protects what it did, as is configured now"],
        notes: rules.isEmpty ? [] : [untilThen], change: change, holdsUpNothing: true)
    }
    return keeping(protection, change, without: rules, beside: other)
  }

  /// Others have built on it, or it was there before: it stays, and lets the account deploy. Nil where it does.
  func keeping(
    _ protection: ProtectedEnvironment, _ change: SetupChange, without rules: [AccessGrant], beside other: SetupPlace
  ) -> SetupStep? {
    let account = survey.account?.id
    var change = change
    change.formerApprovalRows = rules.map(\.id)
    var lines = rules.map { rule in
      "- approval_rules: \(rule.grantee == account.map { .user($0) } ? "the service account" : rule.grantee.text), which \(other.text) asks now"
    }
    var former = formerRows(of: protection, in: change.place)
    former.approval = []
    note(former, in: &change, &lines)
    if target.playsAfterApproval, account.map({ protection.mayDeploy($0) }) != true {
      change.deployers = [.account]
      lines.append("+ deploy_access_levels: the service account, whom each protection has to let start jobs")
    }
    guard !lines.isEmpty else { return nil }
    let subject = ProtectedName(place: change.place, name: protection.name).text
    return SetupStep(.update, subject, lines: lines, notes: rules.isEmpty ? [] : [untilThen], change: change, holdsUpNothing: true)
  }

  private var untilThen: String { "as long as it stands beside what takes its place GitLab asks both: deployments wait for both" }

  /// The account's rule in two protections of one environment.
  func inBoth(_ other: SetupPlace, here: String = "here") -> String {
    "the account is an approver \(here) and in \(other.text) too, GitLab asks both, and one account fills one rule only: deployments wait for ever. "
      + "Apply has not made both of these rules: take the account out of one of the two in GitLab (Settings > CI/CD > Protected environments), and "
      + "apply again"
  }

  /// The same where apply has made both, and cannot take one away yet.
  func whyBothStay(_ other: SetupPlace, _ tier: String, here: String) -> String {
    "the account is an approver \(here) and in \(other.text) too, GitLab asks both, and one account fills one rule only: deployments wait for both, for "
      + "ever. Apply has made both, and takes the other away once that is safe: mend what is said of protected tier \(tier) of \(other.text) below, and "
      + "apply again; until then take the account out of this one in GitLab (Settings > CI/CD > Protected environments)"
  }

  func lies(_ path: String, in group: String) -> Bool { path.lowercased().hasPrefix(group.lowercased() + "/") }

  // MARK: In groups

  /// A protected tier of apply's that is configured at another level, or in another group, now.
  struct FormerTier: Hashable {
    var group: Int64
    var name: String
  }

  private var formerTiers: [(key: FormerTier, group: SetupSurvey.GroupReading, protection: ProtectedEnvironment)] {
    survey.groups.values.sorted { $0.path < $1.path }.filter { target.protections == .project || $0.id != group?.id }.flatMap { group in
      ((try? group.protections?.get()) ?? []).filter { asksByOurRule($0, in: group.place) }
        .map { (FormerTier(group: group.id, name: $0.name), group, $0) }
    }
  }

  /// What protects in place of the former, and why some of that stays: as long as it does, it covers what is below it, and nothing there gets a
  /// second rule. It goes only where all of what takes its place can be made.
  var replacement: (made: [Protecting], staying: [FormerTier: String]) {
    let former = formerTiers
    var staying: [FormerTier: String] = [:]
    let gated = target.services.flatMap(\.gatedTiers)
    for one in former {
      staying[one.key] =
        gated.contains(one.key.name) || !gatedByName(one.key.name, below: one.group).isEmpty
        ? obstacle(toRetire: one.group) ?? whatWouldBeOpen(without: one.protection, of: one.group)
        // As in a configured project (`ungated`): nothing takes its place.
        : "no service gates \(one.key.name) any more, so nothing takes its place, and what waits there waits for ever. Gate it again (`services`), or "
          + "take the account out of it in GitLab (Settings > CI/CD > Protected environments)"
    }
    while true {
      let going = Set(former.map(\.key)).subtracting(staying.keys)
      let made = protecting(without: going)
      let held = former.filter { going.contains($0.key) }.compactMap { one in
        made.first { isInPlace($0, of: one.key, in: one.group) && $0.step.mark == .cannot }.map { (one.key, $0.step) }
      }
      if held.isEmpty { return (made, staying) }
      for (key, step) in held {
        staying[key] = "what takes its place cannot be made yet (\(([step.subject] + step.notes).joined(separator: ": ")))"
      }
    }
  }

  private func isInPlace(_ one: Protecting, of former: FormerTier, in group: SetupSurvey.GroupReading) -> Bool {
    (one.tier == nil || one.tier == former.name) && one.project.map { lies($0.path, in: group.path) } ?? true
  }

  func formerInGroups(_ staying: [FormerTier: String], besides made: [Protecting]) -> [SetupStep] {
    formerTiers.compactMap { key, former, protection in
      if let obstacle = staying[key] {
        return .cannot(
          "protected tier \(protection.name) of \(former.place.text)",
          "apply has made it, and `setup.protect` and `setup.group` say otherwise now. It stays, for without it something might be unprotected: "
            + obstacle)
      }
      let other = target.protections == .group ? group?.place : nil
      var step = givingWay(
        protection, of: former.place, to: other ?? projects.first?.place ?? .instance,
        made.filter { isInPlace($0, of: key, in: former) }.compactMap(\.protected))
      if step?.change?.isTakenBack == true { step?.notes.append(openLater(without: former)) }
      return step
    }
  }

  /// Why it is not known that all below it is protected otherwise.
  private func obstacle(toRetire former: SetupSurvey.GroupReading) -> String? {
    guard survey.unresolved.isEmpty else { return "GitLab shows \(survey.person.username) not all projects that are configured, see above" }
    let below = survey.projects.filter { lies($0.path, in: former.path) }
    if let group, target.protections == .group, let outside = below.first(where: { !lies($0.path, in: group.path) }) {
      return "\(outside.path) does not lie in group \(group.path); set `setup.group` to a group that all projects are in"
    }
    return below.first(where: isHidden).map {
      "\($0.path) cannot be set up by \(survey.person.username): apply with the token of somebody who is a Maintainer of all"
    }
  }
}

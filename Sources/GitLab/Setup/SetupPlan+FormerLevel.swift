internal import ChangeControl

/// What apply made at a level that is configured no more. Both levels count (facts E), and one account fills one rule only: with its rule in both,
/// deployments wait for ever. It goes once the new one stands, so that nothing is unprotected in between.
extension SetupPlanner {
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
  func isHidden(_ project: SetupSurvey.ProjectReading) -> Bool {
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
}

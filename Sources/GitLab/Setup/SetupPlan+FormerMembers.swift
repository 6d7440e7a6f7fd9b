internal import ChangeControl

/// Memberships that apply has made for an account that another has taken the place of: whoever has that account still sees the project, and may deploy.
extension SetupPlanner {
  /// - Parameter steps: what the plan does to protections before.
  func formerMembers(after steps: [SetupStep]) -> [SetupStep] {
    var seen: Set<String> = []
    return memory.memberships.compactMap { member in
      guard member.account != survey.account?.id, seen.insert("\(member.account) \(member.place.endpoint)").inserted,
        // With the account its memberships are gone.
        survey.standings[member.account] != .gone, let level = survey.formerLevels[member.account]?[member.place.endpoint]
      else { return nil }
      let subject = "membership of \(member.username) (id \(member.account)) in \(member.place.text) (\(roleName(level)))"
      let origin = "apply has made it, and another is the gate's account now"
      guard let why = whyLeft(member, level, steps) else {
        var change = SetupChange(.membership, in: member.place, name: member.username)
        change.formerAccount = member.account
        change.isTakenBack = true
        // What GitLab has refused it may let go by now: it is tried, and not promised.
        guard let refusal = member.refusal else {
          let note = "a job that it has started and that still runs may lose its rights with it"
          return SetupStep(.update, subject, lines: ["- removed: \(origin)"], notes: [note], change: change, holdsUpNothing: true)
        }
        return SetupStep(.nothing, subject, notes: ["\(origin)", refusal], change: change, holdsUpNothing: true)
      }
      return SetupStep(.nothing, subject, notes: ["\(origin). Apply leaves it: \(why)"])
    }
  }

  /// Whoever is not in a project any more is dropped from its rules, and one that names nobody else would wait for ever. Nil where nothing waits.
  private func whyLeft(_ member: SetupMemory.MadeMembership, _ level: Int64, _ steps: [SetupStep]) -> String? {
    let remove = "remove it in GitLab (Manage > Members)"
    if let name = survey.formerNames[member.account], name.lowercased() != member.username.lowercased() {
      return
        "that user is \(name) now: GitLab was restored to a time before and has given the number to somebody else, or the account was renamed. Where "
        + "nobody needs it, \(remove)"
    }
    let own = memory.memberships.filter { $0.account == member.account && $0.place.isSame(as: member.place) }
    guard own.allSatisfy({ !$0.isRaised }), level == member.level else {
      return "it was there before, or apply or others have set its level since. Where nobody needs it, \(remove)"
    }
    guard let project = projects.first(where: { $0.place.isSame(as: member.place) }), mayAdminister(project),
      case .success(let protections)? = project.protections
    else {
      return "whether a rule in \(member.place.text) names that account is not all looked at. Where none does, have "
        + "\(member.place.level == .group ? "an Owner of the group" : "a Maintainer of the project") \(remove)"
    }
    let changes = steps.compactMap(\.change).filter { $0.kind == .protection && $0.place.isSame(as: member.place) }
    let going = Set(changes.flatMap { $0.formerApprovalRows + $0.formerDeployRows })
    let naming = protections.first { protection in
      let rows = protection.approvalRules + protection.deployAccessLevels
      return !changes.contains { $0.isTakenBack && $0.name == protection.name }
        && rows.contains { $0.grantee == .user(member.account) && !going.contains($0.id) }
    }
    return naming.map {
      "protected environment \($0.name.bounded(to: 80)) names that account, and could wait for it for ever. Take it out there (Settings > CI/CD > "
        + "Protected environments), and apply again"
    }
  }
}

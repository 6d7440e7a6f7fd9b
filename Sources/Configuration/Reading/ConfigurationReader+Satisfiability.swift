internal import ChangeControl

/// Somebody, and the rules of a policy that they may fill.
private typealias Candidate = (name: String, rules: [Int])

extension ConfigurationReader {
  /// Whether different people can fill every rule of the policy whose people are listed here: one person who stands in two groups counts once.
  /// What only GitLab knows is taken for plenty.
  func check(_ policy: Policy, _ title: String, groups: DeclaredGroups, at position: Position) -> Bool {
    let wanted = policy.approvalRules.map(\.requiredApprovals).reduce(0, +)
    guard wanted <= Limits.requiredApprovals else {
      report.problem("\(title) requires \(wanted) approvals in all; at most \(Limits.requiredApprovals) are allowed", at: position)
      return false
    }
    var listed = policy
    listed.approvalRules = policy.approvalRules.filter { isListed($0.approver, groups) }
    return checkListed(listed, title, groups: groups, at: position)
  }

  /// Each review of a workflow asks other people than those before. Not wrong where a change need not come to all of them; but one that does waits there
  /// for people that there are not.
  func warnOfReviews(_ services: [Service], _ plan: ControlPlan, groups: DeclaredGroups, at position: Position) {
    var told: Set<[String]> = []
    for service in services {
      guard let policy = plan.policies[service.policy], let workflow = plan.workflows[service.workflow], workflow.reviews.count > 1,
        told.insert([policy.name, workflow.name]).inserted
      else { continue }
      let count = workflow.reviews.count
      var listed = policy
      listed.approvalRules = policy.approvalRules.filter { isListed($0.approver, groups) }
      let seats = listed.approvalRules.map(\.requiredApprovals)
      let all = (0..<count).flatMap { _ in seats }
      guard let candidates = candidates(listed, groups: groups, seats: all.reduce(0, +)) else { continue }
      let eligible = candidates.map { candidate in
        (0..<count).flatMap { review in candidate.rules.map { review * seats.count + $0 } }
      }
      guard !SeatAssignment(seats: all, eligible: eligible).fills(all) else { continue }
      report.warn(
        "policy \(shown(policy.name)) has too few people for all \(count) reviews of workflow \(shown(workflow.name)), which service "
          + "\(shown(service.id)) follows: each asks other people than those before, so a change that comes to the last one waits there for ever; "
          + Self.remedy, at: position)
    }
  }

  private func isListed(_ approver: ApprovalRule.Approver, _ groups: DeclaredGroups) -> Bool {
    switch approver {
    case .user: true
    case .group(let name): if case .gitLab = groups.members[name] { false } else { true }
    case .gitLabGroup, .accessLevel: false
    }
  }

  private func checkListed(_ policy: Policy, _ title: String, groups: DeclaredGroups, at position: Position) -> Bool {
    let seats = policy.approvalRules.map(\.requiredApprovals)
    let total = seats.reduce(0, +)
    guard let candidates = candidates(policy, groups: groups, seats: total) else { return false }
    let assignment = SeatAssignment(seats: seats, eligible: candidates.map(\.rules))
    guard assignment.fills(seats) else {
      report.problem(
        "\(title) can never be met: its rules require \(total) different people, and too few are in its groups; \(Self.remedy)",
        at: position)
      return false
    }
    if policy.preventSelfApproval, let stuck = deadlock(policy, seats, candidates, assignment) {
      report.warn(
        "\(title) can never be met for a deployment that \(shown(stuck)) triggers: nobody approves their own, and the others are too few; \(Self.remedy)",
        at: position)
    }
    return true
  }

  private static var remedy: String { "add people, or lower `required_approvals`" }

  /// A group that is just large enough is too small for its own members' deployments. Somebody named by a `user` rule is named on purpose;
  /// whoever fills no seat is not missed.
  private func deadlock(_ policy: Policy, _ seats: [Int], _ candidates: [Candidate], _ assignment: SeatAssignment) -> String? {
    let named = policy.approvalRules.compactMap { rule in
      if case .user(let name) = rule.approver { name.lowercased() } else { nil }
    }
    let stuck = candidates.indices.first { index in
      guard assignment.ruleOfCandidate[index] != nil, !named.contains(candidates[index].name) else { return false }
      var others = candidates
      others.remove(at: index)
      return !SeatAssignment(seats: seats, eligible: others.map(\.rules)).fills(seats)
    }
    return stuck.map { candidates[$0].name }
  }

  /// In the order of their names; nil where a group's members are not known.
  ///
  /// Of each group one more than there are seats in all: with so many somebody is always free, so the others change nothing.
  private func candidates(_ policy: Policy, groups: DeclaredGroups, seats: Int) -> [Candidate]? {
    var rules: [String: [Int]] = [:]
    for (index, rule) in policy.approvalRules.enumerated() {
      let names: [String]
      switch rule.approver {
      case .user(let user): names = [user]
      case .group(let group):
        guard case .listed(let members) = groups.members[group] else { return nil }
        names = Array(members.prefix(seats + 1))
      case .gitLabGroup, .accessLevel: continue
      }
      for name in names { rules[name.lowercased(), default: []].append(index) }
    }
    return rules.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}

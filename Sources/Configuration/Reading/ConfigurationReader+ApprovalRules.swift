internal import ChangeControl

extension ConfigurationReader {
  private static let approvers = ["user", "group", "gitlab_group", "access_level"]

  /// One rule: exactly one approver, as in GitLab's protected environments API.
  func approvalRule(_ node: YAMLNode, groups: DeclaredGroups) -> ApprovalRule? {
    guard let section = Section(node, "an approval rule", .approvalRule, report) else { return nil }
    let required = section.node("required_approvals").flatMap {
      report.whole($0, "required_approvals", in: 1...Int64(Limits.requiredApprovals))
    }
    let stage = section.node("stage").flatMap { report.whole($0, "stage", in: 1...Int64(Limits.stages)) }
    let approver = approver(section, groups: groups)
    if section.has("group_inheritance_type"), !section.has("gitlab_group") {
      report.problem(
        "`group_inheritance_type` goes with `gitlab_group` only; leave it out", at: section.position(of: "group_inheritance_type"))
      return nil
    }
    guard let approver, let count = section.has("required_approvals") ? required : 1, let stage = section.has("stage") ? stage : 1 else {
      return nil
    }
    let rule = ApprovalRule(approver: approver, requiredApprovals: Int(count), stage: Int(stage))
    return canBeMet(rule, groups: groups, at: section.position) ? rule : nil
  }

  private func approver(_ section: Section, groups: DeclaredGroups) -> ApprovalRule.Approver? {
    let named = Self.approvers.filter(section.has)
    guard named.count == 1, let key = named.first else {
      report.problem(
        named.isEmpty
          ? "an approval rule lacks one of \(list(Self.approvers)); add one: who must say yes"
          : "an approval rule has one of \(list(Self.approvers)), not \(list(named)) together; make a rule of each", at: section.position)
      return nil
    }
    guard let node = section.node(key) else { return nil }
    switch key {
    case "user": return username(node, key).map(ApprovalRule.Approver.user)
    case "group": return reference(node, key, to: groups.names).map(ApprovalRule.Approver.group)
    case "gitlab_group": return gitLabGroup(node, section).map(ApprovalRule.Approver.gitLabGroup)
    default: return accessLevel(node).map(ApprovalRule.Approver.accessLevel)
    }
  }

  private func accessLevel(_ node: YAMLNode) -> AccessLevel? {
    if case .scalar(let text, isPlain: true) = node.content, case .whole(let number) = PlainScalar(text), let small = Int(exactly: number),
      let level = AccessLevel(rawValue: small)
    {
      return level
    }
    let known = AccessLevel.allCases.map { "\($0.rawValue) (\($0.label))" }.joined(separator: ", ")
    return report.wrong(node, "access_level", "one of GitLab's levels for approvals: \(known)")
  }

  private func canBeMet(_ rule: ApprovalRule, groups: DeclaredGroups, at position: Position) -> Bool {
    let count = rule.requiredApprovals
    switch rule.approver {
    case .user(let name) where count != 1:
      report.problem(
        "`required_approvals` is \(count), but user \(shown(name)) can approve once only; write 1, or name a group", at: position)
      return false
    case .group(let name):
      guard case .listed(let members) = groups.members[name], members.count < count else { return true }
      report.problem(
        "`required_approvals` is \(count), but group \(shown(name)) has \(members.count) \(members.count == 1 ? "member" : "members"); lower it, or add people to the group",
        at: position)
      return false
    case .user, .gitLabGroup, .accessLevel: return true
    }
  }

  /// Stages follow one another, so each has a rule.
  func checkStages(_ policy: Policy, _ title: String, at position: Position) -> Bool {
    let stages = Set(policy.approvalRules.map(\.stage))
    guard let last = stages.max(), let missing = (1...last).first(where: { !stages.contains($0) }) else { return true }
    report.problem(
      "\(title) has a rule of stage \(last) and none of stage \(missing); number the stages from 1 without a gap", at: position)
    return false
  }
}

internal import ChangeControl

/// The policies of a file; `names` has the wrong ones too.
struct DeclaredPolicies {
  var names = DeclaredNames(place: "policies")
  var rules: [String: Policy] = [:]
}

extension ConfigurationReader {
  func policies(_ file: Section, groups: DeclaredGroups) -> DeclaredPolicies {
    var policies = DeclaredPolicies()
    for entry in names(file, "policies", of: "its rules", into: &policies.names) {
      policies.rules[entry.key] = policy(entry, groups: groups)
    }
    return policies
  }

  private func policy(_ entry: YAMLNode.Entry, groups: DeclaredGroups) -> Policy? {
    let title = "policy \(shown(entry.key))"
    guard let section = Section(entry.value, title, .policy, report) else { return nil }
    var policy = Policy(
      name: entry.key, approvalRules: [], preventSelfApproval: section.flag("prevent_self_approval") ?? true,
      commentRequired: section.choice("comment_required", CommentRequirement.self) ?? .onRejection)
    policy.preventAuthorApproval = section.flag("prevent_author_approval") ?? false
    endings(section, of: &policy, groups: groups)
    let why = "who must say yes, such as [{group: release-managers, required_approvals: 1}]"
    guard let node = section.required("approval_rules", why), let items = report.items(node, "approval_rules", of: "rules") else {
      return nil
    }
    guard !items.isEmpty else {
      report.problem("\(title) has no approval rules, so nobody would guard the gate; write \(why)", at: node.position)
      return nil
    }
    let rules = items.map { approvalRule($0, groups: groups) }
    guard !rules.contains(where: { $0 == nil }) else { return nil }
    policy.approvalRules = rules.compactMap(\.self)
    guard checkStages(policy, title, at: node.position), check(policy, title, groups: groups, at: node.position) else { return nil }
    return policy
  }
}

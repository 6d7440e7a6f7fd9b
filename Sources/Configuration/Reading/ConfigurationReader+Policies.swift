internal import ChangeControl

/// The groups of a file. `names` has those too whose members are wrong, so that a reference to them is not called unknown.
struct DeclaredGroups {
  var names = DeclaredNames(place: "groups")
  var members: [String: [String]] = [:]
}

/// The policies of a file; `names` has the wrong ones too.
struct DeclaredPolicies {
  var names = DeclaredNames(place: "policies")
  var rules: [String: Policy] = [:]
}

extension ConfigurationReader {
  func groups(_ file: Section) -> DeclaredGroups {
    var groups = DeclaredGroups()
    for entry in names(file, "groups", of: "a list of GitLab usernames", into: &groups.names) { groups.members[entry.key] = members(entry) }
    return groups
  }

  private func members(_ entry: YAMLNode.Entry) -> [String]? {
    let name = shown(entry.key)
    if case .mapping = entry.value.content {
      report.problem(
        "group \(name): a group as a mapping (`gitlab_group`) is not supported by this version yet; list its usernames: [alice, bob]",
        at: entry.value.position)
      return nil
    }
    let items = entry.value.isNull ? [] : report.items(entry.value, entry.key, of: "GitLab usernames, such as [alice, bob]")
    guard let items else { return nil }
    guard !items.isEmpty else {
      report.problem("group \(name) has no members; list GitLab usernames: [alice, bob]", at: entry.position)
      return nil
    }
    var seen: Set<String> = []
    let members = items.compactMap { item -> String? in
      guard let user = username(item, entry.key) else { return nil }
      if !seen.insert(user.lowercased()).inserted {
        report.problem(
          "group \(name) lists \(shown(user)) twice (GitLab's usernames do not differ by case); keep one of them", at: item.position)
      }
      return user
    }
    return members.count == items.count ? members : nil
  }

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
    return check(policy, title, groups: groups, at: node.position) ? policy : nil
  }

  private func approvalRule(_ node: YAMLNode, groups: DeclaredGroups) -> ApprovalRule? {
    guard let section = Section(node, "an approval rule", .approvalRule, report) else { return nil }
    let required = section.node("required_approvals").flatMap {
      report.whole($0, "required_approvals", in: 1...Int64(Limits.requiredApprovals))
    }
    let count = section.has("required_approvals") ? required.map { Int($0) } : 1
    switch (section.node("user"), section.node("group")) {
    case (let user?, nil):
      guard let name = username(user, "user"), let count else { return nil }
      guard count == 1 else {
        report.problem(
          "`required_approvals` is \(count), but user \(shown(name)) can approve once only; write 1, or name a group", at: section.position)
        return nil
      }
      return ApprovalRule(approver: .user(name))
    case (nil, let group?):
      guard let name = reference(group, "group", to: groups.names), let count else { return nil }
      if let members = groups.members[name], members.count < count {
        report.problem(
          "`required_approvals` is \(count), but group \(shown(name)) has \(members.count) \(members.count == 1 ? "member" : "members"); lower it, or add people to the group",
          at: section.position)
        return nil
      }
      return ApprovalRule(approver: .group(name), requiredApprovals: count)
    case (.some, .some):
      report.problem("an approval rule has one of `user` and `group`, not both; make two rules of it", at: section.position)
    case (nil, nil):
      if !section.has("user"), !section.has("group") {
        report.problem("an approval rule lacks `user` or `group`; add one: who must say yes", at: section.position)
      }
    }
    return nil
  }
}

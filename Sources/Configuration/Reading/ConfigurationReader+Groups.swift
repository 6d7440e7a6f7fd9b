internal import ChangeControl

/// The groups of a file. `names` has those too whose members are wrong, so that a reference to them is not called unknown.
struct DeclaredGroups {
  var names = DeclaredNames(place: "groups")
  var members: [String: Group] = [:]
}

extension ConfigurationReader {
  func groups(_ file: Section) -> DeclaredGroups {
    var groups = DeclaredGroups()
    for entry in names(file, "groups", of: "a list of GitLab usernames", into: &groups.names) {
      groups.members[entry.key] = group(entry, among: groups.names)
    }
    return groups
  }

  private func group(_ entry: YAMLNode.Entry, among names: DeclaredNames) -> Group? {
    guard case .mapping = entry.value.content else { return members(entry, among: names).map(Group.listed) }
    guard let section = Section(entry.value, "group \(shown(entry.key))", .group, report),
      let node = section.required("gitlab_group", "the group's full path in GitLab, such as acme/security")
    else { return nil }
    return gitLabGroup(node, section).map(Group.gitLab)
  }

  private func members(_ entry: YAMLNode.Entry, among names: DeclaredNames) -> [String]? {
    let name = shown(entry.key)
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
      // Taken for a username it would let in whoever has that name in GitLab, and lock out those who are meant.
      if let group = names.sorted.first(where: { sameUser($0, user) }) {
        report.problem(
          "group \(name) lists \(shown(user)), and \(shown(group)) is a group here; groups do not nest: list its people, or give it another name",
          at: item.position)
      }
      return user
    }
    return members.count == items.count ? members : nil
  }

  /// `gitlab_group` with `group_inheritance_type` beside it, in GitLab's words and with GitLab's default.
  func gitLabGroup(_ node: YAMLNode, _ section: Section) -> GitLabGroup? {
    let inheritance = section.node("group_inheritance_type").map {
      report.whole($0, "group_inheritance_type", in: 0...1).flatMap { GitLabGroup.Inheritance(rawValue: Int($0)) }
    }
    guard let path = report.text(node, "gitlab_group", limit: Limits.patternBytes), let inheritance = inheritance ?? .directMembers else {
      return nil
    }
    let segments = path.split(separator: "/", omittingEmptySubsequences: false)
    let isPath =
      path.utf8.allSatisfy { $0.isLetterOrDigit || "-_./".utf8.contains($0) } && !segments.contains { ["", ".", ".."].contains($0) }
    guard isPath else {
      report.problem(
        "`gitlab_group`: \(shown(path)) is no group's path; write it as it stands in the group's address: acme/security", at: node.position)
      return nil
    }
    return GitLabGroup(path: path, inheritance: inheritance)
  }

  /// A group that must serve while GitLab does not answer, or where nobody waits for its answer.
  func listedGroup(_ node: YAMLNode, _ key: String, to groups: DeclaredGroups) -> String? {
    guard let name = reference(node, key, to: groups.names) else { return nil }
    guard case .gitLab = groups.members[name] else { return name }
    report.problem(
      "`\(key)` names \(shown(name)), whose members only GitLab knows; name a group here that lists its people", at: node.position)
    return nil
  }

  // MARK: people

  /// Addresses that people commit with, by username in lower case.
  func emails(_ file: Section) -> [String: [String]] {
    var people = DeclaredNames(place: "people")
    var emails: [String: [String]] = [:]
    for entry in names(file, "people", of: "{emails: […]}", into: &people) {
      let key = YAMLNode(.scalar(entry.key, isPlain: false), at: entry.position)
      guard let user = username(key, "people")?.lowercased(), let section = Section(entry.value, shown(entry.key), .person, report),
        let node = section.required("emails", "the addresses that this person commits with, such as [alice@acme.com]"),
        let items = report.items(node, "emails", of: "addresses")
      else { continue }
      if items.count > Limits.emailsOfPerson {
        report.problem("`emails` has \(items.count) addresses; at most \(Limits.emailsOfPerson) are allowed", at: node.position)
      }
      if emails.updateValue(items.compactMap(email), forKey: user) != nil {
        report.problem(
          "`people` has \(shown(entry.key)) twice (GitLab's usernames do not differ by case); make one entry of them", at: entry.position)
      }
    }
    return emails
  }

  private func email(_ node: YAMLNode) -> String? {
    guard let text = report.text(node, "emails", limit: Limits.emailBytes) else { return nil }
    let halves = text.split(separator: "@", omittingEmptySubsequences: false)
    guard halves.count == 2, !halves.contains(""), !text.contains(" ") else {
      report.problem("`emails`: \(shown(text)) is no address; write one such as alice@acme.com", at: node.position)
      return nil
    }
    return text
  }
}

internal import ChangeControl

extension ConfigurationReader {
  /// What a policy says of time, of decisions that need nobody, and of emergencies. `policy` has the rest already.
  func endings(_ section: Section, of policy: inout Policy, groups: DeclaredGroups) {
    policy.requiredFields = (section.items("required_fields", of: "fields") ?? []).compactMap {
      report.choice($0, "required_fields", ChangeField.self)
    }
    policy.expiresAfter = section.duration("expires_after", in: Limits.expiresAfter)
    policy.supersedesOlder = section.flag("supersede_older") ?? false
    if let without = section.section("without_rejection", .withoutRejection) {
      policy.whenExpired = without.choice("expired", EndWithoutRejection.self) ?? .leave
      policy.whenSuperseded = without.choice("superseded", EndWithoutRejection.self) ?? .leave
    }
    if let glass = section.section("break_glass", .breakGlass) {
      policy.breakGlass = group(glass, of: "break_glass", to: groups).map {
        BreakGlass(group: $0, reviewWithin: glass.duration("review_within", in: Limits.reviewWithin) ?? .seconds(86_400))
      }
    }
    if let override = section.section("freeze_override", .freezeOverride) {
      policy.freezeOverride = group(override, of: "freeze_override", to: groups)
      if let name = policy.freezeOverride, case .listed(let members) = groups.members[name], members.count < 2 {
        report.problem(
          "`freeze_override` needs a group of two people at least, for two of them together may override a freeze; add people to \(shown(name))",
          at: override.position)
      }
    }
    policy.freezeWindows = freezeWindows(section)
    policy.autoApprove = automaticRules(section, "auto_approve", groups: groups)
    policy.autoReject = automaticRules(section, "auto_reject", groups: groups)
  }

  private func group(_ section: Section, of key: String, to groups: DeclaredGroups) -> String? {
    section.required("group", "the name of one under `groups`").flatMap { listedGroup($0, "group", to: groups) }
  }

  private func automaticRules(_ section: Section, _ key: String, groups: DeclaredGroups) -> [AutomaticRule] {
    let items = section.items(key, of: "rules, such as [{tiers: [staging], change_type: standard}]") ?? []
    guard items.count <= Limits.automaticRules else {
      report.problem("`\(key)` has \(items.count) rules; at most \(Limits.automaticRules) are allowed", at: section.position(of: key))
      return []
    }
    return items.compactMap { automaticRule($0, key, groups: groups) }
  }

  private func automaticRule(_ node: YAMLNode, _ key: String, groups: DeclaredGroups) -> AutomaticRule? {
    guard let section = Section(node, "a rule of `\(key)`", .automaticRule, report) else { return nil }
    guard Vocabulary.automaticRule.known.contains(where: section.has) else {
      // Where a key is misspelt that is the slip, and is told already.
      if section.isEmpty {
        report.problem("a rule of `\(key)` that names nothing would be about every change; name what it is about", at: node.position)
      }
      return nil
    }
    var rule = AutomaticRule()
    rule.tiers = (section.items("tiers", of: "tiers") ?? []).compactMap { report.choice($0, "tiers", Tier.self)?.rawValue }
    rule.environments = (section.items("environments", of: "name patterns") ?? []).compactMap(environment)
    rule.projects = section.has("projects") ? projects(section) : []
    rule.refs = patterns(section, "refs", of: "branch or tag patterns")
    rule.changeTypes = section.choice("change_type", ChangeType.self).map { [$0] } ?? []
    rule.risks = section.choice("risk", ChangeDetails.Level.self).map { [$0.rawValue] } ?? []
    rule.requesters = (section.items("requested_by", of: "GitLab usernames") ?? []).compactMap { username($0, "requested_by") }
    rule.requesterGroup = section.node("requested_by_group").flatMap { listedGroup($0, "requested_by_group", to: groups) }
    rule.onlyFiles = patterns(section, "only_files", of: "path patterns")
    rule.anyFiles = patterns(section, "any_files", of: "path patterns")
    rule.labels = (section.items("labels", of: "labels") ?? []).compactMap { report.text($0, "labels", limit: Limits.patternBytes) }
    if section.has("hours") {
      guard let hours = section.section("hours", .hours) else { return nil }
      let zone = zone(hours)
      guard let schedule = schedule(hours, in: zone ?? .utc), zone != nil else { return nil }
      rule.hours = schedule
    }
    for name in Vocabulary.automaticRule.known where section.has(name) {
      if let node = section.node(name), case .sequence(let items) = node.content, items.isEmpty {
        report.problem("`\(name)` is empty, so the rule of `\(key)` could never match; name something, or leave it out", at: node.position)
      }
    }
    return rule
  }

  private func patterns(_ section: Section, _ key: String, of what: String) -> [Pattern] {
    (section.items(key, of: what) ?? []).compactMap { report.text($0, key, limit: Limits.patternBytes).map(Pattern.init) }
  }
}

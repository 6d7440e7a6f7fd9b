internal import ChangeControl

private enum Tier: String, CaseIterable { case production, staging, testing, development, other }

extension ConfigurationReader {
  func services(_ file: Section, instances: [String], policies: [String: Policy?]) -> [Service] {
    var ids = SeenNames()
    return file.items("services", of: "services").compactMap { node in
      guard let section = Section(node, "an entry of `services`", .service, report) else { return nil }
      let idNode = section.required("id", "a short name, such as checkout")
      let id = idNode.flatMap { identifier($0, "id") }
      if let id, let idNode, let line = ids.lineOfFirst(id, at: idNode.position) {
        report.problem("the service \(shown(id)) stands here a second time, first in line \(line)", at: idNode.position)
      }
      return service(section, id: id, instances: instances, policies: policies)
    }
  }

  private func service(_ section: Section, id: String?, instances: [String], policies: [String: Policy?]) -> Service? {
    let instance = instance(section, instances)
    let policy = section.required("policy", "the name of one under `policies`").flatMap {
      reference($0, "policy", to: policies.keys, under: "policies")
    }
    let projects = projects(section)
    let gate = section.required("gate", "which environments, such as {tiers: [production]}").flatMap { self.gate($0) }
    let name = section.text("name")
    let changeType = section.choice("change_type", ChangeType.self) ?? .normal
    checkWorkflow(section)
    guard let id, let instance, let policy, let gate else { return nil }
    return Service(
      id: id, name: name ?? id, instance: instance, projects: projects, gatedTiers: gate.tiers, gatedEnvironments: gate.environments,
      workflow: "simple", changeType: changeType, policy: policy)
  }

  private func instance(_ section: Section, _ declared: [String]) -> String? {
    if section.has("instance") {
      return section.node("instance").flatMap { reference($0, "instance", to: declared, under: "gitlab") }
    }
    guard declared.count != 1 else { return declared[0] }
    report.problem(
      declared.isEmpty
        ? "a service needs a GitLab: declare one under `gitlab`"
        : "an entry of `services` lacks `instance`: there are several, \(list(declared))", at: section.position)
    return nil
  }

  private func checkWorkflow(_ section: Section) {
    guard let node = section.node("workflow"), let name = report.text(node, "workflow"), name != "simple" else { return }
    report.problem("`workflow` \(shown(name)) is not supported by this version yet; it knows `simple`", at: node.position)
  }

  private func projects(_ section: Section) -> [ProjectPattern] {
    guard let node = section.required("projects", "path patterns or ids, such as [\"acme/payments/*\", 30]"),
      let items = report.items(node, "projects", of: "path patterns or ids, such as [\"acme/payments/*\", 30]")
    else { return [] }
    if items.isEmpty { report.problem("`projects` is empty: the service would gate nothing", at: node.position) }
    return items.compactMap { project($0) }
  }

  private func project(_ node: YAMLNode) -> ProjectPattern? {
    if case .scalar(let text, isPlain: true) = node.content, case .whole = PlainScalar(text) {
      return report.whole(node, "projects", in: 1...Int64.max).map { .id($0) }
    }
    guard let text = report.text(node, "projects", limit: Limits.textBytes) else { return nil }
    guard !text.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
      report.problem("\(shown(text)) in quotes is a path, and no project has it; an id is written without quotes", at: node.position)
      return nil
    }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPath = text.utf8.allSatisfy { $0.isLetterOrDigit || "-_./*".utf8.contains($0) } && !segments.contains("")
    guard isPath, segments.count > 1 || text.contains("**") else {
      report.problem(
        "\(shown(text)) matches no project: a pattern is a whole path such as acme/payments/*, with * for one segment and ** for many",
        at: node.position)
      return nil
    }
    return .path(Pattern(text))
  }

  private func gate(_ node: YAMLNode) -> (tiers: [String], environments: [Pattern])? {
    guard let section = Section(node, "`gate`", .gate, report) else { return nil }
    let tiers = section.items("tiers", of: "tiers").compactMap { report.choice($0, "tiers", Tier.self) }
    let environments = section.items("environments", of: "name patterns").compactMap { environment($0) }
    guard section.isEmptyList("tiers"), section.isEmptyList("environments") else { return (tiers.map(\.rawValue), environments) }
    report.problem("`gate` has neither `tiers` nor `environments`: the service would gate nothing", at: section.position)
    return nil
  }

  /// GitLab's environment names: letters, digits, spaces and `- _ / $ { } .`, no slash at either end, at most 255 characters.
  private func environment(_ node: YAMLNode) -> Pattern? {
    guard let text = report.text(node, "environments", limit: Limits.patternBytes) else { return nil }
    let isName = text.utf8.allSatisfy { $0.isLetterOrDigit || " -_/${}.*".utf8.contains($0) }
    guard isName, text.first != "/", text.last != "/", text.first != " ", text.last != " " else {
      report.problem(
        "\(shown(text)) matches no environment: a pattern has letters, digits, spaces and - _ / $ { } . with * for one segment and ** for many",
        at: node.position)
      return nil
    }
    return Pattern(text)
  }
}

extension Section {
  /// Whether the key is absent or its list has nothing in it.
  fileprivate func isEmptyList(_ key: String) -> Bool {
    guard has(key) else { return true }
    if case .sequence(let items)? = node(key)?.content { return items.isEmpty }
    return false
  }
}

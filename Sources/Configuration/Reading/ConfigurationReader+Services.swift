internal import ChangeControl

enum Tier: String, CaseIterable { case production, staging, testing, development, other }

extension ConfigurationReader {
  func services(_ file: Section, instances: DeclaredNames, policies: DeclaredNames, workflows: DeclaredNames) -> [Service] {
    var ids = DeclaredNames(place: "services")
    return (file.items("services", of: "services") ?? []).compactMap { node in
      guard let section = Section(node, "an entry of `services`", .service, report) else { return nil }
      let id = section.required("id", "a short name, such as checkout").flatMap { identifier($0, "id") }
      if let id, let line = ids.insert(id, at: section.position(of: "id")) {
        report.problem(
          "`id` \(shown(id)) stands here a second time, first in line \(line); give each service an id of its own",
          at: section.position(of: "id"))
      }
      return service(section, id: id, instances: instances, policies: policies, workflows: workflows)
    }
  }

  private func service(
    _ section: Section, id: String?, instances: DeclaredNames, policies: DeclaredNames, workflows: DeclaredNames
  ) -> Service? {
    let instance = instance(section, instances)
    let policy = section.required("policy", "the name of one under `policies`").flatMap { reference($0, "policy", to: policies) }
    let projects = projects(section)
    let gate = section.required("gate", "which environments, such as {tiers: [production]}").flatMap { self.gate($0) }
    let name = section.text("name")
    let changeType = section.choice("change_type", ChangeType.self) ?? .normal
    let workflow = workflow(section, workflows)
    guard let id, let instance, let policy, let gate, let workflow else { return nil }
    return Service(
      id: id, name: name ?? id, instance: instance, projects: projects, gatedTiers: gate.tiers, gatedEnvironments: gate.environments,
      workflow: workflow, changeType: changeType, policy: policy)
  }

  private func instance(_ section: Section, _ declared: DeclaredNames) -> String? {
    if section.has("instance") { return section.node("instance").flatMap { reference($0, "instance", to: declared) } }
    let names = declared.sorted
    if declared.isPartial || names.count == 1 { return names.first }
    report.problem(
      names.isEmpty
        ? "a service needs a GitLab; declare one under `gitlab`"
        : "an entry of `services` lacks `instance`; add it, for there are several under `gitlab`: \(list(names))", at: section.position)
    return nil
  }

  func projects(_ section: Section) -> [ProjectPattern] {
    let what = "path patterns or ids, such as [\"acme/payments/*\", 30]"
    guard let node = section.required("projects", what), let items = report.items(node, "projects", of: what) else { return [] }
    if items.isEmpty { report.problem("`projects` is empty, so the service would gate nothing; name a project", at: node.position) }
    return items.compactMap { project($0) }
  }

  private func project(_ node: YAMLNode) -> ProjectPattern? {
    if case .scalar(let text, isPlain: true) = node.content, case .whole(let id) = PlainScalar(text), id > 0 { return .id(id) }
    if case .scalar(let text, _) = node.content, text.utf8.last?.isDigit ?? false,
      text.utf8.allSatisfy({ $0.isDigit || "+-".utf8.contains($0) })
    {
      report.problem(
        "`projects`: \(node.shownBriefly) is no project's id; write a whole number from 1 to \(Int64.max), without quotes",
        at: node.position)
      return nil
    }
    guard let text = report.text(node, "projects") else { return nil }
    let segments = text.split(separator: "/", omittingEmptySubsequences: false)
    let isPath =
      text.utf8.allSatisfy { $0.isLetterOrDigit || "-_./*".utf8.contains($0) } && !segments.contains { ["", ".", ".."].contains($0) }
    guard isPath, segments.count > 1 || text.contains("**") else {
      report.problem(
        "`projects`: \(shown(text)) matches no project; write a whole path such as acme/payments/*, with * for one segment and ** for many",
        at: node.position)
      return nil
    }
    return .path(Pattern(text))
  }

  private func gate(_ node: YAMLNode) -> (tiers: [String], environments: [Pattern])? {
    guard let section = Section(node, "`gate`", .gate, report) else { return nil }
    let tiers = section.items("tiers", of: "tiers")
    let environments = section.items("environments", of: "name patterns")
    let isSilent = (tiers?.isEmpty ?? !section.has("tiers")) && (environments?.isEmpty ?? !section.has("environments"))
    if isSilent {
      report.problem("`gate` has neither `tiers` nor `environments`, so the service would gate nothing; add one", at: section.position)
    }
    return (
      (tiers ?? []).compactMap { report.choice($0, "tiers", Tier.self)?.rawValue }, (environments ?? []).compactMap { environment($0) }
    )
  }

  /// GitLab's environment names: letters, digits, spaces and `- _ / $ { } .`, no slash at either end, at most 255 characters.
  func environment(_ node: YAMLNode) -> Pattern? {
    guard let text = report.text(node, "environments", limit: Limits.patternBytes) else { return nil }
    let isName = text.utf8.allSatisfy { $0.isLetterOrDigit || " -_/${}.*".utf8.contains($0) }
    guard isName, text.first != "/", text.last != "/", text.first != " ", text.last != " " else {
      report.problem(
        "`environments`: \(shown(text)) matches no environment; write letters, digits, spaces and - _ / $ { } . with * for one segment and ** for many, no slash or space at an end",
        at: node.position)
      return nil
    }
    return Pattern(text)
  }
}

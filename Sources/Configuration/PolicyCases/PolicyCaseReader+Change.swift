internal import Calendar
internal import ChangeControl

extension PolicyCaseReader {
  struct Supposed {
    var change: ChangeRequest
    var workflow: Workflow
    var facts: EvaluationFacts
    var notes: [String] = []
  }

  /// - Parameters:
  ///   - position: where the case stands that has no `change`.
  ///   - time: when it is looked at.
  func supposedChange(_ section: Section?, at position: Position, time: Instant, in zone: TimeZone) -> Supposed? {
    let place = place(section)
    guard let rules = rules(section, at: section?.position ?? position, place: place) else { return nil }
    let status = section?.node("status").flatMap {
      word($0, "status", among: rules.workflow.statuses.filter { $0.gate == .awaiting }.map(\.name), "a status whose gate awaits")
    }
    var change = ChangeRequest(
      id: 1, revision: 1, status: status ?? rules.workflow.initial.name, gate: .awaiting,
      type: section?.choice("type", ChangeType.self) ?? rules.type, service: "", policy: rules.policy.name, workflow: rules.workflow.name,
      sha: "", outOfBand: false, createdAt: section.flatMap { instant($0, "opened_at", in: zone) } ?? time, updatedAt: time, decidedAt: nil,
      closedAt: nil, expiresAt: nil)
    if let section {
      change.details = details(section, in: zone)
      change.stepsPassed = (section.items("steps_passed", of: "approval steps") ?? []).compactMap {
        review($0, "steps_passed", in: rules.workflow)
      }
    }
    let facts = EvaluationFacts(
      policy: rules.policy, directory: directory(section, project: place.project, at: time),
      subject: subject(section, of: change, place: place),
      steps: ApprovalSteps(passed: change.stepsPassed, at: change.status, of: rules.workflow),
      approvals: [], at: time)
    var supposed = Supposed(change: change, workflow: rules.workflow, facts: facts)
    if let section { emergencies(section, into: &supposed) }
    return supposed
  }

  // MARK: Where

  private struct Place {
    var project: Int64
    var path: String?
    var environment: String
    var tier: String
  }

  private func place(_ section: Section?) -> Place {
    var place = Place(project: 1, path: nil, environment: "production", tier: Tier.production.rawValue)
    guard let section else { return place }
    if let node = section.node("project") {
      if case .scalar(let text, isPlain: true) = node.content, case .whole = PlainScalar(text) {
        place.project = report.whole(node, "project", in: 1...Int64.max) ?? place.project
      } else {
        place.path = report.text(node, "project")
      }
    }
    place.environment = section.text("environment") ?? place.environment
    place.tier = section.choice("tier", Tier.self)?.rawValue ?? place.tier
    return place
  }

  // MARK: By what rules

  /// The policy, the workflow and the type that the case names, or that its service has, or the service that would gate it.
  private func rules(_ section: Section?, at position: Position, place: Place) -> (policy: Policy, workflow: Workflow, type: ChangeType)? {
    let service: Service?
    if let node = section?.node("service") {
      guard let id = word(node, "service", among: plan.services.map(\.id), "a service of the configuration") else { return nil }
      service = plan.service(id: id)
    } else {
      let gating = plan.services.first {
        $0.covers(project: place.project, path: place.path) && $0.gates(environment: place.environment, tier: place.tier)
      }
      let only = plan.services.count == 1 && section?.has("project") != true ? plan.services.first : nil
      service = gating ?? only
    }
    var policy = service?.policy
    if let node = section?.node("policy") {
      policy = word(node, "policy", among: Array(plan.policies.keys), "a policy of the configuration")
      if policy == nil { return nil }
    }
    var workflow = service?.workflow ?? Workflow.simple.name
    if let node = section?.node("workflow") {
      guard let name = word(node, "workflow", among: Array(plan.workflows.keys), "a workflow") else { return nil }
      workflow = name
    }
    guard let policy = policy.flatMap({ plan.policies[$0] }), let workflow = plan.workflows[workflow] else {
      report.problem(
        "no service gates the change of this case, and it names none; write `service` or `policy` under `change`, or a `project` that is gated",
        at: position)
      return nil
    }
    return (policy, workflow, service?.changeType ?? .normal)
  }

  // MARK: What is known of it

  private func details(_ section: Section, in zone: TimeZone) -> ChangeDetails {
    var details = ChangeDetails()
    details.risk = section.choice("risk", ChangeDetails.Level.self)
    details.impact = section.choice("impact", ChangeDetails.Level.self)
    details.reason = section.text("reason")
    details.implementationPlan = section.text("implementation_plan")
    details.rollbackPlan = section.text("rollback_plan")
    details.plannedStart = instant(section, "planned_start", in: zone)
    details.plannedEnd = instant(section, "planned_end", in: zone)
    return details
  }

  private func instant(_ section: Section, _ key: String, in zone: TimeZone) -> Instant? {
    section.node(key).flatMap { configuration.instant($0, key, in: zone) }
  }

  private func subject(_ section: Section?, of change: ChangeRequest, place: Place) -> Subject {
    let requester = section?.node("requested_by").flatMap { configuration.username($0, "requested_by") }
    var subject = Subject(requester: requester ?? PolicyCaseReader.usualRequester)
    subject.environment = place.environment
    subject.tier = place.tier
    subject.project = place.project
    subject.projectPath = place.path
    subject.ref = section?.text("ref") ?? "main"
    subject.type = change.type
    subject.risk = change.details.risk?.rawValue
    subject.openedAt = change.createdAt
    subject.filledFields = change.details.filled
    subject.plannedStart = change.details.plannedStart
    subject.plannedEnd = change.details.plannedEnd
    subject.contributions = contributions(section)
    if subject.contributions?.files == nil {
      subject.contributions?.filesObstacle = "the case does not tell them; add `files` under `change`"
    }
    return subject
  }

  /// What is deployed. Files that are not named are not known, lest a rule about them matches by their absence.
  private func contributions(_ section: Section?) -> Contributions {
    let authors = users(section, "authors")
    let labels = (section?.items("labels", of: "labels") ?? []).compactMap { report.text($0, "labels", limit: Limits.patternBytes) }
    let files = section?.items("files", of: "paths")?.compactMap { report.text($0, "files") }
    return Contributions(
      base: nil, identities: authors.map { Contributions.Identity(name: $0, email: "") },
      mergeRequests: labels.isEmpty
        ? [] : [Contributions.MergeRequest(iid: 1, author: authors.first ?? PolicyCaseReader.usualRequester, labels: labels)],
      files: files)
  }

  private func users(_ section: Section?, _ key: String) -> [String] {
    (section?.items(key, of: "GitLab usernames") ?? []).compactMap { configuration.username($0, key) }
  }

  // MARK: Who belongs where

  /// Lists of GitLab's that the case does not tell are not known, as they would not be while GitLab is silent.
  private func directory(_ section: Section?, project: Int64, at time: Instant) -> Directory {
    var directory = Directory(groups: plan.groups, project: project)
    for entry in section?.names("memberships", of: "a list of GitLab usernames") ?? [] {
      let items = report.items(entry.value, entry.key, of: "GitLab usernames") ?? []
      let members = items.compactMap { configuration.username($0, entry.key)?.lowercased() }
      let levels = Dictionary(members.map { ($0, AccessLevel.developer.rawValue) }) { first, _ in first }
      for inheritance in GitLabGroup.Inheritance.allCases {
        let group = GitLabGroup(path: entry.key, inheritance: inheritance)
        directory.memberships[.group(group)] = Membership(levels: levels, readAt: time)
      }
    }
    if let entries = section?.names("access_levels", of: "an access level, 30, 40 or 60") {
      let levels = entries.compactMap { entry in
        report.whole(entry.value, entry.key, in: 0...60).map { (entry.key.lowercased(), Int($0)) }
      }
      let known = Dictionary(levels) { first, _ in first }
      directory.memberships[.project(project)] = Membership(levels: known, readAt: time)
      directory.memberships[.administrators] = Membership(
        levels: known.filter { $0.value >= AccessLevel.administrator.rawValue }, readAt: time)
    }
    return directory
  }

  /// Who lets it through a freeze, or at once, as far as the policy lets them. It is noted of the others, who change nothing: that may be what the
  /// case is to show.
  private func emergencies(_ section: Section, into supposed: inout Supposed) {
    let (facts, policy) = (supposed.facts, supposed.facts.policy)
    func may(_ user: String, _ group: String?, _ key: String) -> Bool {
      let isMember = group.map { facts.directory.standing(of: user, in: .group($0)) == .belongs } ?? false
      if !isMember {
        let who = group.map { "only group \($0) do that, and \(user) is not in it" } ?? "nobody do that"
        supposed.notes.append("`\(key)`: policy \(policy.name) lets \(who)")
      }
      return isMember
    }
    supposed.facts.freezeOverrides = users(section, "freeze_overridden_by").filter {
      may($0, policy.freezeOverride, "freeze_overridden_by")
    }.map { FreezeOverride(user: $0, reason: "supposed", askedAt: facts.now) }
    guard let node = section.node("glass_broken_by"), let user = configuration.username(node, "glass_broken_by") else { return }
    if may(user, policy.breakGlass?.group, "glass_broken_by") {
      supposed.facts.brokenGlass = BrokenGlass(user: user, reason: "supposed", at: facts.now)
    }
  }
}

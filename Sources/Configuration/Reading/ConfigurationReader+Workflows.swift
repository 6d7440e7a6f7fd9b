internal import ChangeControl
internal import Credentials

/// The workflows that a service may name: the built-in ones and the file's. `names` has those too that are wrong, so that a reference to them
/// is not called unknown.
struct DeclaredWorkflows {
  var names = DeclaredNames(place: "workflows", builtIn: Workflow.builtIn.keys.sorted())
  var workflows = Workflow.builtIn
}

private enum Gate: String, CaseIterable { case awaiting, allowed, prevented }

private enum Mover: String, CaseIterable {
  case person, approval, rejection, deployment
  case breakGlass = "break_glass"
  case expiry, supersession
}

private enum MovingRole: String, CaseIterable { case approver, `operator`, admin }

extension ConfigurationReader {
  func workflows(_ file: Section) -> DeclaredWorkflows {
    var declared = DeclaredWorkflows()
    for entry in names(file, "workflows", of: "its statuses and transitions", into: &declared.names) {
      guard Workflow.builtIn[entry.key] == nil else {
        report.problem("\(shown(entry.key)) is a built-in workflow, which yours would hide; give it another name", at: entry.position)
        continue
      }
      declared.workflows[entry.key] = workflow(entry)
    }
    return declared
  }

  /// The workflow that a service names.
  func workflow(_ section: Section, _ declared: DeclaredNames) -> String? {
    guard section.has("workflow") else { return Workflow.simple.name }
    return section.node("workflow").flatMap { reference($0, "workflow", to: declared) }
  }

  private func workflow(_ entry: YAMLNode.Entry) -> Workflow? {
    let title = "workflow \(shown(entry.key))"
    guard let section = Section(entry.value, title, .workflow, report) else { return nil }
    let statusNodes = section.required("statuses", "where a change can stand; the first is where it starts")
    let transitionNodes = section.required("transitions", "what leads from one status to another")
    var names = DeclaredNames(place: "statuses")
    let statuses = statusNodes.flatMap { report.items($0, "statuses", of: "statuses") }?.map { status($0, into: &names) }
    names.isPartial = statuses?.contains { $0 == nil } ?? true
    let transitions = transitionNodes.flatMap { report.items($0, "transitions", of: "transitions") }?.map { transition($0, names) }
    guard let statuses, let transitions, !statuses.contains(where: { $0 == nil }), !transitions.contains(where: { $0 == nil }) else {
      return nil
    }
    let workflow = Workflow(
      name: entry.key, statuses: statuses.compactMap { $0?.status }, transitions: transitions.compactMap { $0?.transition })
    func position(_ place: Workflow.Flaw.Place) -> Position {
      switch place {
      case .workflow: entry.position
      case .status(let index): statuses[index]?.position ?? entry.position
      case .transition(let index): transitions[index]?.position ?? entry.position
      }
    }
    let flaws = workflow.flaws()
    for flaw in flaws { report.problem("\(title): \(flaw.message)", at: position(flaw.place)) }
    for flaw in workflow.suggestions() + workflow.waysAround() { report.warn("\(title): \(flaw.message)", at: position(flaw.place)) }
    return flaws.isEmpty ? workflow : nil
  }

  private func status(_ node: YAMLNode, into names: inout DeclaredNames) -> (status: Workflow.Status, position: Position)? {
    guard let section = Section(node, "an entry of `statuses`", .status, report) else { return nil }
    let name = section.required("name", "what people call it, such as Waiting").flatMap { title($0, "name") }
    let category = section.required("category", list(Workflow.Category.allCases.map(\.rawValue))).flatMap {
      report.choice($0, "category", Workflow.Category.self)
    }
    let gate = section.required("gate", "what it means for the deployment: \(list(Gate.allCases.map(\.rawValue)))").flatMap {
      report.choice($0, "gate", Gate.self)
    }
    if let name, let line = names.insert(name, at: section.position(of: "name")) {
      report.problem(
        "`name` \(shown(name)) stands here a second time, first in line \(line); give each status a name of its own",
        at: section.position(of: "name"))
      return nil
    }
    guard let name, let category, let gate = gate.flatMap({ GateState(rawValue: $0.rawValue) }) else { return nil }
    return (Workflow.Status(name: name, category: category, gate: gate), section.position)
  }

  private func transition(_ node: YAMLNode, _ statuses: DeclaredNames) -> (transition: Workflow.Transition, position: Position)? {
    guard let section = Section(node, "an entry of `transitions`", .transition, report) else { return nil }
    let from = section.required("from", "the status that it leads from").flatMap { reference($0, "from", to: statuses) }
    let name = section.required("name", "what people call it, such as Approve").flatMap { title($0, "name") }
    let to = section.required("to", "the status that it leads to").flatMap { reference($0, "to", to: statuses) }
    guard let trigger = trigger(section), let from, let name, let to else { return nil }
    return (Workflow.Transition(from: from, name: name, to: to, trigger: trigger), section.position)
  }

  private func trigger(_ section: Section) -> Workflow.Trigger? {
    guard let node = section.required("by", "what takes it: \(list(Mover.allCases.map(\.rawValue)))"),
      let mover = report.choice(node, "by", Mover.self)
    else { return nil }
    for (key, owner) in [("on", Mover.deployment), ("role", .person)] where section.has(key) && mover != owner {
      report.problem("`\(key)` belongs to `by: \(owner.rawValue)`; leave it out", at: section.position(of: key))
      return nil
    }
    switch mover {
    case .person:
      guard section.has("role") else { return .person() }
      return section.choice("role", MovingRole.self).flatMap { Role(rawValue: $0.rawValue) }.map { .person(role: $0) }
    case .deployment:
      let outcomes = list(Workflow.DeploymentOutcome.allCases.map(\.rawValue))
      return section.required("on", "what the deployment does: \(outcomes)").flatMap {
        report.choice($0, "on", Workflow.DeploymentOutcome.self)
      }.map { .deployment($0) }
    case .approval: return .approval
    case .rejection: return .rejection
    case .breakGlass: return .breakGlass
    case .expiry: return .expiry
    case .supersession: return .supersession
    }
  }

  /// What people call a status or transition. They type it, so nothing may stand in it that cannot be seen.
  private func title(_ node: YAMLNode, _ key: String) -> String? {
    guard let text = report.text(node, key, limit: Limits.nameBytes) else { return nil }
    guard text.first?.isWhitespace == false, text.last?.isWhitespace == false, !text.contains("`"), !TokenText.stands(in: text) else {
      return report.wrong(node, key, "a name without white space at its ends, without backticks, and no secret")
    }
    return text
  }
}

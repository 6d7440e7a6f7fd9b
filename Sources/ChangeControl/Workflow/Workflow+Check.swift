extension Workflow {
  /// What cannot be about a workflow, or hardly can be meant, and the part of it that would have to be mended.
  package struct Flaw: Sendable, Hashable {
    package enum Place: Sendable, Hashable {
      case workflow
      /// By their places in the workflow's lists.
      case status(Int)
      case transition(Int)
    }

    package var place: Place
    package var message: String
  }

  /// More than anybody can keep in mind; JSM's has 10 and 21.
  package static let mostStatuses = 64
  package static let mostTransitions = 256

  /// Why this workflow must not be used: empty for one that can open a gate after an approval and no other way, can stop it, and never turns it
  /// round. What it is made of comes first: nothing is said of the ways through statuses that are not there.
  package func flaws() -> [Flaw] {
    let flaws = flawsOfParts()
    return flaws.isEmpty ? flawsOfTransitions() + flawsOfWays() : flaws
  }

  /// What would work, but keeps a change open for ever, or ends it where nobody has said.
  package func suggestions() -> [Flaw] {
    statuses.indices.compactMap { index in suggestion(for: statuses[index]).map { Flaw(place: .status(index), message: $0) } }
  }

  private func suggestion(for status: Status) -> String? {
    guard status.category != .done else { return nil }
    if transitions(from: status.name).isEmpty {
      return "nothing leads on from `\(status.name)`, so its changes are never closed; write `category: done`"
    }
    guard status.gate == .allowed else { return nil }
    if transition(from: status.name, on: .deployment(.success)) == nil {
      return "nothing leads on from `\(status.name)` when the deployment succeeds, so its changes are never closed; "
        + "add a transition \(Trigger.deployment(.success).phrase)"
    }
    // It is closed all the same (`fallback`), and where to should be no surprise.
    let silent = [DeploymentOutcome.failed, .canceled].filter { transition(from: status.name, on: .deployment($0)) == nil }
    guard let end = fallback(from: status.name, on: .deployment(.failed)), !silent.isEmpty else { return nil }
    let outcomes = silent.map { $0 == .failed ? "fails" : "is canceled" }.joined(separator: " or ")
    return
      "nothing leads on from `\(status.name)` when the deployment \(outcomes), so its changes then end in `\(end.to)`, the first status "
      + "that prevents; add a transition \(silent.map { Trigger.deployment($0).phrase }.joined(separator: " and ")) that leads where they shall end"
  }

  // MARK: What it is made of

  private func flawsOfParts() -> [Flaw] {
    var flaws: [Flaw] = []
    if statuses.isEmpty { flaws.append(Flaw(place: .workflow, message: "has no statuses; the first is where a change starts")) }
    if statuses.count > Workflow.mostStatuses {
      flaws.append(Flaw(place: .workflow, message: "has \(statuses.count) statuses; at most \(Workflow.mostStatuses) are allowed"))
    }
    if transitions.count > Workflow.mostTransitions {
      flaws.append(
        Flaw(place: .workflow, message: "has \(transitions.count) transitions; at most \(Workflow.mostTransitions) are allowed"))
    }
    guard flaws.isEmpty else { return flaws }
    return statuses.indices.compactMap { flawOfStatus($0) } + transitions.indices.flatMap { flawsOfPart($0) }
  }

  private func flawOfStatus(_ index: Int) -> Flaw? {
    let status = statuses[index]
    let place = Flaw.Place.status(index)
    if statuses[..<index].contains(where: { sameName($0.name, status.name) }) {
      return Flaw(place: place, message: "`\(status.name)` is there already (names do not differ by case); keep one of them")
    }
    if index == 0, status.gate != .awaiting {
      return Flaw(place: place, message: "a change starts in `\(status.name)`, the first status; its `gate` must be `awaiting`")
    }
    if status.gate == .invalid {
      return Flaw(
        place: place, message: "`\(status.name)`: `invalid` is what a gate becomes by itself; write awaiting, allowed or prevented")
    }
    if status.gate == .awaiting, status.category == .done {
      return Flaw(place: place, message: "`\(status.name)` is `done` while its gate is `awaiting`; what still waits is not done")
    }
    return nil
  }

  private func flawsOfPart(_ index: Int) -> [Flaw] {
    let transition = transitions[index]
    func flaw(_ message: String) -> Flaw { Flaw(place: .transition(index), message: message) }
    let unknown = Set([transition.from, transition.to]).filter { status(named: $0) == nil }
    guard unknown.isEmpty else { return unknown.sorted().map { flaw("there is no status `\($0)`; declare it, or name one that is there") } }
    if transition.from == transition.to { return [flaw("`\(transition.name)` leads from `\(transition.from)` to itself")] }
    let before = transitions[..<index].filter { $0.from == transition.from }
    if before.contains(where: { sameName($0.name, transition.name) }) {
      return [flaw("there is a transition `\(transition.name)` from `\(transition.from)` already; give each a name of its own")]
    }
    if case .person = transition.trigger { return [] }
    guard let rival = before.first(where: { $0.trigger == transition.trigger }) else { return [] }
    return [flaw("`\(rival.name)` from `\(transition.from)` is taken \(transition.trigger.phrase) already; keep one of the two")]
  }

  private func sameName(_ left: String, _ right: String) -> Bool { left.lowercased() == right.lowercased() }
}

extension Workflow.Trigger {
  /// As the configuration has it: `by: deployment, on: success`.
  var phrase: String {
    if case .deployment(let outcome) = self { return "`by: \(word), on: \(outcome.rawValue)`" }
    return "`by: \(word)`"
  }
}

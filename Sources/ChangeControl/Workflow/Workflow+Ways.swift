/// The part of the check that walks the workflow. Every name in it is known to be a status.
extension Workflow {
  // MARK: Each transition by itself

  func flawsOfTransitions() -> [Flaw] {
    let unreviewed = reached(from: [initial.name]) { $0.trigger.isPerson && gate(of: $0.to) == .awaiting }
    let unended = reached(from: [initial.name]) { !$0.trigger.endsDeployment }
    return transitions.indices.compactMap { index in
      flaw(of: transitions[index], unreviewed: unreviewed, unended: unended).map { Flaw(place: .transition(index), message: $0) }
    }
  }

  /// What a transition does that its trigger must not. `unreviewed`: where a change can be without anybody's approval; `unended`: where it can be while
  /// its deployment is still to come, or runs.
  private func flaw(of transition: Transition, unreviewed: Set<String>, unended: Set<String>) -> String? {
    let (from, to, trigger) = (transition.from, transition.to, transition.trigger)
    let title = "`\(transition.name)` \(trigger.phrase)"
    guard gate(of: from) == .awaiting else { return flawAfterDecision(transition, unended: unended) }
    let target = gate(of: to)
    if trigger == .approval || trigger == .breakGlass, target == .prevented {
      return "\(title) leads to `\(to)`, which prevents; lead it on towards a status that allows"
    }
    if trigger.endsWaiting, target != .prevented {
      return "\(title) ends the waiting and leads to `\(to)`, which does not prevent; lead it to a status whose gate is `prevented`"
    }
    if trigger.isDeployment, target == .awaiting {
      return "\(title) leads to `\(to)`, where the gate waits for a deployment that has begun; lead it to a status that does not wait"
    }
    if trigger.isPerson, target == .allowed, unreviewed.contains(from) {
      return
        "`\(transition.name)` would open the gate by a click alone, for a change comes to `\(from)` without an approval; take it `by: approval`, or lead to `\(from)` through one"
    }
    return nil
  }

  private func flawAfterDecision(_ transition: Transition, unended: Set<String>) -> String? {
    let (name, from, to) = (transition.name, transition.from, transition.to)
    guard transition.trigger.isPerson || transition.trigger.isDeployment else {
      return
        "`\(name)` \(transition.trigger.phrase) can never be taken, for the gate is decided in `\(from)`; only a person or the deployment moves a change on from there"
    }
    if gate(of: to) == .awaiting {
      return "`\(name)` leads from `\(from)`, where the gate is decided, back to `\(to)`, where it waits; a gate is decided once"
    }
    if gate(of: from) == .prevented, gate(of: to) == .allowed {
      return "`\(name)` leads from `\(from)`, which prevents, to `\(to)`, which allows; a gate never turns round"
    }
    // The click would say that it is stopped, and GitLab would be told to let it go all the same.
    if gate(of: from) == .allowed, gate(of: to) == .prevented, transition.trigger.isPerson, unended.contains(from) {
      return
        "`\(name)` leads by a click from `\(from)`, which allows a deployment that has not ended, to `\(to)`, which prevents; a gate never turns round: cancel the job in GitLab, and lead there `by: deployment`"
    }
    return nil
  }

  // MARK: Where they lead together

  func flawsOfWays() -> [Flaw] { flawsOfReviews() + flawsOfReach() + flawsOfTraps() + flawsOfCircles() }

  /// Reviews that lead to each other by approvals alone: each asks anew when it is come to again, so that no approval ever leads out, and what the
  /// policy approves by itself would go round without end.
  private func flawsOfCircles() -> [Flaw] {
    let names = statuses.map(\.name)
    for (index, name) in names.enumerated() {
      var way = [name]
      while let next = transition(from: way[way.count - 1], on: .approval)?.to, gate(of: next) == .awaiting {
        if next == name {
          return [
            Flaw(
              place: .status(index),
              message: "approvals alone lead from `\(name)` back to it (\((way + [name]).joined(separator: " → "))); let one of them lead "
                + "on, or back `by: person`")
          ]
        }
        guard !way.contains(next) else { break }
        way.append(next)
      }
    }
    return []
  }

  private func flawsOfReviews() -> [Flaw] {
    statuses.indices.compactMap { index in
      let name = statuses[index].name
      guard gate(of: name) == .awaiting else { return nil }
      switch (transition(from: name, on: .approval), transition(from: name, on: .rejection)) {
      case (.some, nil):
        return Flaw(place: .status(index), message: "`\(name)` can be approved and not rejected; add a transition `by: rejection` from it")
      case (nil, .some):
        return Flaw(place: .status(index), message: "`\(name)` can be rejected and not approved; add a transition `by: approval` from it")
      case (nil, nil), (.some, .some): return nil
      }
    }
  }

  private func flawsOfReach() -> [Flaw] {
    let reached = reached(from: [initial.name]) { _ in true }
    var flaws = statuses.indices.filter { !reached.contains(statuses[$0].name) }.map { index in
      Flaw(
        place: .status(index),
        message: "no way leads from `\(initial.name)` to `\(statuses[index].name)`; add a transition, or leave it out")
    }
    // A deployment that runs before a decision opens nothing: the gate becomes `invalid`, wherever it leads.
    let decisions = transitions.filter { transition in
      gate(of: transition.from) == .awaiting && reached.contains(transition.from)
        && (!transition.trigger.isDeployment || transition.trigger.endsWaiting)
    }
    for (gate, word) in [(GateState.allowed, "allow"), (.prevented, "prevent")]
    where !decisions.contains(where: { self.gate(of: $0.to) == gate }) {
      flaws.append(
        Flaw(
          place: .workflow,
          message: "can never \(word): no decision leads from `\(initial.name)` to a status whose gate is `\(gate.rawValue)`"))
    }
    return flaws
  }

  /// Statuses in which a change would wait for ever.
  private func flawsOfTraps() -> [Flaw] {
    statuses.indices.compactMap { index in
      let name = statuses[index].name
      guard gate(of: name) == .awaiting, reached(from: [name], by: { _ in true }).allSatisfy({ gate(of: $0) == .awaiting }) else {
        return nil
      }
      return Flaw(place: .status(index), message: "no way leads on from `\(name)` to a decision; a change would wait there for ever")
    }
  }

  private func gate(of status: String) -> GateState { self.status(named: status)?.gate ?? .invalid }

  private func reached(from start: Set<String>, by isTaken: (Transition) -> Bool) -> Set<String> {
    var reached = start
    var frontier = Array(start)
    while let status = frontier.popLast() {
      for transition in transitions(from: status) where isTaken(transition) && reached.insert(transition.to).inserted {
        frontier.append(transition.to)
      }
    }
    return reached
  }
}

package import Calendar

extension ChangeRequest {
  /// What a step along the workflow did.
  package struct Turn: Sendable, Hashable {
    package var transition: String
    package var from: String
    package var to: String
    /// The gate has left `awaiting`.
    package var gateTurned: Bool
  }

  /// Takes the workflow's transition for `trigger`, if the status has one. What ends a change closes it even where the workflow does not speak of
  /// it: see `Workflow.fallback`.
  package mutating func follow(_ trigger: Workflow.Trigger, in workflow: Workflow, at now: Instant) -> Turn? {
    let spoken = workflow.transition(from: status, on: trigger)
    guard let transition = spoken ?? (isEnded(by: trigger, in: workflow) ? workflow.fallback(from: status, on: trigger) : nil) else {
      return nil
    }
    let turn = take(transition, in: workflow, at: now)
    if spoken == nil { closedAt = closedAt ?? now }
    return turn
  }

  /// Nothing is left of a change to wait for, whatever the workflow means by its status now; or of one that was let through, whose deployment then
  /// came to nothing.
  private func isEnded(by trigger: Workflow.Trigger, in workflow: Workflow) -> Bool {
    guard closedAt == nil, trigger.endsWaiting else { return false }
    return gate == .awaiting || (gate == .allowed && trigger.isDeployment && workflow.status(named: status)?.category != .done)
  }

  /// Takes one transition of the workflow: whoever calls has seen to it that it may be taken.
  ///
  /// The gate leaves `awaiting` once. What a deployment does by itself never opens it: a deployment that runs before a decision makes
  /// the gate `invalid`, whatever the status it leads to would mean.
  package mutating func take(_ transition: Workflow.Transition, in workflow: Workflow, at now: Instant) -> Turn? {
    guard transition.from == status, let target = workflow.status(named: transition.to) else { return nil }
    let turn = Turn(
      transition: transition.name, from: status, to: target.name, gateTurned: gate == .awaiting && target.gate != .awaiting)
    status = target.name
    if turn.gateTurned {
      if case .deployment = transition.trigger, target.gate == .allowed { gate = .invalid } else { gate = target.gate }
      decidedAt = now
    }
    if target.category == .done || gate == .invalid { closedAt = closedAt ?? now }
    return turn
  }

  /// Opens the gate past all that the workflow asks for: by its own transition for that where it leads to a status that allows, else to the first
  /// such status.
  package mutating func breakOpen(in workflow: Workflow, at now: Instant) -> Turn? {
    guard gate == .awaiting else { return nil }
    if let transition = workflow.transition(from: status, on: .breakGlass), workflow.status(named: transition.to)?.gate == .allowed {
      return take(transition, in: workflow, at: now)
    }
    guard let target = workflow.statuses.first(where: { $0.gate == .allowed }) else { return nil }
    return take(Workflow.Transition(from: status, name: "Break glass", to: target.name, trigger: .breakGlass), in: workflow, at: now)
  }

  /// Closes a gate that can no longer be decided: the deployment is gone, or ran where the workflow has no status for it.
  package mutating func invalidate(at now: Instant) {
    guard gate == .awaiting else { return }
    gate = .invalid
    decidedAt = now
    closedAt = now
  }
}

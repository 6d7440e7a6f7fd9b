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

  /// Takes the workflow's transition for `trigger`, if the status has one.
  ///
  /// The gate leaves `awaiting` once. What a deployment does by itself never opens it: a deployment that runs before a decision makes
  /// the gate `invalid`, whatever the status it leads to would mean.
  package mutating func follow(_ trigger: Workflow.Trigger, in workflow: Workflow, at now: Instant) -> Turn? {
    guard let transition = workflow.transition(from: status, on: trigger), let target = workflow.status(named: transition.to) else {
      return nil
    }
    let turn = Turn(
      transition: transition.name, from: status, to: target.name, gateTurned: gate == .awaiting && target.gate != .awaiting)
    status = target.name
    if turn.gateTurned {
      if case .deployment = trigger, target.gate == .allowed { gate = .invalid } else { gate = target.gate }
      decidedAt = now
    }
    if target.category == .done || gate == .invalid { closedAt = closedAt ?? now }
    return turn
  }

  /// Closes a gate that can no longer be decided: the deployment is gone, or ran where the workflow has no status for it.
  package mutating func invalidate(at now: Instant) {
    guard gate == .awaiting else { return }
    gate = .invalid
    decidedAt = now
    closedAt = now
  }
}

internal import Calendar
internal import ChangeControl
internal import JSON
internal import Storage

extension Gate {
  /// What a rule asks for, and that somebody has to move the change on: at once where no rule holds the step, as between two reviews, else when
  /// nothing else is missing.
  func missing(_ change: ChangeRequest, by evaluation: Evaluation) -> [String] {
    let workflow = workflow(of: change)
    let isHeld =
      workflow.isReview(change.status)
      || workflow.transitions(from: change.status).contains { transition in
        if case .person = transition.trigger { workflow.status(named: transition.to)?.gate == .allowed } else { false }
      }
    return isHeld && !evaluation.waitingFor.isEmpty ? evaluation.waitingFor : evaluation.waitingFor + stepsByHand(from: change)
  }

  private func stepsByHand(from change: ChangeRequest) -> [String] {
    let workflow = workflow(of: change)
    guard workflow.status(named: change.status) != nil else {
      return ["status \(change.status) to be put back into workflow \(workflow.name) by an administrator"]
    }
    let steps = workflow.transitions(from: change.status).filter { transition in
      if case .person = transition.trigger { workflow.status(named: transition.to)?.gate != .prevented } else { false }
    }
    return steps.isEmpty ? [] : ["somebody to move it on: \(steps.map(\.name).joined(separator: ", or "))"]
  }

  private func reviewOwed(_ change: ChangeRequest, at now: Instant) -> [String] {
    guard let review = change.review, review.doneAt == nil, let glass = change.brokenGlass else { return [] }
    let due = review.isOverdue(at: now) ? "it was due at \(review.dueAt.iso8601), and is overdue since" : "due at \(review.dueAt.iso8601)"
    return ["a review by somebody else than \(glass.user)\(review.isOverdue(at: now) ? ": " : ", ")\(due)"]
  }

  /// GitLab has been told, and the gate does not start the job (`after_approval: leave`, when it was decided): a person does.
  private func startOwed(_ record: ChangeRecord, callbacks: [CallbackRecord]) -> [String] {
    guard record.change.gate == .allowed, record.change.closedAt == nil,
      record.deployment.status == .blocked || record.deployment.status == .created,
      callbacks.contains(where: { $0.step == .approve && $0.state == .delivered }), !callbacks.contains(where: { $0.step == .play })
    else { return [] }
    let pending = record.deployment.pendingApprovals ?? 0
    let others = pending > 0 ? ["\(pending) more \(pending == 1 ? "approval" : "approvals") in GitLab itself, by its own rules"] : []
    return others + [
      "somebody allowed to deploy to \(record.deployment.environment) to start the job in GitLab: the gate leaves that to people "
        + "(after_approval: leave)"
    ]
  }

  /// What has to happen next, for people. Before the decision: what the policy misses. After it: what GitLab has not taken yet.
  func waitingFor(
    _ record: ChangeRecord, evaluation: Evaluation?, callbacks: [CallbackRecord], at now: Instant
  ) -> [String] {
    switch record.change.gate {
    case .invalid: return []
    case .awaiting:
      guard plan.workflows[record.change.workflow] != nil else {
        return ["workflow \(record.change.workflow) to be put back into the configuration by an administrator"]
      }
      guard let evaluation else {
        return ["policy \(record.change.policy) to be put back into the configuration by an administrator"]
      }
      return missing(record.change, by: evaluation) + reviewOwed(record.change, at: now)
    case .allowed, .prevented:
      return reviewOwed(record.change, at: now) + startOwed(record, callbacks: callbacks)
        + callbacks.compactMap { callback in
          switch callback.state {
          case .delivered: nil
          case .pending: "GitLab to be told (\(callback.step.rawValue))"
          case .retrying: "GitLab to be told (\(callback.step.rawValue)): \(callback.lastError ?? "trying again")"
          case .abandoned: "an operator: \(callback.step.rawValue) was abandoned: \(callback.lastError ?? "no reason recorded")"
          }
        }
    }
  }

  /// What ended a change, as the audit log has it: the turn of its gate, or, where it was let through, the last step of its deployment.
  func whatEnded(_ change: ChangeRequest, in reading: Reading) throws -> String {
    var filter = AuditFilter()
    filter.change = change.id
    filter.action = (change.gate == .allowed ? AuditAction.statusChanged : .gateTurned).rawValue
    // By when, not by how many: a change may have gone to and fro.
    if change.gate == .allowed, let closedAt = change.closedAt { (filter.since, filter.until) = (closedAt, closedAt + .milliseconds(1)) }
    guard let entry = try reading.auditEntries(filter, after: 0, limit: 100).last else { return change.status }
    let detail = try JSONValue.parse(entry.detail)
    return "\(detail["to"]?.string ?? change.status) at \(entry.at.iso8601): \(detail["because"]?.string ?? entry.actor)"
  }
}

extension ChangeRequest {
  /// Whether nothing that the policy says moves it any more, and the verdict alone does not show that.
  func isOver(whatever verdict: Evaluation.Verdict) -> Bool {
    switch gate {
    case .awaiting: false
    case .allowed: closedAt != nil && verdict == .waiting
    case .prevented, .invalid: verdict == .waiting || verdict == .allowed
    }
  }
}

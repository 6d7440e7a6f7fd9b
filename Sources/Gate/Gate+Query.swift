internal import Calendar
package import ChangeControl
package import JSON
package import Storage

/// A change request with everything people look at beside it.
package struct ChangeView: Sendable {
  package var record: ChangeRecord
  package var approvals: [Approval]
  package var callbacks: [CallbackRecord]
  /// Nil when the configuration has lost the policy.
  package var evaluation: Evaluation?
  package var waitingFor: [String]
  /// Who has asked for it to be let through a freeze, whether or not it counts.
  package var freezeOverrides: [FreezeOverride] = []

  package var change: ChangeRequest { record.change }
}

extension Gate {
  package func view(key: String, in reading: Reading) throws -> ChangeView { try view(record(key, in: reading), in: reading) }

  func view(_ id: Int64, in reading: Reading) throws -> ChangeView {
    guard let record = try reading.change(id: id) else { throw Refusal.unknownChange(ChangeRequest.key(id)) }
    return try view(record, in: reading)
  }

  package func view(_ record: ChangeRecord, in reading: Reading) throws -> ChangeView {
    let approvals = try reading.approvals(change: record.change.id)
    let callbacks = try reading.callbacks(change: record.change.id)
    // A decision is shown as it was taken: by the rules of now, at the time of then.
    let evaluation = try evaluate(record, approvals: approvals, at: record.change.decidedAt, in: reading)
    var record = record
    if record.change.gate == .awaiting, let limit = plan.policies[record.change.policy]?.expiresAfter {
      record.change.expiresAt = record.change.createdAt + limit
    }
    var view = ChangeView(
      record: record, approvals: approvals, callbacks: callbacks, evaluation: evaluation,
      waitingFor: waitingFor(record, evaluation: evaluation, callbacks: callbacks))
    view.freezeOverrides = try reading.freezeOverrides(change: record.change.id)
    return view
  }

  /// Whether a change may be shown otherwise than when it got its revision, with nothing written since that would have given it another: a time has come
  /// or a list grown old and was not looked at yet, an attempt is under way, or the configuration is another one.
  package func mayHaveMoved(_ view: ChangeView, in reading: Reading) throws -> Bool {
    let change = view.change
    if let inForceSince, change.updatedAt < inForceSince { return true }
    if view.callbacks.contains(where: { $0.settledAt == nil }) { return true }
    guard change.gate == .awaiting, let policy = plan.policies[change.policy] else { return false }
    let then = try facts(
      of: view.record, policy: policy, approvals: view.approvals, at: change.updatedAt, shownAt: change.updatedAt, in: reading
    ).evaluate()
    return then.waitingFor != view.evaluation?.waitingFor || then.seats != view.evaluation?.seats
  }

  /// Comments after the one with the id `after`, oldest first, at most `limit`.
  package func comments(key: String, after: Int64, limit: Int, in reading: Reading) throws -> [Comment] {
    try reading.comments(change: record(key, in: reading).change.id, after: after, limit: limit)
  }

  /// What a rule asks for, and that somebody has to move the change on: at once where no rule holds the step, as between two reviews, else when
  /// nothing else is missing.
  private func missing(_ change: ChangeRequest, by evaluation: Evaluation) -> [String] {
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

  private func reviewOwed(_ change: ChangeRequest) -> [String] {
    guard let review = change.review, review.doneAt == nil, let glass = change.brokenGlass else { return [] }
    return ["a review by somebody else than \(glass.user), due at \(review.dueAt.iso8601)"]
  }

  /// What has to happen next, for people. Before the decision: what the policy misses. After it: what GitLab has not taken yet.
  private func waitingFor(_ record: ChangeRecord, evaluation: Evaluation?, callbacks: [CallbackRecord]) -> [String] {
    switch record.change.gate {
    case .invalid: return []
    case .awaiting:
      guard plan.workflows[record.change.workflow] != nil else {
        return ["workflow \(record.change.workflow) to be put back into the configuration by an administrator"]
      }
      guard let evaluation else {
        return ["policy \(record.change.policy) to be put back into the configuration by an administrator"]
      }
      return missing(record.change, by: evaluation)
    case .allowed, .prevented:
      return reviewOwed(record.change)
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
}

extension Finding {
  /// The tree as REST, log and audit print it.
  package var json: JSONValue {
    var object: JSONObject = [
      "rule": .string(rule), "outcome": .string(outcome.rawValue), "found": .string(found),
      "counted": .array(counted.map(JSONValue.string)),
      "left_out": .array(leftOut.map { ["user": .string($0.user), "code": .string($0.code), "reason": .string($0.reason)] }),
    ]
    if let wouldHelp { object["would_help"] = .string(wouldHelp) }
    if let whoCould {
      object["who_could"] = ["users": .array(whoCould.users.map(JSONValue.string)), "others": .integer(Int64(whoCould.others))]
    }
    if let changesAt { object["changes_at"] = .string(changesAt.iso8601) }
    if !children.isEmpty { object["children"] = .array(children.map(\.json)) }
    return .object(object)
  }
}

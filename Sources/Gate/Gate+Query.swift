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
  /// What ended it, where its approvals do not show that: a newer deployment, a person, GitLab.
  package var ended: String?
  /// Why it goes on by the policy it had, and what people can do about it; nil where it follows the configuration.
  package var policyKept: String?
  /// Who has asked for it to be let through a freeze, whether or not it counts.
  package var freezeOverrides: [FreezeOverride] = []
  /// What had drifted in GitLab while it was open, the newest first.
  package var drifts: [DriftRecord] = []
  /// A broken glass owes a review, and the time for it is over.
  package var isReviewOverdue = false
  /// It shows what stands already: what was asked for had been said before, and nothing was written.
  package var isRepetition = false

  package var change: ChangeRequest { record.change }
}

extension Gate {
  package func view(key: String, in reading: Reading) throws -> ChangeView { try view(record(key, in: reading), in: reading) }

  func view(_ id: Int64, in reading: Reading) throws -> ChangeView {
    guard let record = try reading.change(id: id) else { throw Refusal.unknownChange(ChangeRequest.key(id)) }
    return try view(record, in: reading)
  }

  package func view(_ record: ChangeRecord, in reading: Reading) throws -> ChangeView {
    var record = following(record)
    let approvals = try reading.approvals(change: record.change.id)
    let callbacks = try reading.callbacks(change: record.change.id)
    // A decision is shown as it was taken: by the rules of now, at the time of then.
    var evaluation = try evaluate(record, approvals: approvals, at: record.change.decidedAt, in: reading)
    if callbacks.contains(where: { $0.settledAt == nil && $0.isHeld }),
      var held = try evaluateForDelivery(record, approvals: approvals, in: reading), held.verdict != .allowed
    {
      held.hold(sinceDecidedAt: record.change.decidedAt)
      evaluation = held
    }
    var ended: String?
    if let verdict = evaluation?.verdict, record.change.isOver(whatever: verdict) {
      let because = try whatEnded(record.change, in: reading)
      evaluation?.end(record.change.gate, because: because)
      ended = because
    }
    let isGlassBroken = record.change.brokenGlass != nil && evaluation?.verdict == .allowed
    if record.change.gate == .awaiting, !isGlassBroken, let limit = plan.policies[record.change.policy]?.expiresAfter {
      record.change.expiresAt = record.change.createdAt + limit
    }
    var view = ChangeView(
      record: record, approvals: approvals, callbacks: callbacks, evaluation: evaluation,
      waitingFor: waitingFor(record, evaluation: evaluation, callbacks: callbacks, at: reading.now))
    view.ended = ended
    if record.change.gate == .awaiting { view.policyKept = rulesInForce(for: record).kept?.words(for: record.change) }
    view.isReviewOverdue = record.change.review?.isOverdue(at: reading.now) ?? false
    view.freezeOverrides = try reading.freezeOverrides(change: record.change.id)
    view.drifts = try reading.drifts(touching: record, limit: Gate.shownDrifts)
    return view
  }

  /// Whether a change may be shown otherwise than when it got its revision, with nothing written since that would have given it another: a time has come
  /// or a list grown old and was not looked at yet, an attempt is under way, or the configuration is another one.
  package func mayHaveMoved(_ view: ChangeView, in reading: Reading) throws -> Bool {
    let change = view.change
    if let inForceSince, change.updatedAt < inForceSince { return true }
    if view.callbacks.contains(where: { $0.settledAt == nil }) { return true }
    // Of a drift that touches very many, not each is written to.
    if view.drifts.contains(where: { max($0.beganAt, $0.endedAt ?? $0.beganAt) > change.updatedAt }) { return true }
    if let review = change.review, review.isOverdue(at: reading.now), !review.isOverdue(at: change.updatedAt) { return true }
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

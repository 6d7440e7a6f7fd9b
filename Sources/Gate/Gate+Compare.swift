package import ChangeControl
package import Storage

/// A waiting change of which a new configuration says something else than the one before.
package struct ChangedVerdict: Sendable {
  /// What one of the two says; no verdict where the configuration has lost the change's policy or workflow.
  package struct Side: Sendable, Hashable {
    package var gate: GateState
    package var verdict: Evaluation.Verdict?
    package var policy: String
    /// Why it is not the policy that the configuration names; nil where it is.
    package var kept: String?
  }

  package var key: String
  package var before: Side
  package var after: Side
  /// What makes it so, in words.
  package var because: String

  /// Whether the gate is another, and not only what the policy says on the way.
  package var turns: Bool { before.gate != after.gate }

  /// Whether what the policy says is another, and not only which policy says it.
  package var differs: Bool { turns || before.verdict != after.verdict }
}

/// What came of comparing some of the waiting changes.
package struct Comparison: Sendable {
  package var lookedAt: Int
  package var changed: [ChangedVerdict]
  /// Where to go on; nil at the end.
  package var cursor: Int64?
}

extension Gate {
  /// A fingerprint of each policy, by its name: what audit entries of decisions have as `policy_digest`.
  package var policyDigests: [String: String] { plan.policies.mapValues(digest) }

  /// Holds waiting changes, newest first, below `cursor`, against the rules of another gate that was in force before. Both go by the memberships
  /// that are known, however old: asking GitLab comes later, and concerns both.
  package func compare(with former: Gate, before cursor: Int64?, in reading: Reading) throws -> Comparison {
    var filter = ChangeFilter()
    filter.gate = .awaiting
    let page = try reading.changes(filter, before: cursor, limit: Gate.looksAtOnce)
    let changed = try page.compactMap { record -> ChangedVerdict? in
      let (before, after) = (try former.standing(of: record, in: reading), try standing(of: record, in: reading))
      guard before.side != after.side else { return nil }
      return ChangedVerdict(key: record.change.key, before: before.side, after: after.side, because: after.because)
    }
    return Comparison(lookedAt: page.count, changed: changed, cursor: page.count < Gate.looksAtOnce ? nil : page.last?.change.id)
  }

  private func standing(of record: ChangeRecord, in reading: Reading) throws -> (side: ChangedVerdict.Side, because: String) {
    let record = following(record)
    let change = record.change
    var side = ChangedVerdict.Side(gate: change.gate, policy: change.policy)
    side.kept = rulesInForce(for: record).kept?.words(for: change)
    guard let policy = plan.policies[change.policy] else { return (side, "the configuration has no policy \(change.policy)") }
    guard let workflow = plan.workflows[change.workflow] else { return (side, "the configuration has no workflow \(change.workflow)") }
    var facts = try facts(of: record, policy: policy, approvals: reading.approvals(change: change.id), at: reading.now, in: reading)
    facts.membershipsSince = nil
    let outlook = facts.outlook(of: change, in: workflow)
    let because = outlook.evaluation.obstacle.map { "\($0.rule): \($0.found)" } ?? "all that policy \(policy.name) asks for is met"
    (side.gate, side.verdict) = (outlook.change.gate, outlook.evaluation.verdict)
    return (side, because)
  }
}

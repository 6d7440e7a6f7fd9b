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
  /// What would be let through, on the pages before too: it may end what is older.
  package var letThrough: [ChangeRecord]
  /// Where to go on; nil at the end.
  package var cursor: Int64?
}

extension Gate {
  /// A fingerprint of each policy, by its name: what audit entries of decisions have as `policy_digest`.
  package var policyDigests: [String: String] { plan.policies.mapValues(digest) }

  /// Holds waiting changes, newest first, below `cursor`, against the rules of another gate that was in force before. Both go by the memberships
  /// that are known, however old: asking GitLab comes later, and concerns both.
  ///
  /// - Parameter newer: what was found to be let through on the pages before.
  package func compare(
    with former: Gate, before cursor: Int64?, letThrough newer: [ChangeRecord] = [], in reading: Reading
  ) throws -> Comparison {
    var filter = ChangeFilter()
    filter.gate = .awaiting
    let page = try reading.changes(filter, before: cursor, limit: Gate.looksAtOnce)
    var comparison = Comparison(
      lookedAt: page.count, changed: [], letThrough: newer, cursor: page.count < Gate.looksAtOnce ? nil : page.last?.change.id)
    for record in Gate.newestDeploymentFirst(page) {
      let before = try former.standing(of: record, in: reading)
      let after = try standing(of: record, letThrough: comparison.letThrough, in: reading)
      if after.side.gate == .allowed { comparison.letThrough.append(record) }
      guard before.side != after.side else { continue }
      comparison.changed.append(
        ChangedVerdict(key: record.change.key, before: before.side, after: after.side, because: after.because))
    }
    return comparison
  }

  private func standing(
    of record: ChangeRecord, letThrough newer: [ChangeRecord] = [], in reading: Reading
  ) throws -> (side: ChangedVerdict.Side, because: String) {
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
    guard let newest = try overtaking(record, in: reading) ?? overtaking(record, among: newer) else { return (side, because) }
    side.gate = .prevented
    let environment = record.deployment.environment
    return (side, "superseded: \(ChangeRequest.key(newest)), a newer deployment to \(environment), is let through")
  }

  /// The same as of what was let through already.
  private func overtaking(_ record: ChangeRecord, among newer: [ChangeRecord]) -> Int64? {
    guard plan.policies[record.change.policy]?.supersedesOlder ?? false else { return nil }
    let (older, environment) = (record.deployment.identity, record.deployment.environment)
    return newer.first { other in
      let identity = other.deployment.identity
      return identity.instance == older.instance && identity.project == older.project && other.deployment.environment == environment
        && identity.deployment > older.deployment
    }?.change.id
  }
}

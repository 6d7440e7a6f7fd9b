package import Calendar
package import ChangeControl
package import Storage

/// What is supposed of a change that waits.
package struct Supposition: Sendable {
  /// Who says what, in this order.
  package var decisions: [(user: String, status: ApprovalStatus)] = []
  /// When all of it is said and looked at; nil for now.
  package var at: Instant?
  /// Nil for the type that the change has.
  package var type: ChangeType?

  package init() {}
}

/// What would come of it.
package struct Simulation: Sendable {
  /// When it has come to that: sooner than supposed where it goes by itself before.
  package var at: Instant
  package var outlook: Outlook
  /// What it would wait for then, a step by hand too.
  package var waitingFor: [String]
  /// Who of those supposed to speak would not be let.
  package var refusals: [(user: String, refusal: Refusal)]
  package var policyDigest: String
}

extension Gate {
  private static let timesSupposed = 100

  /// What would come of a waiting change if people said something, at a time. Nothing is written. Memberships are taken as they are known
  /// now: nobody can ask GitLab in the future.
  package func simulate(key: String, _ supposition: Supposition, in reading: Reading) throws -> Simulation {
    var record = try following(record(key, in: reading))
    try checkIsWaiting(record.change, revision: nil)
    guard let policy = plan.policies[record.change.policy] else { throw Refusal.missingPolicy(record.change) }
    guard let workflow = plan.workflows[record.change.workflow] else { throw Refusal.missingWorkflow(record.change) }
    if let type = supposition.type { record.change.type = type }
    let end = supposition.at ?? reading.now
    var at = min(reading.now, end)
    var approvals = try reading.approvals(change: record.change.id)

    func supposed(speaker: String? = nil) throws -> EvaluationFacts {
      var facts = try facts(of: record, policy: policy, approvals: approvals, at: at, speaker: speaker, in: reading)
      facts.membershipsSince = nil
      return facts
    }
    var outlook = try supposed().outlook(of: record.change, in: workflow)
    var turns = 0
    while at < end, outlook.change.gate == .awaiting {
      // Each time that is told brings the next; of a window that comes each minute for years only the first are gone through.
      at = turns < Gate.timesSupposed ? min(outlook.evaluation.changesAt ?? end, end) : end
      turns += 1
      outlook = try supposed().outlook(of: record.change, in: workflow)
    }
    var refusals: [(user: String, refusal: Refusal)] = []
    for decision in supposition.decisions {
      record.change = outlook.change
      let facts = try supposed(speaker: decision.user)
      do throws(Refusal) {
        let said = try approval(decision.user, decision.status, on: record, facts: facts)
        approvals.removeAll { $0.step == said.step && sameUser($0.user, said.user) }
        approvals.append(said)
      } catch {
        refusals.append((decision.user, error))
        continue
      }
      outlook = try supposed().outlook(of: record.change, in: workflow)
    }
    let waitingFor = outlook.change.gate == .awaiting ? missing(outlook.change, by: outlook.evaluation) : []
    return Simulation(at: at, outlook: outlook, waitingFor: waitingFor, refusals: refusals, policyDigest: digest(of: policy))
  }

  /// What somebody would say, if they are let say it.
  private func approval(
    _ user: String, _ status: ApprovalStatus, on record: ChangeRecord, facts: EvaluationFacts
  ) throws(Refusal) -> Approval {
    let change = record.change
    try checkIsWaiting(change, revision: nil)
    guard let step = facts.openStep else { throw .noOpenStep(change) }
    let request = DecisionRequest(
      key: change.key, status: status, comment: "supposed", representedAs: nil, expectedRevision: nil, requestID: "simulate")
    try checkEligible(request, actor: Actor(user: user, role: .approver), record: record, step: step, facts: facts)
    return Approval(user: user, status: status, comment: "supposed", representedAs: nil, createdAt: facts.now, step: step)
  }
}

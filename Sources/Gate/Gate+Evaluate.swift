internal import Calendar
internal import ChangeControl
internal import Cryptography
internal import JSON
internal import Storage

extension Gate {
  /// How long ago memberships may have been read that a gate is turned by.
  static let freshness: Duration = .seconds(30)

  /// Evaluates a change by the policy that is in force now. Nil when the configuration has lost the policy.
  ///
  /// - Parameter instant: the moment that freezes and times are looked at for; nil for now.
  func evaluate(_ record: ChangeRecord, approvals: [Approval], at instant: Instant? = nil, in reading: Reading) throws -> Evaluation? {
    guard let policy = plan.policies[record.change.policy] else { return nil }
    return try facts(of: record, policy: policy, approvals: approvals, at: instant ?? reading.now, in: reading).evaluate()
  }

  /// Everything that a policy looks at, of one view.
  ///
  /// - Parameters:
  ///   - speaker: somebody who is about to speak, besides those who have.
  ///   - shownAt: see `addWhatGitLabTold`; nil for now, whatever the moment that is evaluated for.
  func facts(
    of record: ChangeRecord, policy: Policy, approvals: [Approval], at now: Instant, speaker: String? = nil, shownAt: Instant? = nil,
    in reading: Reading
  ) throws -> EvaluationFacts {
    let change = record.change
    var facts = EvaluationFacts(
      policy: policy, directory: Directory(groups: plan.groups, project: record.deployment.identity.project), subject: subject(of: record),
      steps: steps(of: change, approvals: approvals), approvals: approvals, at: now)
    if policy.preventSelfApproval { facts.subject.requesterNames = try requesterNames(of: record, in: reading) }
    facts.brokenGlass = change.brokenGlass
    facts.saidAfterGlass = try saidAfterGlass(of: change, among: approvals, in: reading)
    if change.gate == .awaiting {
      facts.membershipsSince = now - Gate.freshness
      facts.keptRules = rulesInForce(for: record).kept?.words(for: change)
    }
    // How long people had for their decision says nothing of one that they have taken.
    if change.gate == .allowed {
      facts.policy.expiresAfter = nil
      facts.ruledAt = change.decidedAt ?? now
    }
    if let group = policy.freezeOverride, !policy.freezeWindows.isEmpty {
      facts.freezeOverrides = try reading.freezeOverrides(change: change.id).filter {
        facts.directory.standing(of: $0.user, in: .group(group)) == .belongs && !facts.subject.requesterNames.contains($0.user.lowercased())
      }
    }
    try addWhatGitLabTold(to: &facts, of: record, speaker: speaker, shownAt: shownAt ?? reading.now, in: reading)
    return facts
  }

  /// The rejections that were recorded after the glass was broken. By their places in the audit log: a clock that was ahead then would have them
  /// said before. Nil where no glass is broken, nobody rejects, or the log does not tell.
  private func saidAfterGlass(of change: ChangeRequest, among approvals: [Approval], in reading: Reading) throws -> Set<Approval>? {
    guard let glass = change.brokenGlass else { return nil }
    let rejections = approvals.filter { $0.status == .rejected }
    guard !rejections.isEmpty else { return nil }
    let workflow = workflow(of: change)
    let broken = try recorded(by: glass.user, at: glass.at, change: change.id, in: reading).last { entry in
      if entry.action == AuditAction.glassBroken.rawValue { return true }
      guard let detail = try? JSONValue.parse(entry.detail), let from = detail["from"]?.string, let name = detail["transition"]?.string
      else { return false }
      return workflow.transition(from: from, named: name)?.trigger == .breakGlass
    }
    guard let broken else { return nil }
    return Set(
      try rejections.filter { rejection in
        try recorded(by: rejection.user, at: rejection.createdAt, change: change.id, in: reading).contains {
          $0.action == AuditAction.approvalRecorded.rawValue && $0.seq > broken.seq
        }
      })
  }

  /// What somebody did to a change in one transaction; in several where the clock stood.
  private func recorded(by user: String, at instant: Instant, change: Int64, in reading: Reading) throws -> [AuditEntry] {
    var filter = AuditFilter()
    (filter.change, filter.actor) = (change, user)
    (filter.since, filter.until) = (instant, instant + .milliseconds(1))
    return try reading.auditEntries(filter, after: 0, limit: 1_000)
  }

  /// Whether it was somebody who triggered a change's deployment, under this name or another.
  func isRequester(_ user: String, of record: ChangeRecord, in reading: Reading) throws -> Bool {
    guard let requester = record.deployment.triggerer else { return false }
    return try sameUser(requester.username, user) || requesterNames(of: record, in: reading).contains(user.lowercased())
  }

  private func requesterNames(of record: ChangeRecord, in reading: Reading) throws -> Set<String> {
    guard let id = record.deployment.triggerer?.id else { return [] }
    return try reading.usernames(of: id, instance: record.deployment.identity.instance)
  }

  private func subject(of record: ChangeRecord) -> Subject {
    var subject = Subject(requester: record.deployment.triggerer?.username)
    subject.requesterID = record.deployment.triggerer?.id
    subject.tier = record.deployment.tier
    subject.environment = record.deployment.environment
    subject.project = record.deployment.identity.project
    subject.projectPath = record.deployment.projectPath
    subject.ref = record.deployment.ref
    subject.type = record.change.type
    let details = record.change.details
    subject.risk = details.risk?.rawValue
    subject.plannedStart = details.plannedStart
    subject.plannedEnd = details.plannedEnd
    subject.filledFields = details.filled
    subject.openedAt = record.change.createdAt
    return subject
  }

  /// The steps that were passed, and the one that is open; once decided, the one that the decision fell in.
  private func steps(of change: ChangeRequest, approvals: [Approval]) -> ApprovalSteps {
    let workflow = workflow(of: change)
    if change.gate == .awaiting { return ApprovalSteps(passed: change.stepsPassed, at: change.status, of: workflow) }
    let current: String? =
      switch change.gate {
      case .awaiting, .allowed: change.stepsPassed.isEmpty ? approvals.last?.step ?? workflow.initial.name : nil
      case .prevented, .invalid: lastStep(of: change, approvals: approvals)
      }
    return ApprovalSteps(passed: change.stepsPassed, current: current, isOnly: workflow.reviews.count == 1)
  }

  /// The step in which a change ended that was not let through: a later one may have been open than those that were passed.
  private func lastStep(of change: ChangeRequest, approvals: [Approval]) -> String? {
    guard let last = approvals.last?.step else { return change.stepsPassed.isEmpty ? workflow(of: change).initial.name : nil }
    return change.stepsPassed.contains(last) ? nil : last
  }

  /// A fingerprint of the policy a decision was made by: the policy and the groups it names.
  func digest(of policy: Policy) -> String {
    Digest.sha256Text(policy.json(groups: plan.groups, emails: plan.emails).canonicalBytes)
  }
}

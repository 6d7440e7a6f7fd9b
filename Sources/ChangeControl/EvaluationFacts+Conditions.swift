internal import Calendar

extension EvaluationFacts {
  /// Who may not decide on this change, whatever group they are in. Missing facts keep it waiting.
  func separationOfDuties() -> [Finding] {
    var findings = [selfApproval()]
    if policy.preventAuthorApproval { findings.append(authorApproval()) }
    return findings
  }

  private func selfApproval() -> Finding {
    guard policy.preventSelfApproval else {
      return Finding(rule: "prevent_self_approval", outcome: .satisfied, found: "the policy allows self-approval")
    }
    guard let requester = subject.requester else {
      // Without the triggerer nobody can be shown to be somebody else.
      return Finding(
        rule: "prevent_self_approval", outcome: .waiting, found: "GitLab did not say who triggered the deployment",
        wouldHelp: "to know who triggered the deployment (GitLab did not say); cancel it in GitLab and start it again as a person")
    }
    return Finding(rule: "prevent_self_approval", outcome: .satisfied, found: "\(requester) triggered the deployment")
  }

  private func authorApproval() -> Finding {
    let rule = "prevent_author_approval"
    guard let contributions = subject.contributions else {
      return Finding(
        rule: rule, outcome: .waiting, found: "GitLab has not told who wrote what is deployed",
        wouldHelp: "GitLab to tell who wrote the commits since the last deployment")
    }
    // A yes of somebody who cannot be compared with the authors could be an author's.
    let strangers = approvals.filter { $0.status == .approved && subject.people[$0.user.lowercased()] == nil }.map(\.user)
    guard strangers.isEmpty else {
      return Finding(
        rule: rule, outcome: .waiting, found: "GitLab has not told who \(strangers.joined(separator: ", ")) is",
        wouldHelp: "GitLab to tell who \(strangers.joined(separator: ", ")) is")
    }
    let authors = contributions.identities.map(\.name) + contributions.mergeRequests.map(\.author)
    return Finding(
      rule: rule, outcome: .satisfied,
      found: authors.isEmpty ? "nobody is known to have written a part of it" : "written by \(authors.joined(separator: ", "))")
  }

  /// The fields that the policy wants filled in.
  func fieldFindings() -> [Finding] {
    policy.requiredFields.map { field in
      let name = field.rawValue
      return subject.filledFields.contains(field)
        ? Finding(rule: "field \(name)", outcome: .satisfied, found: "filled in")
        : Finding(rule: "field \(name)", outcome: .waiting, found: "empty", wouldHelp: "an operator to fill in \(name)")
    }
  }

  // MARK: Holds: what only time, or GitLab's word, is missing for

  /// Memberships that a counted approval stands on and that were read too long ago to open a gate by.
  func freshnessFindings(_ parts: [StepFinding]) -> [Finding] {
    staleSources(parts).sorted { $0.text < $1.text }.map { source in
      let readAt = directory.memberships[source]?.readAt.iso8601 ?? "never"
      return Finding(
        rule: source.text, outcome: .waiting, found: "last read at \(readAt)", wouldHelp: "GitLab to tell the \(source.text) once more")
    }
  }

  func staleSources(_ parts: [StepFinding]) -> Set<MembershipSource> {
    guard let since = membershipsSince else { return [] }
    let counted = Set(parts.flatMap(\.seats.values))
    let sources = counted.compactMap { directory.source(of: policy.approvalRules[$0].approver) }
    return Set(sources.filter { directory.memberships[$0].map { $0.readAt < since } ?? true })
  }

  func freezeFindings() -> [Finding] {
    let overriding = distinct(freezeOverrides)
    return policy.freezeWindows.compactMap { window in
      guard let period = window.schedule.period(holding: now) else { return nil }
      let rule = "freeze window \(window.name)"
      if overriding.count >= 2 {
        return Finding(
          rule: rule, outcome: .satisfied,
          found: "holds until \(period.end.iso8601); overridden by \(overriding.joined(separator: " and "))",
          counted: overriding)
      }
      var help = "freeze window \(window.name) to end at \(period.end.iso8601)"
      if let group = policy.freezeOverride {
        help += overriding.isEmpty ? ", or two of group \(group) to override it" : ", or one more of group \(group) to override it"
      }
      return Finding(
        rule: rule, outcome: .waiting, found: "holds until \(period.end.iso8601)", counted: overriding, wouldHelp: help,
        changesAt: period.end)
    }
  }

  private func distinct(_ users: [String]) -> [String] {
    users.reduce(into: []) { known, user in if !known.contains(where: { sameUser($0, user) }) { known.append(user) } }
  }

  /// The window that the change itself was planned for.
  func plannedTimeFindings() -> [Finding] {
    if let end = subject.plannedEnd, now >= end {
      return [
        Finding(
          rule: "planned_end", outcome: .waiting, found: "was at \(end.iso8601)",
          wouldHelp: "an operator to plan it anew: its planned window ended at \(end.iso8601)")
      ]
    }
    guard let start = subject.plannedStart else { return [] }
    guard now < start else { return [Finding(rule: "planned_start", outcome: .satisfied, found: "was at \(start.iso8601)")] }
    return [
      Finding(
        rule: "planned_start", outcome: .waiting, found: "is at \(start.iso8601)", wouldHelp: "its planned start at \(start.iso8601)",
        changesAt: start)
    ]
  }

  /// Whether people have said all that is asked of them, and only the time from which on it counts is still to come.
  var isSaid: Bool {
    guard approvals.contains(where: { approval in approval.effectiveAt.map { now < $0 } ?? false }) else { return false }
    var then = self
    for index in then.approvals.indices { then.approvals[index].effectiveAt = nil }
    then.policy.freezeWindows = []
    (then.subject.plannedStart, then.subject.plannedEnd, then.membershipsSince) = (nil, nil, nil)
    return then.evaluate().verdict == .allowed
  }

  /// How long people still have. What only waits for time does not expire: it was decided.
  func expiryFindings() -> [Finding] {
    guard let limit = policy.expiresAfter else { return [] }
    let end = subject.openedAt + limit
    guard now < end else { return [Finding(rule: "expires_after", outcome: .rejected, found: "expired at \(end.iso8601)")] }
    return [Finding(rule: "expires_after", outcome: .satisfied, found: "expires at \(end.iso8601)", changesAt: end)]
  }
}

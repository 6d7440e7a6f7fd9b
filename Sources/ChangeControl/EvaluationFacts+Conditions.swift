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
        wouldHelp: "GitLab to tell who wrote the commits since the last deployment" + (subject.obstacle.map { ": \($0)" } ?? ""))
    }
    // A yes of somebody who cannot be compared with the authors could be an author's.
    let unheard = unheardPeople.map(\.user)
    guard unheard.isEmpty else {
      let reasons = Set(unheard.compactMap { subject.strangers[$0.lowercased()] }).sorted()
      return Finding(
        rule: rule, outcome: .waiting, found: "GitLab has not told who \(unheard.joined(separator: ", ")) is",
        wouldHelp: (["GitLab to tell who \(unheard.joined(separator: ", ")) is"] + reasons).joined(separator: ": "))
    }
    let unasked = contributions.commitsWithoutMergeRequests
    guard unasked == 0 else {
      // Whoever opened one of those merge requests would look like somebody who had no part in it.
      return Finding(
        rule: rule, outcome: .waiting, found: written(contributions),
        wouldHelp: "to know who opened the merge requests of \(unasked) commits: there are more than GitLab is asked about; deploy it in "
          + "smaller steps, or \(wayPast("prevent_author_approval"))")
    }
    return Finding(rule: rule, outcome: .satisfied, found: written(contributions))
  }

  /// What is left where something that a policy asks for will never be known.
  func wayPast(_ key: String) -> String {
    let way = "an administrator must change \(key) of policy \(policy.name)"
    return policy.breakGlass.map { "group \($0.group) may break the glass, or \(way)" } ?? way
  }

  /// Approvals of people whom GitLab has not been asked about since they spoke.
  var unheardPeople: [Approval] {
    approvals.filter { approval in
      guard approval.status == .approved else { return false }
      guard let readAt = subject.people[approval.user.lowercased()]?.readAt else { return true }
      return readAt < since(approval) || membershipsSince != nil && readAt > now
    }
  }

  /// From when on a reading tells of somebody who has spoken. What was said at a time that is still to come was said before the clock was set right,
  /// nobody knows when: a reading that opens a gate is late enough, or GitLab would be asked without end until that time has come.
  private func since(_ approval: Approval) -> Instant {
    approval.createdAt > now ? membershipsSince ?? Instant(milliseconds: .min) : approval.createdAt
  }

  private func written(_ contributions: Contributions) -> String {
    let names = contributions.identities.map(\.name) + contributions.mergeRequests.map(\.author)
    let authors = names.reduce(into: [String]()) { known, name in if !known.contains(name) { known.append(name) } }
    var found =
      authors.isEmpty ? "nobody is known to have written a part of it" : "written by \(authors.prefix(10).joined(separator: ", "))"
    if authors.count > 10 { found += " and \(authors.count - 10) more" }
    if contributions.commitsWithoutMergeRequests > 0 {
      found += "; the merge requests of \(contributions.commitsWithoutMergeRequests) older commits were not looked up"
    }
    return found
  }

  /// Why somebody's yes to this change cannot count whatever the rules say; nil when it may.
  package func ban(on user: String) -> Finding.LeftOut? {
    if policy.preventSelfApproval, isRequester(user) {
      return Finding.LeftOut(user: user, code: "own_deployment", reason: "triggered this deployment")
    }
    guard policy.preventAuthorApproval, let contributions = subject.contributions else { return nil }
    var person = subject.people[user.lowercased()] ?? KnownPerson(username: user, name: nil, emails: [])
    // The lists of members tell ids too, of people whom nobody has looked up.
    if person.readAt == nil { person.id = directory.ids(of: user).first }
    guard !person.isStranger else {
      return Finding.LeftOut(
        user: user, code: "unknown_to_gitlab",
        reason: "is nobody's username in GitLab, so that nobody can tell what they wrote; once it is, to be taken back and said again")
    }
    return contributions.part(of: person).map { Finding.LeftOut(user: user, code: "author_of_change", reason: $0) }
  }

  /// By name, and by GitLab's id wherever one is known: a username can be changed between asking for a deployment and approving it.
  func isRequester(_ user: String) -> Bool {
    if let requester = subject.requester, sameUser(requester, user) { return true }
    if subject.requesterNames.contains(user.lowercased()) { return true }
    guard let id = subject.requesterID else { return false }
    return subject.people[user.lowercased()]?.id == id || directory.ids(of: user).contains(id)
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

  /// A list that GitLab has not told, or too long ago.
  func unheardFinding(_ source: MembershipSource) -> Finding {
    let readAt = directory.memberships[source]?.readAt
    return Finding(
      rule: source.text, outcome: .waiting, found: readAt.map { "last read at \($0.iso8601)" } ?? "GitLab has not told them yet",
      wouldHelp: directory.wish(for: source, again: readAt != nil))
  }

  /// Whether a list was read late enough to turn a gate by.
  func isFresh(_ source: MembershipSource) -> Bool {
    guard let since = membershipsSince else { return true }
    // One that was read while the clock was ahead was read nobody knows when.
    return directory.memberships[source].map { $0.standsSince >= since && $0.readAt <= now } ?? false
  }

  /// Lists that a counted approval stands on and that were read too long ago to pass a step or open a gate by.
  func staleSources(_ parts: [StepFinding]) -> Set<MembershipSource> {
    let counted = Set(parts.flatMap(\.seats.values))
    let sources = counted.compactMap { directory.source(of: policy.approvalRules[$0].approver) }
    return Set(sources.filter { !isFresh($0) })
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
    // What is waited for is another thing once it has passed, also before everybody has said yes.
    let end = subject.plannedEnd.map {
      Finding(rule: "planned_end", outcome: .satisfied, found: "is at \($0.iso8601)", changesAt: $0)
    }
    guard let start = subject.plannedStart else { return [end].compactMap(\.self) }
    let hasCome = start <= now
    let begin = Finding(
      rule: "planned_start", outcome: hasCome ? .satisfied : .waiting, found: "\(hasCome ? "was" : "is") at \(start.iso8601)",
      wouldHelp: hasCome ? nil : "its planned start at \(start.iso8601)", changesAt: hasCome ? nil : start)
    return [begin] + [end].compactMap(\.self)
  }

  /// Whether people have said all that is asked of them, and only the time from which on it counts is still to come, or GitLab's word that they
  /// still belong where they did: a GitLab that is away, or this gate that was, takes no decision back.
  var isSaid: Bool {
    let isForLater = approvals.contains { approval in approval.effectiveAt.map { now < $0 } ?? false }
    guard isForLater || !directory.outdated.isEmpty else { return false }
    var then = self
    then.directory.memberships.merge(directory.outdated) { recent, _ in recent }
    then.directory.outdated = [:]
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

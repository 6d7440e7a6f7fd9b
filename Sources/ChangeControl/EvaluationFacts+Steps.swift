internal import Calendar

/// What one approval step of the workflow has come to.
struct StepFinding {
  var name: String
  var rules: [Finding]
  /// The rule that each counted approver fills.
  var seats: [String: Int]
  var rejection: Finding?
  /// Lists of GitLab's that somebody's approval or rejection stands or falls with, and that are not known.
  var unknown: Set<MembershipSource>

  var isMet: Bool { !rules.contains(where: \.isOpen) }
}

/// An approval with the rules that it may count for.
private struct Candidate {
  var approval: Approval
  var rules: [Int]
}

extension EvaluationFacts {
  /// The rules that a person may fill, by their places in the policy; where GitLab has to be heard first, what it must be asked.
  package func rules(for user: String, representedAs name: String?) -> (known: [Int], unknown: Set<MembershipSource>) {
    var known: [Int] = []
    var unknown: Set<MembershipSource> = []
    for (index, rule) in policy.approvalRules.enumerated() where name.map(rule.answers) ?? true {
      switch directory.standing(of: user, in: rule.approver) {
      case .belongs: known.append(index)
      case .doesNotBelong: continue
      case .unknown(let source): unknown.insert(source)
      }
    }
    return (known, unknown)
  }

  /// All rules of one approval step, met by distinct people, none of whom counted in a step before.
  func step(_ name: String, without seated: [String]) -> StepFinding {
    let spoken = approvals.filter { $0.step == name }
    var (candidates, leftOut, unknown) = candidates(among: spoken, seated: seated)
    let taken = candidates.isEmpty ? [] : assignment(of: candidates).ruleOfCandidate
    let open = hasStages ? openStage(candidates) : nil
    var seats: [String: Int] = [:]
    for (index, candidate) in candidates.enumerated() { seats[candidate.approval.user] = taken[index] }
    leftOut += candidates.filter { seats[$0.approval.user] == nil }.map(unseated)
    let (rejecting, unheard) = rejections(among: spoken)
    let later = spoken.filter { approval in leftOut.contains { $0.code == "not_yet_effective" && $0.user == approval.user } }
    var findings = policy.approvalRules.indices.map {
      finding(rule: $0, openStage: open, candidates: candidates, seats: seats, seated: seated, later: later)
    }
    // Whose yes is not needed need not be known; a no must not be missed.
    if !findings.contains(where: \.isOpen) { unknown = [] }
    unknown.formUnion(unheard)
    findings += eligibilityFindings(leftOut, unknown: unknown)
    let rejection = rejecting.first.map { Finding(rule: "no rejection", outcome: .rejected, found: "\($0) rejected", counted: rejecting) }
    return StepFinding(name: name, rules: findings, seats: seats, rejection: rejection, unknown: unknown)
  }

  /// Who said no and may, and the lists that must be heard on the others, or heard again: a no is final too.
  private func rejections(among spoken: [Approval]) -> (rejecting: [String], unheard: Set<MembershipSource>) {
    var rejecting: [String] = []
    var unheard: Set<MembershipSource> = []
    for approval in spoken where approval.status == .rejected {
      let rules = rules(for: approval.user, representedAs: approval.representedAs)
      let sources = rules.known.map { directory.source(of: policy.approvalRules[$0].approver) }
      if sources.contains(where: { $0.map(isFresh) ?? true }) {
        rejecting.append(approval.user)
      } else {
        unheard.formUnion(sources.compactMap(\.self) + rules.unknown)
      }
    }
    return (rejecting, unheard)
  }

  /// Of those who said yes, who may count, in the order in which they spoke.
  fileprivate func candidates(
    among spoken: [Approval], seated: [String]
  ) -> (counting: [Candidate], leftOut: [Finding.LeftOut], unknown: Set<MembershipSource>) {
    var candidates: [Candidate] = []
    var leftOut: [Finding.LeftOut] = []
    var unknown: Set<MembershipSource> = []
    for approval in spoken where approval.status == .approved {
      let rules = rules(for: approval.user, representedAs: approval.representedAs)
      if rules.known.isEmpty { unknown.formUnion(rules.unknown) }
      if let reason = self.leftOut(approval, rules: rules, seated: seated) {
        leftOut.append(reason)
      } else if let twin = candidates.first(where: { isSamePerson($0.approval.user, approval.user) }) {
        leftOut.append(
          Finding.LeftOut(user: approval.user, code: "already_counted", reason: "is \(twin.approval.user) under another name"))
      } else {
        candidates.append(Candidate(approval: approval, rules: openRules(rules.known, after: candidates)))
      }
    }
    return (candidates, leftOut, unknown)
  }

  /// By name, and by all names that GitLab has shown for either: one person fills one place.
  func isSamePerson(_ left: String, _ right: String) -> Bool {
    if sameUser(left, right) { return true }
    let (left, right) = (left.lowercased(), right.lowercased())
    return otherNames[left]?.contains(right) ?? false || otherNames[right]?.contains(left) ?? false
  }

  fileprivate func openStage(in step: String) -> Int {
    openStage(candidates(among: approvals.filter { $0.step == step }, seated: []).counting)
  }

  private var hasStages: Bool { policy.approvalRules.contains { $0.stage > 1 } }

  private func assignment(of candidates: [Candidate]) -> SeatAssignment {
    SeatAssignment(seats: policy.approvalRules.map(\.requiredApprovals), eligible: candidates.map(\.rules))
  }

  /// Of the rules somebody may fill those that were open when they spoke: a later stage opens once all before it are met.
  fileprivate func openRules(_ rules: [Int], after candidates: [Candidate]) -> [Int] {
    guard hasStages else { return rules }
    let open = openStage(candidates)
    return rules.filter { policy.approvalRules[$0].stage <= open }
  }

  /// The first stage with a rule that is not met.
  private func openStage(_ candidates: [Candidate]) -> Int {
    let rules = policy.approvalRules
    let taken = assignment(of: candidates).ruleOfCandidate
    let unmet = rules.indices.filter { index in taken.count { $0 == index } < rules[index].requiredApprovals }
    return unmet.map { rules[$0].stage }.min() ?? .max
  }

  /// Why an approval does not count now, or nil when it may.
  private func leftOut(
    _ approval: Approval, rules: (known: [Int], unknown: Set<MembershipSource>), seated: [String]
  ) -> Finding.LeftOut? {
    if let ban = ban(on: approval.user) { return ban }
    if seated.contains(where: { isSamePerson($0, approval.user) }) {
      return Finding.LeftOut(user: approval.user, code: "already_counted", reason: "counts in an earlier step")
    }
    if let effectiveAt = approval.effectiveAt, now < effectiveAt {
      return Finding.LeftOut(user: approval.user, code: "not_yet_effective", reason: "said yes from \(effectiveAt.iso8601) on")
    }
    guard rules.known.isEmpty else { return nil }
    guard let source = rules.unknown.map(\.text).min() else {
      return Finding.LeftOut(user: approval.user, code: "not_eligible", reason: "is named by no approval rule (any more)")
    }
    return Finding.LeftOut(user: approval.user, code: "membership_unknown", reason: "GitLab has not told the \(source) yet")
  }

  /// Why somebody who may count fills no seat.
  private func unseated(_ candidate: Candidate) -> Finding.LeftOut {
    candidate.rules.isEmpty
      ? Finding.LeftOut(
        user: candidate.approval.user, code: "stage_not_open", reason: "said yes before their stage was open; to be said again once it is")
      : Finding.LeftOut(user: candidate.approval.user, code: "not_needed", reason: "enough others fill the rules that they may fill")
  }

  /// Who spoke and does not count. It keeps the gate shut only where GitLab has to be heard, or a yes begins to count later.
  private func eligibilityFindings(_ leftOut: [Finding.LeftOut], unknown: Set<MembershipSource>) -> [Finding] {
    var findings: [Finding] = []
    let later = approvals.compactMap(\.effectiveAt).filter { $0 > now }.min()
    if !leftOut.isEmpty {
      findings.append(
        Finding(rule: "eligibility", outcome: .satisfied, found: "\(leftOut.count) left out", leftOut: leftOut, changesAt: later))
    }
    for source in unknown.sorted(by: { $0.text < $1.text }) {
      findings.append(unheardFinding(source))
    }
    return findings
  }

  private func finding(
    rule index: Int, openStage: Int?, candidates: [Candidate], seats: [String: Int], seated: [String], later: [Approval]
  ) -> Finding {
    let rule = policy.approvalRules[index]
    let counted = candidates.map(\.approval.user).filter { seats[$0] == index }
    let missing = rule.requiredApprovals - counted.count
    let readAt = directory.source(of: rule.approver).flatMap { directory.memberships[$0]?.readAt }
    let name = rule.name
    var found = "\(counted.count) of \(rule.requiredApprovals)"
    if let readAt { found += ", by the members of \(readAt.iso8601)" }
    guard missing > 0 else { return Finding(rule: name, outcome: .satisfied, found: found, counted: counted) }
    if let openStage, rule.stage > openStage { found += ", once stage \(openStage) is met" }
    let coming = coming(to: index, of: later, openStage: openStage).prefix(missing)
    let taken = seats.keys + seated + coming.map(\.user)
    if isDecided {
      return Finding(rule: name, outcome: .waiting, found: found, counted: counted, wouldHelp: helpAfterDecision(name, missing: missing))
    }
    var could = whoCould(rule, taken: taken)
    let isAnybodyLeft = could?.users.isEmpty != true
    var instead: [String] = []
    if !isAnybodyLeft {
      let holders = candidates.compactMap { candidate in
        seats[candidate.approval.user].map { (candidate.approval.user, candidate.approval.representedAs, $0) }
      }
      for other in rulesThatCouldHelp(index, holders: holders).dropFirst().map({ policy.approvalRules[$0] }) {
        guard let people = whoCould(other, taken: taken), !people.users.isEmpty else { continue }
        instead.append(other.name)
        if could?.users.isEmpty != false { could = people }
      }
    }
    var finding = Finding(
      rule: name, outcome: .waiting, found: found, counted: counted,
      wouldHelp: help(name, missing: missing, coming: Array(coming), isAnybodyLeft: isAnybodyLeft, instead: instead))
    if case .user = rule.approver, instead.isEmpty { return finding }
    // Whose stage is not open would be refused.
    if let openStage, rule.stage > openStage { return finding }
    finding.whoCould = could.flatMap { $0.users.isEmpty ? nil : $0 }
    return finding
  }
}

extension EvaluationFacts {
  /// The approval step that a yes or no said now belongs to: the one that is open, or the first that was passed and no longer stands, for else a
  /// change could never go on.
  package var openStep: String? {
    if let current = steps.current { return current }
    var seated: [String] = []
    for name in steps.passed {
      let part = step(name, without: seated)
      if !part.isMet { return name }
      seated += part.seats.keys
    }
    return nil
  }

  /// Whether somebody's yes counts in a step before this one: each asks other people.
  package func hasCounted(_ user: String, before step: String) -> Bool {
    steps.passed.prefix { $0 != step }.contains { name in
      self.step(name, without: []).seats.keys.contains { sameUser($0, user) }
    }
  }

  /// The stage that has to be met before somebody's turn comes; nil when it has, or never will.
  package func stageAhead(of user: String, in step: String) -> Int? {
    let stages = rules(for: user, representedAs: nil).known.map { policy.approvalRules[$0].stage }
    guard let first = stages.min(), first > 1 else { return nil }
    let open = openStage(in: step)
    return first > open ? open : nil
  }

  /// Whether the same said again now would count for more: for a stage that was not open yet when it was said.
  package func saysMore(_ approval: Approval) -> Bool {
    guard approval.status == .approved else { return false }
    let spoken = candidates(among: approvals.filter { $0.step == approval.step }, seated: []).counting
    let others = spoken.filter { !sameUser($0.approval.user, approval.user) }
    let then = spoken.first { sameUser($0.approval.user, approval.user) }?.rules ?? []
    let now = openRules(rules(for: approval.user, representedAs: approval.representedAs).known, after: others)
    return now.contains { !then.contains($0) }
  }
}

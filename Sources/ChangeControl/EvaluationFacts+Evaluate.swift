internal import Calendar

extension EvaluationFacts {
  /// Evaluates the policy: every rule is looked at and told, whatever the others found.
  package func evaluate() -> Evaluation {
    let parts = stepsInOrder()
    let isRejected = automatic("auto_reject", policy.autoReject, for: .rejecting)
    let isApproved = automatic("auto_approve", policy.autoApprove, for: .approving)
    let conditions = conditions(parts, rejected: isRejected, approved: isApproved)
    let areConditionsMet = !conditions.contains(where: \.isOpen) && !parts.isEmpty
    let passing = steps.current != nil && isApproved?.rule == nil ? parts.last.flatMap(passing) : nil
    let times = freezeFindings() + plannedTimeFindings()
    // While time holds the gate nobody need be asked: what is heard now would be too old when it opens.
    let mayOpen = areConditionsMet && !times.contains(where: \.isOpen)
    // A status that still awaits is no less of a step than a gate: who has left since the list was read does not review.
    let stale = staleSources(mayOpen ? parts : steps.leadsOn ? [passing].compactMap(\.self) : [])
    let freshness = stale.sorted { $0.text < $1.text }.map(unheardFinding)
    let holds = freshness + times
    let isGlassBroken = brokenGlass.map { !isStopped(since: $0, parts) } ?? false
    // Who broke the glass took the decision.
    let expiry = areConditionsMet || isGlassBroken || isSaid ? [] : expiryFindings()
    let rejection =
      isRejected?.rule == nil
      ? openPart(of: parts)?.rejection
      : Finding(rule: "no rejection", outcome: .rejected, found: "the policy rejects it (auto_reject)")

    var children = keptRules.map { [Finding(rule: "policy in force", outcome: .satisfied, found: $0)] } ?? []
    children += conditions + holds + expiry
    let verdict: Evaluation.Verdict
    if let brokenGlass, isGlassBroken {
      children = [finding(brokenGlass)] + children.map { $0.closed(as: .notNeeded) }
      verdict = .allowed
    } else if let rejection {
      // A rejection is final: whatever a rule still lacks, nothing would help.
      children = children.map { $0.closed() } + [rejection]
      verdict = .rejected
    } else if expiry.contains(where: { $0.outcome == .rejected }) {
      children = children.map { $0.closed() }
      verdict = .expired
    } else {
      verdict = areConditionsMet && !holds.contains(where: \.isOpen) ? .allowed : .waiting
    }
    var evaluation = Evaluation(
      verdict: verdict, root: root(children, verdict: verdict, parts: parts), seats: seats(parts), waitingFor: [],
      passesStep: steps.current != nil && (isApproved?.rule != nil || passing.map { staleSources([$0]).isEmpty } ?? false),
      questions: questions(parts, stale: stale))
    for part in parts { evaluation.seatedIn.merge(part.seats.mapValues { _ in part.name }) { first, _ in first } }
    evaluation.required = required(parts)
    if verdict == .waiting { evaluation.tellWhatIsMissing(at: now) }
    return evaluation
  }

  /// The approval steps, each without the people who counted in those before.
  private func stepsInOrder() -> [StepFinding] {
    var seated: [String] = []
    return steps.all.map { name in
      let part = step(name, without: seated)
      seated += part.seats.keys
      return part
    }
  }

  /// The open step, if people have said all that it asks of them.
  private func passing(_ part: StepFinding) -> StepFinding? {
    part.isMet && !separationOfDuties().contains(where: \.isOpen) ? part : nil
  }

  /// What has to be so, apart from time. What the policy approves by itself needs no people.
  private func conditions(_ parts: [StepFinding], rejected: Automatic?, approved: Automatic?) -> [Finding] {
    var findings: [Finding] = []
    if let rejected { findings.append(rejected.finding) }
    if let approved { findings.append(approved.finding) }
    let people = separationOfDuties() + stepFindings(parts, isAutomatic: approved?.rule != nil)
    findings += approved?.rule == nil ? people : people.map { $0.closed(as: .notNeeded) }
    return findings + unsureRejection() + fieldFindings()
  }

  /// Nobody counts in two steps, so that one table has them all.
  private func seats(_ parts: [StepFinding]) -> [String: Int] {
    guard parts.count > 1 else { return parts.first?.seats ?? [:] }
    return parts.reduce(into: [:]) { $0.merge($1.seats) { first, _ in first } }
  }

  /// The step in which a no is final: the one that is open, or the first that was passed and no longer stands (`openStep`).
  private func openPart(of parts: [StepFinding]) -> StepFinding? {
    steps.current == nil ? parts.first { !$0.isMet } : parts.last
  }

  /// Whoever lets a change be reviewed after all, its glass broken long ago, is bound by what the review says.
  private func isStopped(since glass: BrokenGlass, _ parts: [StepFinding]) -> Bool {
    guard let part = openPart(of: parts), part.rejection != nil else { return false }
    return approvals.contains { approval in
      guard approval.status == .rejected, approval.step == part.name else { return false }
      return saidAfterGlass?.contains(approval) ?? (glass.at < approval.createdAt)
    }
  }

  private func root(_ children: [Finding], verdict: Evaluation.Verdict, parts: [StepFinding]) -> Finding {
    let given = parts.reduce(0) { $0 + $1.seats.count }
    let outcome: Finding.Outcome =
      switch verdict {
      case .allowed: .satisfied
      case .waiting: .waiting
      case .rejected, .expired: .rejected
      }
    return Finding(
      rule: "policy \(policy.name)", outcome: outcome, found: "\(given) of \(required(parts)) approvals", children: children)
  }

  private func required(_ parts: [StepFinding]) -> Int {
    policy.approvalRules.reduce(0) { $0 + $1.requiredApprovals } * max(parts.count, 1)
  }

  /// A workflow with one approval step shows its rules; one with more shows the steps, and in each its rules.
  private func stepFindings(_ parts: [StepFinding], isAutomatic: Bool) -> [Finding] {
    guard parts.count > 1 || steps.passed.count > 0 && !steps.isOnly else { return parts.flatMap(\.rules) }
    let unmet = isAutomatic ? "passed by the policy itself" : "passed, and no longer stands"
    return parts.map { part in
      Finding(
        rule: "approval step \(part.name)", outcome: part.isMet ? .satisfied : .waiting,
        found: part.name == steps.current ? "open" : part.isMet ? "passed" : unmet, children: part.rules)
    }
  }

  private func questions(_ parts: [StepFinding], stale: Set<MembershipSource>) -> Evaluation.Questions {
    guard brokenGlass == nil else { return Evaluation.Questions() }
    var questions = Evaluation.Questions()
    for part in parts { questions.memberships.formUnion(part.unknown) }
    questions.memberships.formUnion(stale)
    questions.contributions = policy.looksAtContributions && subject.contributions == nil
    questions.comparison = mayStillTellFiles
    if policy.preventAuthorApproval {
      questions.people = Set(unheardPeople.map { $0.user.lowercased() })
    }
    return questions
  }

  private func finding(_ glass: BrokenGlass) -> Finding {
    Finding(rule: "break_glass", outcome: .satisfied, found: "\(glass.user) broke the glass: \(glass.reason)", counted: [glass.user])
  }
}

extension Evaluation {
  /// Gathers from the tree what is missing, and when it may come by itself.
  fileprivate mutating func tellWhatIsMissing(at now: Instant) {
    var (wishes, people, next) = ([String](), [String: SomePeople](), Instant?.none)
    root.walk { finding in
      if finding.isOpen, let wish = finding.wouldHelp {
        wishes.append(wish)
        if let could = finding.whoCould { people[wish] = could }
      }
      if let instant = finding.changesAt, instant > now { next = next.map { min($0, instant) } ?? instant }
    }
    (waitingFor, whoCould, changesAt) = (wishes, people, next)
  }
}

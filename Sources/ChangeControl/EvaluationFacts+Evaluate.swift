extension EvaluationFacts {
  /// Evaluates the policy: every rule is looked at and told, whatever the others found.
  package func evaluate() -> Evaluation {
    var seated: [String] = []
    let parts = steps.all.map { name -> StepFinding in
      let part = step(name, without: seated)
      seated += part.seats.keys
      return part
    }
    let separation = separationOfDuties()
    let approved = automatic("auto_approve", policy.autoApprove)
    let rejected = automatic("auto_reject", policy.autoReject)
    let isApproved = approved?.rule != nil
    var people = separation + stepFindings(parts)
    if isApproved { people = people.map { $0.closed(as: .notNeeded) } }
    let conditions = [rejected, approved].compactMap { $0?.finding } + people + unsureRejection() + fieldFindings()
    let rejection =
      rejected?.rule == nil
      ? openPart(parts)?.rejection
      : Finding(rule: "no rejection", outcome: .rejected, found: "the policy rejects it (auto_reject)")
    let areConditionsMet = !conditions.contains(where: \.isOpen) && !parts.isEmpty
    let freshness = areConditionsMet ? freshnessFindings(parts) : []
    let holds = freshness + freezeFindings() + plannedTimeFindings()
    let expiry = areConditionsMet ? [] : expiryFindings()

    var children = conditions + holds + expiry
    let verdict: Evaluation.Verdict
    if let brokenGlass {
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
    let isWaiting = verdict == .waiting
    let seats = parts.reduce(into: [String: Int]()) { $0.merge($1.seats) { first, _ in first } }
    return Evaluation(
      verdict: verdict, root: root(children, verdict: verdict, parts: parts), seats: seats,
      waitingFor: isWaiting ? children.flatMap(\.flattened).filter(\.isOpen).compactMap(\.wouldHelp) : [],
      passesStep: steps.current != nil && (isApproved || parts.last?.isMet ?? false && !separation.contains(where: \.isOpen)),
      changesAt: isWaiting ? children.flatMap(\.flattened).compactMap(\.changesAt).filter { $0 > now }.min() : nil,
      questions: questions(parts, freshness: freshness))
  }

  /// The step that a yes or no said now belongs to: see `openStep`.
  private func openPart(_ parts: [StepFinding]) -> StepFinding? { steps.current == nil ? parts.first { !$0.isMet } : parts.last }

  private func root(_ children: [Finding], verdict: Evaluation.Verdict, parts: [StepFinding]) -> Finding {
    let required = policy.approvalRules.map(\.requiredApprovals).reduce(0, +) * max(parts.count, 1)
    let outcome: Finding.Outcome =
      switch verdict {
      case .allowed: .satisfied
      case .waiting: .waiting
      case .rejected, .expired: .rejected
      }
    return Finding(
      rule: "policy \(policy.name)", outcome: outcome, found: "\(parts.map(\.seats.count).reduce(0, +)) of \(required) approvals",
      children: children)
  }

  /// A workflow with one approval step shows its rules; one with more shows the steps, and in each its rules.
  private func stepFindings(_ parts: [StepFinding]) -> [Finding] {
    guard parts.count > 1 || steps.passed.count > 0 else { return parts.flatMap(\.rules) }
    return parts.map { part in
      Finding(
        rule: "approval step \(part.name)", outcome: part.isMet ? .satisfied : .waiting,
        found: part.name == steps.current ? "open" : part.isMet ? "passed" : "passed, and no longer stands", children: part.rules)
    }
  }

  private func questions(_ parts: [StepFinding], freshness: [Finding]) -> Evaluation.Questions {
    guard brokenGlass == nil else { return Evaluation.Questions() }
    var questions = Evaluation.Questions()
    for part in parts { questions.memberships.formUnion(part.unknown) }
    if !freshness.isEmpty { questions.memberships.formUnion(staleSources(parts)) }
    questions.contributions =
      subject.contributions == nil && (policy.autoApprove + policy.autoReject).contains(where: \.needsContributions)
    if policy.preventAuthorApproval {
      questions.contributions = subject.contributions == nil
      for approval in approvals where approval.status == .approved && subject.people[approval.user.lowercased()] == nil {
        questions.people.insert(approval.user)
      }
    }
    return questions
  }

  private func finding(_ glass: BrokenGlass) -> Finding {
    Finding(rule: "break_glass", outcome: .satisfied, found: "\(glass.user) broke the glass: \(glass.reason)", counted: [glass.user])
  }
}

extension EvaluationFacts {
  func freezeFindings() -> [Finding] { policy.windows(holding: now).map(finding) }

  /// One alone overrides nothing: it takes two.
  private func finding(_ window: HeldWindow) -> Finding {
    let end = window.period.end
    let overrides = freezeOverrides.filter { $0.covers(window) }.reduce(into: [FreezeOverride]()) { known, override in
      if !known.contains(where: { isSamePerson($0.user, override.user) }) { known.append(override) }
    }
    let people = overrides.map(\.user)
    let words = overrides.map { "\($0.user) (\($0.reason))" }.joined(separator: " and ")
    var finding = Finding(
      rule: "freeze window \(window.name)", outcome: .satisfied, found: "holds until \(end.iso8601)", counted: people)
    if people.count >= 2 {
      finding.found += "; overridden by \(words)"
      return finding
    }
    finding.outcome = .waiting
    finding.changesAt = end
    var help = "freeze window \(window.name) to end at \(end.iso8601)"
    if let group = policy.freezeOverride {
      if !people.isEmpty { finding.found += "; \(words) asks to override it" }
      help += ", or \(people.isEmpty ? "two" : "one more") of group \(group) to override it"
      finding.whoCould = whoCouldOverride(group, besides: people)
    }
    finding.wouldHelp = help
    return finding
  }
}

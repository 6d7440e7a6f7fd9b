package import Calendar

/// A person's wish to have a change let through the freezes of its policy.
package struct FreezeOverride: Sendable, Hashable {
  package var user: String
  package var reason: String
  package var createdAt: Instant

  package init(user: String, reason: String, createdAt: Instant) {
    self.user = user
    self.reason = reason
    self.createdAt = createdAt
  }
}

extension EvaluationFacts {
  func freezeFindings() -> [Finding] {
    let overrides = freezeOverrides.reduce(into: [FreezeOverride]()) { known, override in
      if !known.contains(where: { sameUser($0.user, override.user) }) { known.append(override) }
    }
    return policy.freezeWindows.compactMap { window in
      window.schedule.end(holding: now).map { finding(window, until: $0, overrides) }
    }
  }

  /// One alone overrides nothing: it takes two.
  private func finding(_ window: FreezeWindow, until end: Instant, _ overrides: [FreezeOverride]) -> Finding {
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

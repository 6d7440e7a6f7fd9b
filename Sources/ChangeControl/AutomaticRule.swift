package import Calendar

/// A line of `auto_approve` or `auto_reject`: all that it names must be so. What it does not name may be anything.
package struct AutomaticRule: Sendable, Hashable {
  /// Whether a change is what the rule is about.
  package enum Match: Sendable, Hashable {
    case matches
    /// Why not, in words: `tier is production`.
    case differs(String)
    /// What has to be known first.
    case unknown(String)
  }

  package var tiers: [String] = []
  package var environments: [Pattern] = []
  package var projects: [ProjectPattern] = []
  package var refs: [Pattern] = []
  package var changeTypes: [ChangeType] = []
  package var risks: [String] = []
  /// GitLab usernames.
  package var requesters: [String] = []
  /// A group of the configuration that the requester belongs to.
  package var requesterGroup: String?
  /// Every file that differs matches one of these.
  package var onlyFiles: [Pattern] = []
  /// At least one file that differs matches one of these.
  package var anyFiles: [Pattern] = []
  /// What a rule of `auto_approve` lets through has them all on each merge request; a rule of `auto_reject` stops what has them all on any.
  package var labels: [String] = []
  /// When the rule is in force.
  package var hours: WindowSchedule?

  package init() {}

  /// What a rule does to the changes that it is about.
  enum Use { case approving, rejecting }

  /// What GitLab tells once it is asked.
  static let deployed = "what is deployed"
  static let files = "which files differ"
  static let labels = "which labels all of its merge requests have"
  /// What people tell.
  static let risk = "risk"

  /// Whether only GitLab can tell if the rule matches.
  package var needsContributions: Bool { !onlyFiles.isEmpty || !anyFiles.isEmpty || !labels.isEmpty }
}

extension AutomaticRule {
  /// The first thing that differs is what is told: where one does, nobody needs to know the rest.
  ///
  /// - Parameter instant: the moment that the rule's hours are looked at for.
  func match(_ subject: Subject, for use: Use, in directory: Directory, at instant: Instant) -> Match {
    if let hours, !hours.holds(at: instant) { return .differs("it is not in force at this time") }
    var unknown: Match?
    for match in comparisons(subject, use, directory) {
      switch match {
      case .matches: continue
      case .differs: return match
      case .unknown: unknown = unknown ?? match
      }
    }
    return unknown ?? .matches
  }

  private func comparisons(_ subject: Subject, _ use: Use, _ directory: Directory) -> [Match] {
    var comparisons = [
      compare("tier", subject.tier, tiers.isEmpty ? nil : { tiers.contains($0) }),
      compare("environment", subject.environment, matcher(environments)),
      compare("ref", subject.ref, matcher(refs)),
      compare("change type", subject.type.rawValue, changeTypes.isEmpty ? nil : { changeTypes.map(\.rawValue).contains($0) }),
      compare(AutomaticRule.risk, subject.risk, risks.isEmpty ? nil : { risks.contains($0) }),
      compare("requester", subject.requester, requesters.isEmpty ? nil : { user in requesters.contains { sameUser($0, user) } }),
    ]
    if !projects.isEmpty {
      let isCovered = projects.contains { $0.matches(project: subject.project, path: subject.projectPath) }
      comparisons.append(isCovered ? .matches : .differs("project is \(subject.projectPath ?? String(subject.project))"))
    }
    if let group = requesterGroup { comparisons.append(compare(subject.requester, with: group, in: directory)) }
    if needsContributions { comparisons.append(compare(subject.contributions, for: use)) }
    return comparisons
  }

  /// - Parameter isRight: nil where the rule does not ask.
  private func compare(_ name: String, _ value: String?, _ isRight: ((String) -> Bool)?) -> Match {
    guard let isRight else { return .matches }
    guard let value else { return .unknown(name) }
    return isRight(value) ? .matches : .differs("\(name) is \(value)")
  }

  private func matcher(_ patterns: [Pattern]) -> ((String) -> Bool)? {
    patterns.isEmpty ? nil : { text in patterns.contains { $0.matches(text) } }
  }

  private func compare(_ requester: String?, with group: String, in directory: Directory) -> Match {
    guard let requester else { return .unknown("requester") }
    switch directory.standing(of: requester, in: .group(group)) {
    case .belongs: return .matches
    case .doesNotBelong: return .differs("\(requester) is not in group \(group)")
    case .unknown(let source): return .unknown(source.text)
    }
  }

  private func compare(_ contributions: Contributions?, for use: Use) -> Match {
    guard let contributions else { return .unknown(AutomaticRule.deployed) }
    let labeled = labels.isEmpty ? .matches : compareLabels(contributions, for: use)
    guard labeled == .matches else { return labeled }
    guard !onlyFiles.isEmpty || !anyFiles.isEmpty else { return .matches }
    guard let files = contributions.files else { return .unknown(AutomaticRule.files) }
    let only = matcher(onlyFiles) ?? { _ in true }
    if let other = files.first(where: { !only($0) }) { return .differs("\(other) differs too") }
    if let isAny = matcher(anyFiles), !files.contains(where: isAny) { return .differs("none of the files differs") }
    return .matches
  }

  /// Nobody has looked at what a merge request without the label brings, whatever another has: it lets nothing through. To be stopped, one is enough.
  private func compareLabels(_ contributions: Contributions, for use: Use) -> Match {
    let requests = contributions.mergeRequests
    let areAllKnown = contributions.commitsWithoutMergeRequests == 0
    let missing = requests.map { request in labels.first { !request.labels.contains($0) } }
    let labeled = missing.count { $0 == nil }
    switch use {
    case .rejecting where labeled > 0: return .matches
    case .approving where labeled > 0:
      for case (let request, let label?) in zip(requests, missing) {
        return .differs("merge request !\(request.iid) lacks the label \(label)")
      }
      return areAllKnown ? .matches : .unknown(AutomaticRule.labels)
    case .approving, .rejecting:
      guard areAllKnown else { return .unknown(AutomaticRule.labels) }
      let words = labels.count == 1 ? "the label" : "all of the labels"
      return .differs("no merge request has \(words) \(labels.joined(separator: ", "))")
    }
  }
}

extension EvaluationFacts {
  /// What `auto_approve` or `auto_reject` came to.
  struct Automatic {
    /// The place of the first rule that matches, from 0.
    var rule: Int?
    var finding: Finding
  }

  /// Nil where the policy has no such rules.
  func automatic(_ name: String, _ rules: [AutomaticRule], for use: AutomaticRule.Use) -> Automatic? {
    guard !rules.isEmpty else { return nil }
    let matches = rules.map { $0.match(subject, for: use, in: directory, at: ruledAt) }
    if let index = matches.firstIndex(of: .matches) {
      return Automatic(
        rule: index,
        finding: Finding(rule: name, outcome: .satisfied, found: "rule \(index + 1) matches", changesAt: end(of: rules, matches)))
    }
    let reasons = matches.enumerated().map { index, match in
      switch match {
      case .matches: "rule \(index + 1) matches"
      case .differs(let why): "rule \(index + 1): \(why)"
      case .unknown(let what): "rule \(index + 1): \(what) is not known yet"
      }
    }
    let begins = rules.compactMap { $0.hours?.next(after: ruledAt)?.start }
    let changesAt = (begins + [end(of: rules, matches)].compactMap(\.self)).min()
    return Automatic(
      rule: nil, finding: Finding(rule: name, outcome: .notNeeded, found: reasons.joined(separator: "; "), changesAt: changesAt))
  }

  /// When the first of the rules that match, or may, is in force no more.
  private func end(of rules: [AutomaticRule], _ matches: [AutomaticRule.Match]) -> Instant? {
    // What was decided in them stands when they are over.
    guard ruledAt == now else { return nil }
    return zip(rules, matches).compactMap { rule, match in
      if case .differs = match { nil } else { rule.hours?.end(holding: ruledAt) }
    }.min()
  }

  /// What has to be known before it is sure that no `auto_reject` rule matches. An approval can do without the comfort of an automatic one; a
  /// rejection must not be missed.
  func unsureRejection() -> [Finding] {
    let matches = policy.autoReject.map { $0.match(subject, for: .rejecting, in: directory, at: ruledAt) }
    let unknown = matches.compactMap { match in if case .unknown(let what) = match { what } else { nil } }
    return Set(unknown).sorted().map { what in
      let why = whyUnknown(what)
      return Finding(
        rule: "auto_reject", outcome: .waiting, found: "\(what) is not known" + (why.map { ": \($0.reason)" } ?? " yet"),
        wouldHelp: (["to know \(what) (auto_reject asks for it)"] + (why.map { ["\($0.reason); \($0.help)"] } ?? obstacle(to: what)))
          .joined(separator: ": "), changesAt: end(of: policy.autoReject, matches.map { $0 == .unknown(what) ? $0 : .differs("") }))
    }
  }

  /// Whether GitLab, asked again, may tell the files that a rule asks for: it refused to compare, or failed.
  var mayStillTellFiles: Bool {
    guard subject.contributions?.filesObstacle != nil else { return false }
    return [(AutomaticRule.Use.rejecting, policy.autoReject), (.approving, policy.autoApprove)].contains { use, rules in
      rules.contains { $0.match(subject, for: use, in: directory, at: ruledAt) == .unknown(AutomaticRule.files) }
    }
  }

  private func obstacle(to what: String) -> [String] {
    switch what {
    case AutomaticRule.deployed: [subject.obstacle].compactMap(\.self)
    case AutomaticRule.files: [subject.contributions?.filesObstacle].compactMap(\.self)
    case AutomaticRule.risk: ["an operator can fill it in"]
    default: []
    }
  }

  /// Why something will never be known, and what people can do about it.
  private func whyUnknown(_ what: String) -> (reason: String, help: String)? {
    guard let contributions = subject.contributions else { return nil }
    switch what {
    case AutomaticRule.files where contributions.filesObstacle == nil:
      let isFirst = contributions.base == nil
      return (
        isFirst ? "nothing was deployed there before that they could differ from" : "GitLab's comparison is cut, or it gave none",
        wayPast("auto_reject")
      )
    case AutomaticRule.labels: return ("there are more than GitLab is asked about", wayPast("auto_reject"))
    default: return nil
    }
  }
}

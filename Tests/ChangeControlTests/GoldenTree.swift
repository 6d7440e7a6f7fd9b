import Calendar
import ChangeControl

/// A why-tree as text: a line for each finding, with all that it says.
func rendered(_ evaluation: Evaluation) -> String {
  var lines: [String] = []
  func append(_ finding: Finding, depth: Int) {
    var line = String(repeating: "  ", count: depth) + "\(finding.outcome.rawValue) \(finding.rule): \(finding.found)"
    if !finding.counted.isEmpty { line += " | counted \(finding.counted.joined(separator: ", "))" }
    for person in finding.leftOut { line += " | left out \(person.user) (\(person.code)): \(person.reason)" }
    if let help = finding.wouldHelp { line += " | helps: \(help)" }
    if let could = finding.whoCould { line += " | could \(could.text)" }
    if let changesAt = finding.changesAt { line += " | changes at \(changesAt.iso8601)" }
    lines.append(line)
    for child in finding.children { append(child, depth: depth + 1) }
  }
  lines.append("\(evaluation.verdict.rawValue)\(evaluation.changesAt.map { " until \($0.iso8601)" } ?? "")")
  append(evaluation.root, depth: 0)
  return lines.joined(separator: "\n")
}

/// A situation, by what differs from the usual one: two managers must agree, on 2026-01-07 at noon, to what dana asks for.
struct Situation {
  static let noon = Instant(milliseconds: 1_767_787_200_000)
  static let security = GitLabGroup(path: "acme/security")

  var facts: EvaluationFacts

  init(_ edit: (inout Situation) -> Void) {
    let rules = [ApprovalRule(approver: .group("managers"), requiredApprovals: 2)]
    let groups: [String: Group] = ["managers": .listed(["alice", "bob", "carol"]), "board": .listed(["bob", "erin"])]
    var subject = Subject(requester: "dana")
    subject.environment = "production"
    subject.tier = "production"
    subject.openedAt = Situation.noon
    facts = EvaluationFacts(
      policy: Policy(name: "p", approvalRules: rules), directory: Directory(groups: groups, project: 30), subject: subject,
      steps: ApprovalSteps(current: "Review"), approvals: [], at: Situation.noon)
    edit(&self)
  }

  var rules: [ApprovalRule] {
    get { facts.policy.approvalRules }
    set { facts.policy.approvalRules = newValue }
  }

  mutating func say(_ users: String..., no status: ApprovalStatus = .approved, in step: String = "Review", from effectiveAt: Instant? = nil)
  {
    for user in users {
      facts.approvals.append(
        Approval(
          user: user, status: status, comment: nil, representedAs: nil, createdAt: Situation.noon, step: step, effectiveAt: effectiveAt))
      facts.subject.people[user] = KnownPerson(
        username: user, id: Int64(facts.approvals.count), name: nil, emails: [], readAt: Situation.noon)
    }
  }

  mutating func override(_ users: String...) {
    facts.freezeOverrides += users.map { FreezeOverride(user: $0, reason: "\($0)'s reason", askedAt: Situation.noon) }
  }

  mutating func freeze() {
    guard let period = Period(start: Situation.noon - .seconds(60), end: Situation.noon + .seconds(3_600)) else { return }
    facts.policy.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))]
  }
}

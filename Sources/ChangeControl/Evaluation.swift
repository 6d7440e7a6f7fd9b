package import Calendar

/// Whether the gate may open, and why: a tree that REST, command line, log and audit print alike. Never a bare yes or no.
package struct Evaluation: Sendable, Hashable {
  package enum Verdict: String, Sendable, Hashable {
    case allowed, waiting, rejected
    /// The time for a decision is over, and people have not come to one.
    case expired
  }

  /// What the policy says of letting the deployment through now.
  package var verdict: Verdict
  package var root: Finding
  /// Which rule (its place in the policy) each approver's yes fills. Who fills none is not in it.
  package var seats: [String: Int]
  /// The approval step in which each of them counts: somebody may have spoken in several.
  package var seatedIn: [String: String] = [:]
  /// How many approvals the policy asks for, of all steps that the change has come to.
  package var required = 0
  /// One sentence for each thing that is missing. Empty when the verdict is not `waiting`.
  package var waitingFor: [String]
  /// Of those sentences, the ones that people can do something about: who.
  package var whoCould: [String: SomePeople] = [:]
  /// Whether the approval step that is open now is passed: what moves the change on to a status that still awaits, in spite of freezes.
  package var passesStep: Bool
  /// The next moment at which the verdict may be another with nothing said and done; nil when there is none.
  package var changesAt: Instant?
  /// What GitLab must be asked before the gate can open.
  package var questions: Questions

  /// Which rule this very approval fills, if any.
  package func seat(of approval: Approval) -> Int? {
    approval.status == .approved && seatedIn[approval.user] == approval.step ? seats[approval.user] : nil
  }

  /// What stopped the change, or else the first thing that keeps its gate shut; nil when it is open.
  package var obstacle: Finding? {
    guard verdict != .allowed else { return nil }
    var (stopped, open) = (Finding?.none, Finding?.none)
    root.walk { finding in
      guard finding.children.isEmpty else { return }
      if stopped == nil, finding.outcome == .rejected { stopped = copy finding }
      if open == nil, finding.isOpen { open = copy finding }
    }
    return stopped ?? open
  }

  /// When time alone will end something that keeps the gate shut; nil where nothing does that time ends.
  package var opensAt: Instant? {
    var first = Instant?.none
    root.walk { finding in
      guard finding.isOpen, let instant = finding.changesAt else { return }
      first = first.map { min($0, instant) } ?? instant
    }
    return first
  }

  /// Of a change that is over: the tree says first what ended it, and nothing would help any more. The verdict stays what the policy said then.
  package mutating func end(_ gate: GateState, because words: String) {
    let outcome: Finding.Outcome = gate == .allowed ? .satisfied : .rejected
    root.children = [Finding(rule: "ended", outcome: outcome, found: words)] + root.children.map { $0.closed(as: .notNeeded) }
    root.outcome = outcome
    (waitingFor, whoCould, changesAt, questions) = ([], [:], nil, Questions())
  }

  /// Of a change that was let through while GitLab has not been told: the tree says first what stands, and then what holds it.
  package mutating func hold(sinceDecidedAt instant: Instant?) {
    let since = instant.map { " at \($0.iso8601)" } ?? ""
    let words = "let through\(since); GitLab is told of it once nothing here holds it any more"
    root.children = [Finding(rule: "decided", outcome: .satisfied, found: words)] + root.children
  }

  /// Facts that are missing, or too old to turn a gate by.
  package struct Questions: Sendable, Hashable {
    package var memberships: Set<MembershipSource> = []
    /// Usernames, in lower case, that nothing is known of which a commit could be compared with.
    package var people: Set<String> = []
    package var contributions = false
    /// They are known but for the files, which GitLab refused to compare: to be asked for again, and not at once.
    package var comparison = false

    package init() {}

    package var isEmpty: Bool { memberships.isEmpty && people.isEmpty && !contributions && !comparison }
  }
}

/// One rule, what it found, who counted, who was left out and why, and what would help.
package struct Finding: Sendable, Hashable {
  package enum Outcome: String, Sendable, Hashable {
    case satisfied, waiting, rejected
    /// Something else has decided already: an automatic approval, a broken glass.
    case notNeeded = "not_needed"
  }

  package struct LeftOut: Sendable, Hashable {
    package var user: String
    package var code: String
    package var reason: String
  }

  package var rule: String
  package var outcome: Outcome
  package var found: String
  package var counted: [String] = []
  package var leftOut: [LeftOut] = []
  package var wouldHelp: String?
  /// Who could bring that about, where it takes people.
  package var whoCould: SomePeople?
  /// When this finding may be another by itself.
  package var changesAt: Instant?
  package var children: [Finding] = []

  /// Whether it keeps the gate from opening.
  var isOpen: Bool { outcome == .waiting }

  /// Calls `visit` with this one and all below it, each before its children.
  func walk(_ visit: (borrowing Finding) -> Void) {
    visit(self)
    for child in children { child.walk(visit) }
  }

  /// The same with nothing that would help: whatever a rule still lacks, it is too late, or not needed.
  func closed(as outcome: Outcome? = nil) -> Finding {
    var finding = self
    finding.wouldHelp = nil
    finding.whoCould = nil
    finding.changesAt = nil
    if let outcome, isOpen { finding.outcome = outcome }
    finding.children = children.map { $0.closed(as: outcome) }
    return finding
  }
}

/// Whether the gate may open, and why: a tree that REST, command line, log and audit print alike. Never a bare yes or no.
package struct Evaluation: Sendable, Hashable {
  package enum Verdict: String, Sendable, Hashable {
    case allowed, waiting, rejected
  }

  package var verdict: Verdict
  package var root: Finding
  /// Which rule (its place in the policy) each approver's yes fills. Who fills none is not in it.
  package var seats: [String: Int]
  /// One sentence for each thing that is missing. Empty when the verdict is not `waiting`.
  package var waitingFor: [String]
}

/// One rule, what it found, who counted, who was left out and why, and what would help.
package struct Finding: Sendable, Hashable {
  package enum Outcome: String, Sendable, Hashable {
    case satisfied, waiting, rejected
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
  package var children: [Finding] = []
}

/// What an evaluation looks at: facts in, verdict out, nothing else known.
package struct EvaluationFacts: Sendable {
  package var policy: Policy
  package var groups: [String: [String]]
  /// Who triggered the deployment, if GitLab said.
  package var requester: String?
  /// The approvals that count now, oldest first, one for each person.
  package var approvals: [Approval]

  package init(policy: Policy, groups: [String: [String]], requester: String?, approvals: [Approval]) {
    self.policy = policy
    self.groups = groups
    self.requester = requester
    self.approvals = approvals
  }

  /// The rules that a person may fill, by their places in the policy.
  package func rules(for user: String, representedAs name: String?) -> [Int] {
    policy.approvalRules.indices.filter { index in
      let rule = policy.approvalRules[index]
      return (name == nil || rule.answers(to: name ?? "")) && rule.names(user, groups: groups)
    }
  }

  var isOwn: (String) -> Bool { { user in requester.map { sameUser($0, user) } ?? false } }
}

extension ApprovalRule {
  func names(_ user: String, groups: [String: [String]]) -> Bool {
    switch approver {
    case .user(let name): sameUser(name, user)
    case .group(let group): (groups[group] ?? []).contains { sameUser($0, user) }
    }
  }

  /// Whether `represented_as` means this rule: its group's or user's name, or the rule's own.
  func answers(to name: String) -> Bool {
    switch approver {
    case .user(let user): sameUser(user, name) || self.name == name
    case .group(let group): group == name || self.name == name
    }
  }
}

extension EvaluationFacts {
  /// Evaluates the policy. All rules must be met by distinct people; one valid rejection stops the deployment.
  package func evaluate() -> Evaluation {
    let rejections = approvals.filter { $0.status == .rejected && !rules(for: $0.user, representedAs: $0.representedAs).isEmpty }
    let yeses = approvals.filter { $0.status == .approved }
    let candidates = yeses.filter { leftOut($0) == nil }
    let assignment = SeatAssignment(
      seats: policy.approvalRules.map(\.requiredApprovals),
      eligible: candidates.map { rules(for: $0.user, representedAs: $0.representedAs) })
    let required = policy.approvalRules.reduce(0) { $0 + $1.requiredApprovals }
    var seats: [String: Int] = [:]
    for (index, candidate) in candidates.enumerated() { seats[candidate.user] = assignment.ruleOfCandidate[index] }

    var children = [separationOfDuties(yeses)]
    children.reserveCapacity(policy.approvalRules.count + 2)
    for index in policy.approvalRules.indices { children.append(finding(rule: index, seats: seats, candidates: candidates)) }
    if let rejection = rejections.first {
      // A rejection is final: whatever a rule still lacks, nothing would help.
      for index in children.indices { children[index].wouldHelp = nil }
      children.append(
        Finding(rule: "no rejection", outcome: .rejected, found: "\(rejection.user) rejected", counted: rejections.map(\.user)))
    }
    let verdict: Evaluation.Verdict =
      !rejections.isEmpty ? .rejected : children.allSatisfy { $0.outcome == .satisfied } ? .allowed : .waiting
    let root = Finding(
      rule: "policy \(policy.name)", outcome: verdict == .allowed ? .satisfied : verdict == .rejected ? .rejected : .waiting,
      found: "\(seats.count) of \(required) approvals", children: children)
    return Evaluation(
      verdict: verdict, root: root, seats: seats,
      waitingFor: verdict == .waiting ? children.filter { $0.outcome == .waiting }.compactMap(\.wouldHelp) : [])
  }

  /// Why an approval does not count now, or nil when it may.
  private func leftOut(_ approval: Approval) -> Finding.LeftOut? {
    if policy.preventSelfApproval, isOwn(approval.user) {
      return Finding.LeftOut(user: approval.user, code: "own_deployment", reason: "triggered this deployment")
    }
    if rules(for: approval.user, representedAs: approval.representedAs).isEmpty {
      return Finding.LeftOut(user: approval.user, code: "not_eligible", reason: "is named by no approval rule (any more)")
    }
    return nil
  }

  private func separationOfDuties(_ yeses: [Approval]) -> Finding {
    let leftOut = yeses.compactMap(leftOut)
    guard policy.preventSelfApproval else {
      return Finding(rule: "prevent_self_approval", outcome: .satisfied, found: "the policy allows self-approval", leftOut: leftOut)
    }
    guard let requester else {
      // A missing fact keeps a change waiting: without the triggerer nobody can be shown to be somebody else.
      return Finding(
        rule: "prevent_self_approval", outcome: .waiting, found: "GitLab did not say who triggered the deployment", leftOut: leftOut,
        wouldHelp: "to know who triggered the deployment (GitLab did not say); cancel it in GitLab and start it again as a person")
    }
    return Finding(rule: "prevent_self_approval", outcome: .satisfied, found: "\(requester) triggered the deployment", leftOut: leftOut)
  }

  private func finding(rule index: Int, seats: [String: Int], candidates: [Approval]) -> Finding {
    let rule = policy.approvalRules[index]
    let counted = candidates.map(\.user).filter { seats[$0] == index }
    let missing = rule.requiredApprovals - counted.count
    let found = "\(counted.count) of \(rule.requiredApprovals)"
    let name = rule.name
    guard missing > 0 else { return Finding(rule: name, outcome: .satisfied, found: found, counted: counted) }
    let noun = missing == 1 ? "approval" : "approvals"
    return Finding(
      rule: name, outcome: .waiting, found: found, counted: counted,
      wouldHelp: "\(missing) more \(noun) from \(name)\(whoCould(rule, seats: seats))")
  }

  /// Says when nobody is left who could, so that a deadlock shows before it is felt.
  private func whoCould(_ rule: ApprovalRule, seats: [String: Int]) -> String {
    let people: [String]
    switch rule.approver {
    case .user(let user): people = [user]
    case .group(let group): people = groups[group] ?? []
    }
    let isAnybodyFree = people.contains { person in
      !(policy.preventSelfApproval && isOwn(person)) && !seats.keys.contains { sameUser($0, person) }
    }
    return isAnybodyFree ? "" : " (nobody is left who could: an administrator must widen the rule)"
  }
}

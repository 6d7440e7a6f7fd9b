package import ChangeControl
internal import Cryptography
internal import JSON
internal import Storage

/// The commands, one transaction each. Facts and an instant in; rows, audit entries and instructions out. Nothing here waits or does I/O of
/// its own, so a whole life of the system can run as an ordinary loop in a test.
package struct Gate: Sendable {
  package let plan: ControlPlan
  package let chance: any ChanceSource

  package init(plan: ControlPlan, chance: any ChanceSource = SystemChance()) {
    self.plan = plan
    self.chance = chance
  }

  /// Who the audit log says has done what no person did.
  static let ourselves = "gatehouse"

  func workflow(of change: ChangeRequest) -> Workflow { plan.workflows[change.workflow] ?? .lost(change.workflow) }

  /// Where people read a change.
  package func address(of change: ChangeRequest) -> String { "\(plan.publicURL)/changes/\(change.key)" }

  /// Evaluates a change by the policy that is in force now. Nil when the configuration has lost the policy.
  func evaluate(_ record: ChangeRecord, approvals: [Approval]) -> Evaluation? {
    guard let policy = plan.policies[record.change.policy] else { return nil }
    return EvaluationFacts(
      policy: policy, groups: plan.groups, requester: record.deployment.triggerer?.username, approvals: approvals
    ).evaluate()
  }

  /// A fingerprint of the policy a decision was made by: the policy and the groups it names.
  func digest(of policy: Policy) -> String {
    let rules = policy.approvalRules.map { rule -> JSONValue in
      var members: [String] = []
      if case .group(let group) = rule.approver { members = (plan.groups[group] ?? []).sorted() }
      return [
        "rule": .string(rule.name), "required": .integer(Int64(rule.requiredApprovals)), "members": .array(members.map(JSONValue.string)),
      ]
    }
    let content: JSONValue = [
      "name": .string(policy.name), "rules": .array(rules), "prevent_self_approval": .bool(policy.preventSelfApproval),
      "comment_required": .string(policy.commentRequired.rawValue),
    ]
    return Digest.sha256Text(content.canonicalBytes)
  }
}

/// Where chance enters the core. Seeded in simulations.
package protocol ChanceSource: Sendable {
  /// Evenly spread over 0 ..< 1.
  func fraction() -> Double
}

/// The system's generator.
package struct SystemChance: ChanceSource {
  package init() {}

  package func fraction() -> Double { Double.random(in: 0..<1) }
}

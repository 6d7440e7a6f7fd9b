import ChangeControl

extension GoldenTreeTests {
  /// What ends it, and what is asked in several steps.
  static let endings: [Golden] = [
    Golden(
      "rejected",
      {
        $0.say("alice")
        $0.say("carol", no: .rejected)
      },
      """
      rejected
      rejected policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 1 of 2 | counted alice
        rejected no rejection: carol rejected | counted carol
      """),
    Golden(
      "auto_approve",
      {
        var rule = AutomaticRule()
        rule.tiers = ["production"]
        $0.facts.policy.autoApprove = [rule]
      },
      """
      allowed
      satisfied policy p: 0 of 2 approvals
        satisfied auto_approve: rule 1 matches
        satisfied prevent_self_approval: dana triggered the deployment
        not_needed group managers: 0 of 2
      """),
    Golden(
      "auto_reject",
      {
        var rule = AutomaticRule()
        rule.anyFiles = [Pattern("migrations/**")]
        $0.facts.policy.autoReject = [rule]
        $0.facts.subject.contributions = Contributions(base: nil, identities: [], mergeRequests: [], files: ["migrations/1.sql"])
      },
      """
      rejected
      rejected policy p: 0 of 2 approvals
        satisfied auto_reject: rule 1 matches
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 0 of 2
        rejected no rejection: the policy rejects it (auto_reject)
      """),
    Golden(
      "auto_reject not sure",
      {
        var rule = AutomaticRule()
        rule.anyFiles = [Pattern("migrations/**")]
        $0.facts.policy.autoReject = [rule]
        $0.say("alice", "bob")
      },
      """
      waiting
      waiting policy p: 2 of 2 approvals
        not_needed auto_reject: rule 1: what is deployed is not known yet
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 2 of 2 | counted alice, bob
        waiting auto_reject: what is deployed is not known yet | helps: to know what is deployed (auto_reject asks for it)
      """),
    Golden(
      "broken glass",
      {
        $0.freeze()
        $0.facts.brokenGlass = BrokenGlass(user: "carol", reason: "carts are lost", at: Situation.noon)
      },
      """
      allowed
      satisfied policy p: 0 of 2 approvals
        satisfied break_glass: carol broke the glass: carts are lost | counted carol
        satisfied prevent_self_approval: dana triggered the deployment
        not_needed group managers: 0 of 2
        not_needed freeze window release: holds until 2026-01-07T13:00:00.000Z
      """),
    Golden(
      "a passed and an open step",
      {
        $0.rules = [ApprovalRule(approver: .group("managers"))]
        $0.facts.steps = ApprovalSteps(passed: ["Peer review"], current: "CAB")
        $0.say("alice", in: "Peer review")
        $0.say("alice", in: "CAB")
      },
      """
      waiting
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied approval step Peer review: passed
          satisfied group managers: 1 of 1 | counted alice
        waiting approval step CAB: open
          waiting group managers: 0 of 1 | helps: 1 more approval from group managers | could bob, carol
          satisfied eligibility: 1 left out | left out alice (already_counted): counts in an earlier step
      """),
    Golden(
      "a passed step that no longer stands",
      {
        $0.rules = [ApprovalRule(approver: .group("managers"))]
        $0.facts.steps = ApprovalSteps(passed: ["Peer review"], current: "CAB")
        $0.say("mallory", in: "Peer review")
        $0.say("alice", in: "CAB")
      },
      """
      waiting
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting approval step Peer review: passed, and no longer stands
          waiting group managers: 0 of 1 | helps: 1 more approval from group managers | could alice, bob, carol
          satisfied eligibility: 1 left out | left out mallory (not_eligible): is named by no approval rule (any more)
        satisfied approval step CAB: open
          satisfied group managers: 1 of 1 | counted alice
      """),
  ]
}

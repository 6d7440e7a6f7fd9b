import Calendar
import ChangeControl

extension GoldenTreeTests {
  /// Who counts, and who does not.
  static let people: [Golden] = [
    Golden(
      "nobody spoke", { _ in },
      """
      waiting
      waiting policy p: 0 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 0 of 2 | helps: 2 more approvals from group managers | could alice, bob, carol
      """),
    Golden(
      "one of two", { $0.say("alice") },
      """
      waiting
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 1 of 2 | counted alice | helps: 1 more approval from group managers | could bob, carol
      """),
    Golden(
      "overlap solved by matching",
      {
        $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .group("board"))]
        $0.say("bob", "alice")
      },
      """
      allowed
      satisfied policy p: 2 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied group managers: 1 of 1 | counted alice
        satisfied group board: 1 of 1 | counted bob
      """),
    Golden(
      "own approval",
      {
        $0.facts.subject.requester = "Alice"
        $0.say("alice", "bob")
      },
      """
      waiting
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: Alice triggered the deployment
        waiting group managers: 1 of 2 | counted bob | helps: 1 more approval from group managers | could carol
        satisfied eligibility: 1 left out | left out alice (own_deployment): triggered this deployment
      """),
    Golden(
      "author banned",
      {
        $0.facts.policy.preventAuthorApproval = true
        $0.facts.subject.contributions = Contributions(
          base: nil, identities: [.init(name: "bob", email: "")], mergeRequests: [], files: nil)
        $0.say("alice", "bob")
      },
      """
      waiting
      waiting policy p: 1 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied prevent_author_approval: written by bob
        waiting group managers: 1 of 2 | counted alice | helps: 1 more approval from group managers | could carol
        satisfied eligibility: 1 left out | left out bob (author_of_change): wrote or committed a part of it
      """),
    Golden(
      "unknown membership",
      {
        $0.rules = [ApprovalRule(approver: .gitLabGroup(Situation.security))]
        $0.say("erin")
      },
      """
      waiting
      waiting policy p: 0 of 1 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting GitLab group acme/security: 0 of 1 | helps: 1 more approval from GitLab group acme/security
        satisfied eligibility: 1 left out | left out erin (membership_unknown): GitLab has not told the members of acme/security yet
        waiting members of acme/security: GitLab has not told them yet | helps: GitLab to tell the members of acme/security
      """),
    Golden(
      "stale membership",
      {
        $0.rules = [ApprovalRule(approver: .gitLabGroup(Situation.security))]
        $0.facts.directory.memberships[.group(Situation.security)] = Membership(levels: ["erin": 30], readAt: Situation.noon - .seconds(31))
        $0.facts.membershipsSince = Situation.noon - .seconds(30)
        $0.say("erin")
      },
      """
      waiting
      waiting policy p: 1 of 1 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        satisfied GitLab group acme/security: 1 of 1, by the members of 2026-01-07T11:59:29.000Z | counted erin
        waiting members of acme/security: last read at 2026-01-07T11:59:29.000Z | helps: GitLab to tell the members of acme/security \
      once more
      """),
    Golden(
      "stage not open",
      {
        $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .user("erin"), stage: 2)]
        $0.say("erin")
      },
      """
      waiting
      waiting policy p: 0 of 2 approvals
        satisfied prevent_self_approval: dana triggered the deployment
        waiting group managers: 0 of 1 | helps: 1 more approval from group managers | could alice, bob, carol
        waiting user erin: 0 of 1, once stage 1 is met | helps: 1 more approval from user erin
        satisfied eligibility: 1 left out | left out erin (stage_not_open): said yes before their stage was open; to be said again once \
      it is
      """),
  ]
}

import ChangeControl
import Testing

@testable import Configuration

/// Rules that can be met, and rules that cannot.
@Suite struct PolicyTests {
  @Test(arguments: [
    Case(
      rules("{group: three, required_approvals: 4}"),
      "3:4: `required_approvals` is 4, but group `three` has 3 members; lower it, or add people to the group"),
    Case(
      rules("{group: one, required_approvals: 2}"),
      "3:4: `required_approvals` is 2, but group `one` has 1 member; lower it, or add people to the group"),
    Case(
      rules("{user: grace, required_approvals: 2}"),
      "3:4: `required_approvals` is 2, but user `grace` can approve once only; write 1, or name a group"),
    Case(rules("{user: grace, group: three}"), "3:4: an approval rule has one of `user` and `group`, not both; make two rules of it"),
    Case(rules("{user: '@grace'}"), "3:11: `user`: a GitLab username is written without the @; write `grace`"),
    Case(rules("{user: 30}"), "3:11: `user` must be a text; put `30` in quotes"),
    Case(rules("{user: grace}, {user: Grace}"), "3:3: \(never(2))"),
    Case(rules("{user: alice}, {group: one}"), "3:3: \(never(2))"),
    Case(rules("{group: three, required_approvals: 3}, {group: three}"), "3:3: \(never(4))"),
    Case(
      rules([String](repeating: "{group: three}", count: 101).joined(separator: ", ")),
      "3:3: policy `one-person` requires 101 approvals in all; at most 100 are allowed"),
  ]) func isRefused(_ wrong: Case) {
    #expect(problems(wrong.text) == wrong.said)
  }

  @Test(arguments: [
    Case(
      rules("{group: three, required_approvals: 3}"),
      "3:3: policy `one-person` can never be met for a deployment that `alice` triggers: nobody approves their own, and the others are too few; add people, or lower `required_approvals`"
    ),
    Case(
      rules("{group: two}, {group: three, required_approvals: 2}"),
      "3:3: policy `one-person` can never be met for a deployment that `alice` triggers: nobody approves their own, and the others are too few; add people, or lower `required_approvals`"
    ),
    // Somebody named by a `user` rule is named on purpose, and who has no rule of their own still has two colleagues.
    Case(rules("{user: grace}")), Case(rules("{group: three, required_approvals: 2}")), Case(rules("{group: two}, {group: three}")),
    Case(rules("{group: three, required_approvals: 3}", "prevent_self_approval: false")),
  ]) func isWarnedOf(_ doubtful: Case) throws {
    #expect(try warnings(doubtful.text) == doubtful.said)
  }

  @Test func isReadWhole() throws {
    let text = completed(Self.rules("{group: three, required_approvals: 2}, {user: Grace}", "comment_required: always"))
    let policy = try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment).plan.policies["one-person"]
    #expect(
      policy
        == Policy(
          name: "one-person",
          approvalRules: [ApprovalRule(approver: .group("three"), requiredApprovals: 2), ApprovalRule(approver: .user("Grace"))],
          preventSelfApproval: true, commentRequired: .always))
  }

  /// The widest that the bounds allow: a hundred rules of groups of a thousand people each would take hours if every person were tried.
  @Test(.timeLimit(.minutes(1)), arguments: [1, 2, 7]) func manyPeopleAreNoLabour(_ overlap: Int) throws {
    let groups = (0..<100).map { group in
      "  g\(group): [\((0..<100).map { "u\((group / overlap) * 100 + $0)" }.joined(separator: ", "))]"
    }
    let text = completed(
      (["groups:"] + groups + ["policies: {one-person: {approval_rules: [\((0..<100).map { "{group: g\($0)}" }.joined(separator: ", "))]}}"])
        .joined(separator: "\n"))
    #expect(try warnings(text).isEmpty)
  }

  /// The first rule stands in line 3, column 4.
  private static func rules(_ rules: String, _ more: String...) -> String {
    """
    groups: {one: [alice], two: [alice, bob], three: [alice, bob, carol]}
    policies: {one-person: {\(more.map { "\($0), " }.joined())approval_rules:
      [\(rules)]}}
    """
  }

  private static func never(_ count: Int) -> String {
    "policy `one-person` can never be met: its rules require \(count) different people, and too few are in its groups; add people, or lower `required_approvals`"
  }
}

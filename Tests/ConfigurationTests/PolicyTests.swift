import ChangeControl
import TestSupport
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
    Case(
      rules("{user: grace, group: three}"),
      "3:4: an approval rule has one of \(approvers), not `user`, `group` together; make a rule of each"),
    Case(rules("{required_approvals: 1}"), "3:4: an approval rule lacks one of \(approvers); add one: who must say yes"),
    Case(
      rules("{access_level: 50}"),
      "3:19: `access_level` must be one of GitLab's levels for approvals: 30 (Developers + Maintainers), 40 (Maintainers), 60 (Administrators), not `50`"
    ),
    Case(
      rules("{gitlab_group: /acme}"),
      "3:19: `gitlab_group`: `/acme` is no group's path; write it as it stands in the group's address: acme/security"),
    Case(
      rules("{gitlab_group: acme, group_inheritance_type: 2}"),
      "3:49: `group_inheritance_type` must be a whole number from 0 to 1, without quotes, not `2`"),
    Case(
      rules("{group: three, group_inheritance_type: 1}"),
      "3:43: `group_inheritance_type` goes with `gitlab_group` only; leave it out"),
    Case(rules("{gitlab_gruop: acme}"), "3:4: \(lacking)", "3:5: unknown key `gitlab_gruop`; did you mean `gitlab_group`?"),
    Case(rules("{group: three, stage: 11}"), "3:26: `stage` must be a whole number from 1 to 10, without quotes, not `11`"),
    Case(
      rules("{group: three}, {user: grace, stage: 3}"),
      "3:3: policy `one-person` has a rule of stage 3 and none of stage 2; number the stages from 1 without a gap"),
    Case(rules("{gitlab_group: acme}, {user: alice}, {group: one}"), "3:3: \(never(2))"),
    Case(
      "groups: {g: {gitlab_group: acme}}\npolicies: {one-person: {approval_rules: [{group: g}], break_glass: {group: g}}}",
      "2:76: `group` names `g`, whose members only GitLab knows; name a group here that lists its people"),
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
    // What only GitLab knows is taken for plenty.
    Case(rules("{gitlab_group: acme, required_approvals: 3}, {access_level: 30, required_approvals: 9}")),
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

  @Test func gitLabsGroupsLevelsStagesAndPeopleAreRead() throws {
    let text = completed(
      """
      groups: {security: {gitlab_group: acme/security, group_inheritance_type: 1}, ops: {gitlab_group: acme/ops}}
      people: {Alice: {emails: [alice@acme.com, a@home.example]}}
      policies:
        one-person:
          prevent_author_approval: true
          approval_rules:
            - {group: security}
            - {gitlab_group: acme/qa, group_inheritance_type: 1, required_approvals: 2}
            - {access_level: 40, stage: 2}
      """)
    let plan = try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment).plan
    #expect(
      plan.groups == [
        "security": .gitLab(GitLabGroup(path: "acme/security", inheritance: .inheritedMembers)),
        "ops": .gitLab(GitLabGroup(path: "acme/ops")),
      ])
    #expect(plan.emails == ["alice": ["alice@acme.com", "a@home.example"]])
    let policy = try #require(plan.policies["one-person"])
    #expect(policy.preventAuthorApproval)
    #expect(
      policy.approvalRules == [
        ApprovalRule(approver: .group("security")),
        ApprovalRule(approver: .gitLabGroup(GitLabGroup(path: "acme/qa", inheritance: .inheritedMembers)), requiredApprovals: 2),
        ApprovalRule(approver: .accessLevel(.maintainer), stage: 2),
      ])
  }

  @Test(arguments: [
    Case(
      "groups: {g: {gitlab_group: a b}}",
      "1:28: `gitlab_group`: `a b` is no group's path; write it as it stands in the group's address: acme/security"),
    Case(
      "groups: {g: {path: acme}}", "1:13: group `g` lacks `gitlab_group`; add it: the group's full path in GitLab, such as acme/security",
      "1:14: unknown key `path`; known here: `gitlab_group`, `group_inheritance_type`"),
    Case("people: {alice: {emails: [nowhere]}}", "1:27: `emails`: `nowhere` is no address; write one such as alice@acme.com"),
    Case("people: {'@alice': {emails: []}}", "1:10: `people`: a GitLab username is written without the @; write `alice`"),
    Case(
      "people: {alice: {}}", "1:17: `alice` lacks `emails`; add it: the addresses that this person commits with, such as [alice@acme.com]"),
    Case(
      "people: {alice: {emails: [a@b.c]}, Alice: {emails: [a@b.c]}}",
      "1:36: `people` has `Alice` twice (GitLab's usernames do not differ by case); make one entry of them"),
  ]) func groupsAndPeopleThatCannotBe(_ wrong: Case) {
    // The groups of what completes a part are gone with `groups` replaced: only what is said of the part counts.
    #expect(problems(wrong.text).filter { $0.hasPrefix("g.yaml:1:") } == wrong.said)
  }

  /// The widest that the bounds allow: a hundred rules of groups of a thousand people each would take hours if every person were tried.
  @Test(.timeLimit(.minutes(1 * slowness)), arguments: [1, 2, 7]) func manyPeopleAreNoLabour(_ overlap: Int) throws {
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

  private static let approvers = "`user`, `group`, `gitlab_group`, `access_level`"
  private static let lacking = "an approval rule lacks one of \(approvers); add one: who must say yes"

  private static func never(_ count: Int) -> String {
    "policy `one-person` can never be met: its rules require \(count) different people, and too few are in its groups; add people, or lower `required_approvals`"
  }
}

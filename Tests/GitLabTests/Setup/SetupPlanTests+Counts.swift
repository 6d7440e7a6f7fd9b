import JSON

@testable import GitLab

/// The account's own rule asks for more approvals than one account can give.
extension SetupPlanTests {
  static let otherCases =
    countCases + tierCases + formerTokenCases + formerCases + uncoveredCases + levelCases + groupHookCases + twiceCases + comingCases
    + coveredCases + twoRuleCases

  static let countCases: [Case] = [
    Case(
      name: "a rule of the account's that others have made, and that asks for more than it can give", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([
          SetupSamples.protection(
            approvers: [["user_id": 97, "required_approvals": 2]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      },
      says: [
        "! protected environment production", "rule 200 of gatehouse-acme asks for 2 approvals", "set its required approvals to 1",
      ], doesNotSay: ["~ "]),
    Case(
      name: "the same that asks for none", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([
          SetupSamples.protection(
            approvers: [["user_id": 97, "required_approvals": 0]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      },
      says: [
        "! protected environment production",
        "rule 200 of gatehouse-acme asks for 0 approvals, and nothing waits for it: deployments pass it",
      ], doesNotSay: ["~ "]),
    Case(
      name: "the same in the group whose tier protects it", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme"]?.protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97, "required_approvals": 2]], deployers: [["access_level": 40]])
        ])
      }, says: ["! protected environment production", "asks for 2 approvals", "group acme"]),
  ]
}

import JSON

@testable import GitLab

/// Tiers of groups above that others protect: each protection has to let the account deploy.
extension SetupPlanTests {
  private static func tier(_ deployers: [JSONObject], approvers: [JSONObject] = []) -> Result<[ProtectedEnvironment], SetupFault> {
    .success([SetupSamples.protection(approvers: approvers, deployers: deployers)])
  }

  private static let line = "! protected tier production of group acme"

  static let tierCases: [Case] = [
    Case(
      name: "a tier of others that lets Maintainers deploy", isWhole: true,
      survey: { $0.groups["acme"]?.protections = tier([["access_level": 40]]) },
      says: [
        line, "does not let gatehouse-acme deploy", "acme/payments/checkout production", "'Allowed to deploy'",
        "access_level 40 (Maintainer)", "= protected environment production",
      ]),
    Case(
      name: "before there is an account", survey: { $0.groups["acme"]?.protections = tier([["user_id": 5]]) },
      says: [line, "does not let gatehouse-acme deploy"], doesNotSay: ["make it a member of"]),
    Case(
      name: "a tier of others, and people start the job", isWhole: true, target: { $0.playsAfterApproval = false },
      survey: { $0.groups["acme"]?.protections = tier([["access_level": 40]]) }, says: [], doesNotSay: ["! "]),
    Case(
      name: "a tier of others that lets Developers deploy", isWhole: true,
      survey: { $0.groups["acme"]?.protections = tier([["access_level": 30]]) }, says: [], doesNotSay: ["! "]),
    Case(
      name: "a tier of others, and the account is a Maintainer", isWhole: true,
      survey: {
        $0.projects[0].accountLevel = 40
        $0.groups["acme"]?.protections = tier([["access_level": 40]])
      }, says: [], doesNotSay: ["! "]),
    Case(
      name: "a tier of others that names the account", isWhole: true,
      survey: { $0.groups["acme"]?.protections = tier([["access_level": 40], ["user_id": 97]]) }, says: [], doesNotSay: ["! "]),
    Case(
      name: "a tier of others that lets a group deploy in which the account may be", isWhole: true,
      survey: { $0.groups["acme"]?.protections = tier([["group_id": 8]]) }, says: [], doesNotSay: ["! "]),
    Case(
      name: "a tier that the plan itself adds the account to", isWhole: true, target: { $0.protections = .group },
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme/payments"]?.protections = tier([["access_level": 60]])
      },
      says: ["~ protected tier production of group acme/payments"], doesNotSay: ["! protected tier"]),
    Case(
      name: "the tier that covers it asks the account, and does not let it deploy", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme"]?.protections = tier([["access_level": 40]], approvers: [["user_id": 97]])
      }, says: [line, "= protected environment production"]),
    Case(
      name: "a tier of others that asks somebody too", isWhole: true,
      survey: { $0.groups["acme"]?.protections = tier([["access_level": 30]], approvers: [["user_id": 21]]) },
      says: ["= protected tier production of group acme", "others approve in GitLab too", "remove rule 200"], doesNotSay: ["! "]),
    Case(
      name: "the same above the group that protects, and people start the job", isWhole: true,
      target: {
        $0.protections = .group
        $0.playsAfterApproval = false
      },
      survey: {
        $0.groups["acme/payments"]?.protections = tier([["access_level": 40]], approvers: [["user_id": 97]])
        $0.groups["acme/payments"]?.accountLevel = 40
        $0.projects[0].protections = .success([])
        $0.groups["acme"]?.protections = tier([["access_level": 40]], approvers: [["user_id": 21]])
      },
      says: [
        "= protected tier production of group acme/payments", "= protected tier production of group acme\n", "others approve in GitLab too",
      ],
      doesNotSay: ["! "]),
  ]
}

import ChangeControl
import JSON

@testable import GitLab

/// What is at one level, seen from the other.
extension SetupPlanTests {
  private static let account: JSONObject = ["user_id": 97]

  /// Protected in the group by apply, and in the project by somebody else.
  private static func byOthers(_ rules: [JSONObject], _ deployers: [JSONObject], count: Int64 = 0, _ survey: inout SetupSurvey) {
    survey.groups["acme/payments"]?.protections = .success([
      SetupSamples.protection(approvers: [account], deployers: [["access_level": 40], account])
    ])
    survey.groups["acme/payments"]?.accountLevel = 40
    survey.projects[0].accountLevel = 40
    survey.projects[0].protections = .success([SetupSamples.protection(approvers: rules, deployers: deployers, count: count)])
  }

  static let levelCases: [Case] = [
    Case(
      name: "somebody's rule in a project that the group's tier holds", isWhole: true, target: { $0.protections = .group },
      survey: { byOthers([["user_id": 21]], [["access_level": 40], account], &$0) },
      says: [
        "= protected tier production of group acme/payments", "= protected environment production of project acme/payments/checkout",
        "others approve in GitLab too", "remove rule 200",
      ], doesNotSay: ["! ", "~ "]),
    Case(
      name: "the same, and the account may not deploy there", isWhole: true, target: { $0.protections = .group },
      survey: { byOthers([["user_id": 21]], [["user_id": 21]], &$0) },
      says: [
        "~ protected environment production of project acme/payments/checkout", "+ deploy_access_levels: the service account",
        "others approve in GitLab too",
      ], doesNotSay: ["! "]),
    Case(
      name: "a protection in a project that asks nobody", isWhole: true, target: { $0.protections = .group },
      survey: { byOthers([], [["access_level": 40], account], &$0) }, says: [],
      doesNotSay: ["! ", "~ ", "environment production of project"]),
    Case(
      name: "somebody's rule in both, with the account", isWhole: true, target: { $0.protections = .group },
      survey: { byOthers([["user_id": 21], account], [["access_level": 40], account], &$0) },
      says: ["! protected environment production of project acme/payments/checkout", "one account fills one rule only"]),
    Case(
      name: "a group of which no tier is gated needs no Maintainer",
      target: { target in
        target.protections = .group
        target.services = [SetupSamples.service(environments: ["prod/eu"])]
        target.services[0].gatedTiers = []
      },
      says: [
        "+ membership in project acme/payments/checkout", "+ access_level: 30", "+ protected environment prod/eu of project",
      ], doesNotSay: ["membership in group", "access_level: 40 (", "! "]),
    Case(
      name: "and where nothing is made in a group none has to be named",
      target: { target in
        target.protections = .group
        target.services = [SetupSamples.service(environments: ["prod/eu"])]
        target.services[0].gatedTiers = []
      },
      survey: { $0.groups = [:] }, says: ["+ protected environment prod/eu of project"], doesNotSay: ["setup.group"]),
  ]
}

import ChangeControl
import JSON

@testable import GitLab

/// GitLab asks the rules of every level (facts E), and one account fills one only: where two name it, deployments wait for ever.
extension SetupPlanTests {
  private static let account: JSONObject = ["user_id": 97]

  /// By hand, as the seed documents have it.
  private static func byHand(_ path: String, _ survey: inout SetupSurvey) {
    survey.groups[path]?.protections = .success([
      SetupSamples.protection(approvers: [account], deployers: [["access_level": 40], account])
    ])
  }

  private static func isMaintainer(_ survey: inout SetupSurvey) {
    survey.projects[0].accountLevel = 40
    for path in ["acme", "acme/payments"] { survey.groups[path]?.accountLevel = 40 }
  }

  static let twiceCases: [Case] = [
    Case(
      name: "a tier that others have the account asked for in a group above the one that is configured", isWhole: true,
      target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([])
        byHand("acme", &$0)
      },
      says: ["= protected tier production of group acme/payments: it is protected in group acme"], doesNotSay: ["! ", "+ ", "~ "]),
    Case(
      name: "both ask it already", isWhole: true, target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([])
        byHand("acme", &$0)
        byHand("acme/payments", &$0)
      },
      says: [
        "! protected tier production of group acme/payments", "an approver here and in group acme too", "take the account out of one",
      ],
      doesNotSay: ["+ ", "~ "]),
    Case(
      name: "others have it asked in a group below the one that is configured", isWhole: true,
      target: { ($0.protections, $0.group) = (.group, "acme") },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([])
        byHand("acme/payments", &$0)
      },
      says: ["! protected tier production of group acme\n", "an approver in group acme/payments, which lies below", "`setup.group`"],
      doesNotSay: ["+ ", "~ "]),
    Case(
      name: "others have it asked in a project itself", isWhole: true, target: { $0.protections = .group },
      survey: { isMaintainer(&$0) },
      says: [
        "! protected tier production of group acme/payments\n",
        "an approver in protected environment production of project acme/payments/checkout, which lies below", "`protect: project`",
      ],
      doesNotSay: ["+ ", "~ "]),
    Case(
      name: "the same beside a rule that apply has made there", isWhole: true, target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([
          SetupSamples.protection(approvers: [account, account], deployers: [["access_level": 40], account])
        ])
      }, memory: ours,
      says: ["! protected tier production of group acme/payments\n", "which lies below"], doesNotSay: ["+ ", "~ "]),
    Case(
      name: "others have it asked in a project for an environment of another tier", isWhole: true, target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([SetupSamples.protection("staging", approvers: [account], deployers: [account])])
      },
      // What waits there with nobody to ask has a line of its own.
      says: ["+ protected tier production of group acme/payments\n", "! protected environment staging of project"],
      doesNotSay: ["! protected tier"]),
    Case(
      name: "both ask it already, below the one that is configured", isWhole: true,
      target: { ($0.protections, $0.group) = (.group, "acme") },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].protections = .success([])
        byHand("acme", &$0)
        byHand("acme/payments", &$0)
      },
      says: ["! protected tier production of group acme\n", "an approver here and in group acme/payments too"], doesNotSay: ["+ ", "~ "]),
    Case(
      name: "others have it asked in two groups above a project", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        byHand("acme", &$0)
        byHand("acme/payments", &$0)
      },
      says: [
        "! protected environment production of project acme/payments/checkout: its tier is protected in group acme/payments",
        "an approver there and in group acme too",
      ], doesNotSay: ["+ ", "~ "]),
    Case(
      name: "others have it asked above, and the project asks it by apply", isWhole: true, target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        byHand("acme", &$0)
      }, memory: ours,
      says: [
        "= protected tier production of group acme/payments: it is protected in group acme",
        "~ protected environment production of project", "- unprotected: apply has made it, and group acme protects",
      ], doesNotSay: ["! ", "+ "]),
  ]

  static let comingCases: [Case] = [
    Case(
      name: "a name to come whose tier the group protects, as GitLab guesses it", target: { comes(in: .group, &$0) },
      survey: { $0.projects[0].environments = .success([]) },
      says: [
        "+ protected tier production of group acme/payments", "acme/payments/checkout production too, not there yet",
        "`deployment_tier`",
      ], doesNotSay: ["protected environment", "! "]),
    Case(
      name: "one of another tier", target: { comes("live-test", in: .group, &$0) },
      says: ["+ protected tier production", "+ protected environment live-test of project acme/payments/checkout", "of this name yet"],
      doesNotSay: ["not there yet", "! "]),
    Case(
      name: "one whose tier others have the account asked for above", isWhole: true, target: { comes(in: .project, &$0) },
      survey: {
        $0.projects[0].environments = .success([])
        $0.projects[0].protections = .success([])
        byHand("acme", &$0)
      },
      says: [
        "= protected environment production of project acme/payments/checkout: its tier is protected in group acme", "`deployment_tier`",
      ],
      doesNotSay: ["! ", "+ ", "~ "]),
    Case(
      name: "one that apply has protected, and the group protects its tier now", isWhole: true, target: { comes(in: .group, &$0) },
      survey: {
        isMaintainer(&$0)
        $0.projects[0].environments = .success([])
      }, memory: ours,
      says: [
        "+ protected tier production of group acme/payments", "~ protected environment production of project",
        "- unprotected: apply has made it, and group acme/payments protects",
      ], doesNotSay: ["! "]),
  ]

  private static func comes(_ name: String = "production", in level: SetupTarget.Scope, _ target: inout SetupTarget) {
    target.protections = level
    target.services = [SetupSamples.service(environments: [name])]
  }

  private static func isProtectedByOthers(approvers rules: [JSONObject] = [], _ survey: inout SetupSurvey) {
    byHand("acme", &survey)
    survey.projects[0].protections = .success([SetupSamples.protection(approvers: rules, deployers: [["access_level": 60]])])
  }

  static let coveredCases: [Case] = [
    Case(
      name: "covered by a tier above, and the project's protection does not let the account deploy", isWhole: true,
      survey: { isProtectedByOthers(&$0) },
      says: ["~ protected environment production of project", "+ deploy_access_levels: the service account"],
      doesNotSay: ["! ", "+ approval_rules", "- "]),
    Case(
      name: "the same, and people start the job", isWhole: true, target: { $0.playsAfterApproval = false },
      survey: { isProtectedByOthers(approvers: [["user_id": 21]], &$0) },
      says: [
        "= protected environment production of project acme/payments/checkout: its tier is protected", "others approve in GitLab too",
      ],
      doesNotSay: ["! ", "+ ", "~ "]),
    Case(
      name: "the same of a group whose tier another above covers", isWhole: true, target: { $0.protections = .group },
      survey: {
        isMaintainer(&$0)
        byHand("acme", &$0)
        $0.projects[0].protections = .success([])
        $0.groups["acme/payments"]?.protections = .success([SetupSamples.protection(approvers: [], deployers: [["access_level": 60]])])
      },
      says: ["~ protected tier production of group acme/payments", "+ deploy_access_levels: the service account"],
      doesNotSay: ["! ", "+ approval_rules", "- "]),
    Case(
      name: "what apply made whole, and somebody took its rule out of, stays beside a tier above", isWhole: true,
      survey: {
        byHand("acme", &$0)
        $0.projects[0].protections = .success([
          SetupSamples.protection(approvers: [], deployers: [["access_level": 40], account])
        ])
      }, memory: ours, says: ["= protected environment production of project"], doesNotSay: ["! ", "+ ", "~ ", "- "]),
  ]

  static let twoRuleCases: [Case] = [
    Case(
      name: "two rules of the account in one protection", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([SetupSamples.protection(approvers: [account, account], deployers: [account])])
      }, memory: ours,
      says: ["! protected environment production of project", "rules 200 and 201", "gatehouse-acme", "all but one"],
      doesNotSay: ["+ ", "~ "]),
    Case(
      name: "the same in the tier that covers it", isWhole: true,
      survey: {
        $0.projects[0].protections = .success([])
        $0.groups["acme"]?.protections = .success([SetupSamples.protection(approvers: [account, account], deployers: [account])])
      },
      says: ["! protected environment production of project", "rules 200 and 201", "its tier is protected in group acme"],
      doesNotSay: ["+ ", "~ "]),
  ]

  private static let ours: @Sendable (inout SetupMemory) -> Void = { memory in
    memory.sentSecrets[7] = true
    memory.protections = [
      .init(
        place: .project(id: 30, path: "acme/payments/checkout"), name: "production", account: 97, isWhole: true,
        deployRows: [100, 101], approvalRows: [200])
    ]
  }
}

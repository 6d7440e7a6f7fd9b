import JSON

@testable import GitLab

/// Projects below a group that no service covers, and the tiers that hold them.
extension SetupPlanTests {
  private static let tier = SetupSamples.protection(approvers: [["user_id": 97]], deployers: [["access_level": 40], ["user_id": 97]])

  /// Below the group, in which apply protects production or has protected it.
  private static func uncovered(_ count: Int64, looked: Bool = true, _ survey: inout SetupSurvey) {
    survey.projects[0].protections = .success([])
    survey.groups["acme/payments"]?.protections = .success([tier])
    survey.groups["acme/payments"]?.uncovered = .success(Array(40..<40 + count))
    for id in 40..<40 + count {
      var project = SetupSurvey.UncoveredProject(id: id, path: "acme/payments/p\(id)")
      if looked {
        project.environments = .success([EnvironmentReading(name: "live", tier: "production")])
        project.protections = .success([])
      }
      survey.uncovered[id] = project
    }
  }

  private static let made: @Sendable (inout SetupMemory) -> Void = { memory in
    memory.sentSecrets[7] = true
    memory.protections = [
      .init(
        place: .group(id: 3, path: "acme/payments"), name: "production", account: 97, isWhole: true, deployRows: [100, 101],
        approvalRows: [200])
    ]
  }

  static let uncoveredCases: [Case] = [
    Case(
      name: "a tier of before that holds many that no service covers", isWhole: true, survey: { uncovered(9, &$0) }, memory: made,
      says: [
        "! protected tier production of group acme/payments", "acme/payments/p40 live", "acme/payments/p44 live and 4 more",
        "Gate them with a service", "`protect: group`",
      ], doesNotSay: ["p45", "- unprotected", "+ protected environment"]),
    Case(
      name: "the same, with a rule of somebody else's, who goes on holding them", isWhole: true,
      survey: {
        uncovered(1, &$0)
        $0.groups["acme/payments"]?.protections = .success([
          SetupSamples.protection(approvers: [["user_id": 97], ["user_id": 21]], deployers: [["access_level": 40], ["user_id": 97]])
        ])
      }, memory: made, says: ["- approval_rules: the service account"], doesNotSay: ["! ", "- unprotected"]),
    Case(
      name: "a tier of before, and what lies below was not asked", isWhole: true,
      survey: {
        uncovered(0, &$0)
        $0.groups["acme/payments"]?.uncovered = nil
      }, memory: made, says: ["! protected tier production of group acme/payments", "which projects lie below"],
      doesNotSay: ["- unprotected"]),
    Case(
      name: "a tier of before, and more below it than are looked at", isWhole: true, survey: { uncovered(2, looked: false, &$0) },
      memory: made, says: ["! protected tier production of group acme/payments", "acme/payments/p40", "not looked at"],
      doesNotSay: ["- unprotected"]),
    Case(
      name: "the group's tier holds many that no service covers", isWhole: true, target: { $0.protections = .group },
      survey: { uncovered(9, &$0) },
      says: [
        "= protected tier production of group acme/payments", "acme/payments/p44 live and 4 more", "nobody asks it there",
      ], doesNotSay: ["p45", "! protected"]),
    Case(
      name: "the group's tier to be, and what lies below is not shown", target: { $0.protections = .group },
      survey: { $0.groups["acme/payments"]?.uncovered = .failure(SetupFault(.forbidden, "403 no list")) },
      says: ["+ protected tier production of group acme/payments", "403 no list"], doesNotSay: ["! "]),
    Case(
      name: "the group's tier, which no service gates any more, holds what is gated by name", isWhole: true,
      target: {
        byName(&$0)
        $0.protections = .group
      }, survey: { named(["prod/eu"], &$0) }, memory: made,
      says: [
        "! protected tier production of group acme/payments", "it is what holds acme/payments/checkout prod/eu", "leave the account in it",
        "`protect: project`",
      ], doesNotSay: ["take the account out", "- unprotected"]),
    Case(
      name: "the same, and projects are to protect it", isWhole: true, target: byName, survey: { named(["prod/eu"], &$0) }, memory: made,
      says: ["+ protected environment prod/eu of project", "- unprotected: apply has made it"], doesNotSay: ["! ", "take the account out"]),
    Case(
      name: "and the tier alone holds another of that project's", isWhole: true, target: byName,
      survey: { named(["prod/eu", "production"], &$0) }, memory: made,
      says: ["! protected tier production of group acme/payments", "it alone holds acme/payments/checkout production"],
      doesNotSay: ["- unprotected", "take the account out"]),
  ]

  private static let byName: @Sendable (inout SetupTarget) -> Void = { target in
    target.services = [SetupSamples.service(environments: ["prod/eu"])]
    target.services[0].gatedTiers = []
  }

  private static func named(_ names: [String], _ survey: inout SetupSurvey) {
    uncovered(0, &survey)
    survey.projects[0].environments = .success(names.map { EnvironmentReading(name: $0, tier: "production") })
  }
}

import ChangeControl

extension ControlPlan {
  /// One GitLab, one service in production and staging, two approvals of three release managers.
  static let example = ControlPlan(
    publicURL: "https://gatehouse.example.com",
    instances: [Instance(name: "main", reconcileEvery: .seconds(30), playsAfterApproval: true, giveUpAfter: .seconds(86_400))],
    services: [
      Service(
        id: "checkout", name: "Checkout", instance: "main", projects: [.path(Pattern("acme/payments/*"))],
        gatedTiers: ["production", "staging"], gatedEnvironments: [], workflow: "simple", changeType: .normal, policy: "two-people")
    ],
    groups: ["release-managers": .listed(["alice", "bob", "oscar", "adam"])],
    policies: [
      "two-people": Policy(
        name: "two-people", approvalRules: [ApprovalRule(approver: .group("release-managers"), requiredApprovals: 2)])
    ],
    deliveryRetention: .seconds(86_400))
}

extension DeploymentFacts {
  /// A deployment of the example's service that GitLab holds for approvals.
  static func blocked(
    _ id: Int64 = 815, environment: String = "production", tier: String = "production", project: Int64 = 30, path: String = "checkout",
    triggerer: String = "dana", title: String = "Round up \"taxes\""
  ) -> DeploymentFacts {
    DeploymentFacts(
      identity: DeploymentIdentity(instance: "main", project: project, deployment: id), iid: 12, status: .blocked, environment: environment,
      tier: tier, ref: "main", sha: "279484c09fbe69ededfced8c1bb6e6d24616b468", commitTitle: title,
      commitAuthors: ["Erin <erin@example.com>"],
      job: Job(id: 79_601, name: "deploy", status: "manual", webURL: "https://gitlab.example.com/jobs/79601"), pipeline: 901,
      triggerer: Person(id: 12, username: triggerer, name: "Dana Doe"), pendingApprovals: 1, approvals: [],
      project: Project(id: project, path: "acme/payments/\(path)", webURL: "https://gitlab.example.com/acme/payments/\(path)"),
      createdAt: nil, updatedAt: nil)
  }

  func with(_ change: (inout DeploymentFacts) -> Void) -> DeploymentFacts {
    var facts = self
    change(&facts)
    return facts
  }
}

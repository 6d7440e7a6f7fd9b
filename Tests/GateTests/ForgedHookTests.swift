import ChangeControl
import Gate
import Storage
import Testing

/// Who knows a webhook's secret may send anything. It must not choose the policy by which a deployment is decided.
@Suite struct ForgedHookTests {
  /// A service that asks next to nothing, for the sandbox.
  func bench() throws -> Bench {
    let bench = try Bench()
    bench.plan.services.append(
      Service(
        id: "sandbox", name: "Sandbox", instance: "main", projects: [.path(Pattern("acme/sandbox/*"))], gatedTiers: ["staging"],
        gatedEnvironments: [], workflow: "simple", changeType: .normal, policy: "anyone"))
    bench.plan.policies["anyone"] = Policy(
      name: "anyone", approvalRules: [ApprovalRule(approver: .user("mallory"))], preventSelfApproval: false)
    return bench
  }

  /// Says of the production deployment that it is the sandbox's.
  let lie = WebhookEvent.deployment(
    DeploymentEvent(
      identity: Bench.identity, kind: .blocked, environment: "production", tier: "staging",
      project: Project(id: 30, path: "acme/sandbox/toy", webURL: "https://evil.example.com"), jobID: 79_601, approver: nil,
      approvalID: nil))

  func receive(_ bench: Bench, _ event: WebhookEvent, key: String = "k") throws {
    try bench.command { gate, transaction in
      _ = try gate.receive(
        Delivery(instance: "main", idempotencyKey: key, eventName: "Deployment Hook", event: event, body: [], requestID: "r"),
        in: transaction)
    }
  }

  @Test func whatAHookSaysOfProjectAndTierIsAskedAnew() throws {
    let bench = try bench()
    try receive(bench, lie)
    let claim = try #require(try bench.claims().first)
    #expect(claim.instruction == .inspect(Bench.identity, project: nil, tier: nil))
  }

  @Test func itIsAskedAnewTooOnceTheDeploymentHasBeenSeenNotToWait() throws {
    let bench = try bench()
    try receive(bench, lie)
    var facts = Bench.facts(.created, pending: 0)
    (facts.project, facts.tier) = (nil, nil)
    try bench.settle(try #require(try bench.claims().first), .done(facts))
    try bench.command { try $1.askToInspect(deployment: 1, instance: "main", requestID: "r") }
    let claim = try #require(try bench.claims().first)
    #expect(claim.instruction == .inspect(Bench.identity, project: nil, tier: nil))
  }

  @Test func aPipelineHintIsNotBelievedEither() throws {
    let bench = try bench()
    let hint = PipelineHint(
      instance: "main", project: Project(id: 30, path: "acme/sandbox/toy", webURL: nil), pipeline: 2_366,
      jobs: [.init(id: 79_601, environment: "production", tier: "staging")])
    try receive(bench, .pipeline(hint))
    try bench.settle(try #require(try bench.claims().first), .located([Bench.identity]))
    let claim = try #require(try bench.claims().first)
    #expect(claim.instruction == .inspect(Bench.identity, project: nil, tier: nil))
  }

  @Test func noProjectIsWatchedBecauseAHookNamedIt() throws {
    let bench = try bench()
    try receive(bench, lie)
    #expect(try bench.connection.reading(at: bench.now) { try $0.knownProjects(instance: "main") }.isEmpty)
  }

  @Test func whatTheAPIHasSaidIsNotAskedTwice() throws {
    let bench = try bench()
    try bench.openChange()
    try bench.command { try $1.askToInspect(deployment: 1, instance: "main", requestID: "r") }
    let claim = try #require(try bench.claims().first)
    #expect(
      claim.instruction
        == .inspect(
          Bench.identity, project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), tier: "production"))
  }
}

import ChangeControl
import Gate
import Storage
import Testing

@Suite struct ReceiveTests {
  func event(
    _ kind: DeploymentEvent.Kind = .blocked, environment: String = "production", tier: String? = "production", deployment: Int64 = 815,
    approver: Person? = nil, approval: Int64? = nil
  ) -> WebhookEvent {
    .deployment(
      DeploymentEvent(
        identity: DeploymentIdentity(instance: "main", project: 30, deployment: deployment), kind: kind,
        environment: environment, tier: tier, project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), jobID: 79_601,
        approver: approver, approvalID: approval))
  }

  func receive(_ bench: Bench, _ event: WebhookEvent, key: String?) throws -> DeliveryResult {
    let delivery = Delivery(
      instance: "main", idempotencyKey: key, eventName: "Deployment Hook", event: event, body: Array("{}".utf8), requestID: "r")
    return try bench.command { try $0.receive(delivery, in: $1).result }
  }

  @Test func aBlockedDeploymentIsAskedAboutAndNotBelieved() throws {
    let bench = try Bench()
    #expect(try receive(bench, event(), key: "k1") == .recorded)
    #expect(try bench.count("change_request") == 0)
    let claims = try bench.claims()
    #expect(claims.map(\.callback.step) == [.inspect])
  }

  @Test func theSameKeyIsADuplicate() throws {
    let bench = try Bench()
    #expect(try receive(bench, event(), key: "k1") == .recorded)
    #expect(try receive(bench, event(), key: "k1") == .duplicate)
    #expect(try bench.count("delivery") == 1)
    #expect(try bench.count("outbox") == 1)
  }

  @Test func theSameMeaningUnderAnotherKeyIsADuplicate() throws {
    let bench = try Bench()
    #expect(try receive(bench, event(), key: "k1") == .recorded)
    #expect(try receive(bench, event(), key: "k2") == .duplicate)
    #expect(try receive(bench, event(), key: nil) == .duplicate)
    #expect(try bench.count("outbox") == 1)
  }

  @Test func twoApprovalsOfOneDeploymentAreTwoEvents() throws {
    let bench = try Bench()
    let mallory = Person(id: 5, username: "mallory", name: "Mallory")
    #expect(try receive(bench, event(.approved, approver: mallory, approval: 1), key: "k1") == .recorded)
    #expect(try receive(bench, event(.approved, approver: mallory, approval: 2), key: "k2") == .recorded)
  }

  @Test func whatNoServiceGatesIsIgnored() throws {
    let bench = try Bench()
    #expect(try receive(bench, event(environment: "review/1", tier: "development"), key: "k1") == .ignored)
    #expect(try receive(bench, .irrelevant(reason: "a push"), key: "k2") == .ignored)
    #expect(try bench.count("outbox") == 0)
    #expect(try bench.count("delivery") == 2)
  }

  @Test func environmentsAreGatedByNameToo() throws {
    let bench = try Bench()
    #expect(try receive(bench, event(environment: "prod/eu", tier: "other"), key: "k1") == .recorded)
  }

  @Test func ourOwnApprovalIsNoNews() throws {
    let bench = try Bench()
    try bench.command { try $1.noteIdentity(instance: "main", userID: gateAccount.id, username: gateAccount.username, version: nil) }
    #expect(try receive(bench, event(.approved, approver: gateAccount, approval: 1), key: "k1") == .ignored)
  }

  @Test func aBurstAsksOnce() throws {
    let bench = try Bench()
    for (index, kind) in [DeploymentEvent.Kind.blocked, .running, .success].enumerated() {
      #expect(try receive(bench, event(kind), key: "k\(index)") == .recorded)
    }
    #expect(try bench.count("outbox") == 1)
  }

  @Test func aPipelineHintIsLocatedAndThenInspected() throws {
    let bench = try Bench()
    let hint = PipelineHint(
      instance: "main", project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), pipeline: 2_366,
      jobs: [.init(id: 79_601, environment: "production", tier: "production"), .init(id: 2, environment: "review", tier: "development")])
    #expect(try receive(bench, .pipeline(hint), key: "k1") == .recorded)
    let claim = try #require(try bench.claims().first)
    guard case .locate(let located) = claim.instruction else { throw Bench.Broken(what: "not locate") }
    #expect(located.jobs.map(\.id) == [79_601])
    try bench.settle(claim, .located([Bench.identity]))
    #expect(try bench.claims().map(\.callback.step) == [.inspect])
  }

  @Test func bodiesGoAfterTheirTime() throws {
    let bench = try Bench()
    _ = try receive(bench, event(), key: "k1")
    _ = try receive(bench, .irrelevant(reason: "a push"), key: "k2")
    #expect(try bench.command { try $0.sweep(in: $1) } == 0)
    bench.wait(.seconds(86_401))
    #expect(try bench.command { try $0.sweep(in: $1) } == 2)
    #expect(try bench.connection.query("SELECT body IS NULL FROM delivery") { $0.requiredInteger(0) } == [1])
    #expect(try receive(bench, event(), key: "k1") == .duplicate)
  }
}

import Calendar
import ChangeControl
import Configuration
import Gate
import GitLab
import HTTPMessages
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import gatehouse

/// A courier is on its way out, and what it has begun comes to its end by the rules that have taken its own's place.
@Suite struct CourierReloadTests {
  private static let now = Instant(milliseconds: 1_788_426_902_000)

  private func gate(givingUpAfter limit: String) throws -> (gate: Gate, token: Secret) {
    let configuration = try Configuration.parse(
      """
      gitlab: [{name: main, url: "https://gitlab.example.com", token: {env: TOKEN}, webhook_token: {env: TOKEN}, give_up_after: \(limit)}]
      services: [{id: checkout, projects: [30], gate: {tiers: [production]}, policy: people}]
      policies: {people: {approval_rules: [{user: alice}]}}
      """, file: "gatehouse.yaml", environment: ["TOKEN": "glpat-of-the-story"])
    return (Gate(plan: configuration.plan), try #require(configuration.gitlab.first?.token))
  }

  /// The former rules would give up at once.
  @Test func anOutcomeIsSettledByTheRulesThatAreInForceThen() async throws {
    let folder = TemporaryFolder()
    let (former, token) = try gate(givingUpAfter: "1m")
    let successor = try gate(givingUpAfter: "30d").gate
    let connection = try Connection(path: folder.file("gate.db"), access: .readWrite)
    try Migrator.migrate(connection)
    try connection.transaction(at: Self.now) { transaction in
      try former.apply(Self.facts, by: .webhook, requestID: "r", in: transaction)
      let yes = DecisionRequest(
        key: "CHG-1", status: .approved, comment: nil, representedAs: nil, expectedRevision: nil, requestID: "r")
      _ = try former.decide(yes, by: Actor(user: "alice", role: .approver), in: transaction)
      // GitLab has refused it for an hour.
      let claim = try #require(try former.claim(instance: "main", limit: 1, in: transaction).first)
      _ = try former.settle(claim, .refused(reason: "403"), in: transaction)
    }
    let later = Self.now + .seconds(3_600)
    let writer = try Writer(path: folder.file("gate.db"), clock: { later })
    let readers = try Readers(path: folder.file("gate.db"), clock: { later })
    defer { readers.close() }
    let inForce = GateInForce(former)
    let gitlab = GitLabConnection(
      name: "main", address: try GitLabAddress("https://gitlab.example.com"), token: token,
      transport: Refusing { inForce.replace(with: successor) })
    let courier = Courier(gate: inForce, gitlab: gitlab, writer: writer, readers: readers, bell: Bell(), log: LogLines().logger)
    let run = Task { await courier.run() }
    let callback = try await eventually("the attempt to end") { () -> Sighting<CallbackRecord> in
      let rows = try connection.reading(at: later) { try $0.callbacks(change: 1) }
      return rows.first.flatMap { $0.attempts == 2 && $0.leasedUntil == nil ? .found($0) : nil } ?? .notYet("\(rows)")
    }
    run.cancel()
    await run.value
    #expect(callback.state == .retrying && callback.step == .approve, "\(callback)")
  }

  private static let facts = DeploymentFacts(
    identity: DeploymentIdentity(instance: "main", project: 30, deployment: 815), iid: nil, status: .blocked, environment: "production",
    tier: "production", ref: "main", sha: "279484c09fbe69ededfced8c1bb6e6d24616b468", commitTitle: nil, commitAuthors: [],
    job: Job(id: 79_601, name: "deploy", status: "manual"), pipeline: nil, triggerer: Person(id: 12, username: "dana", name: "Dana"),
    pendingApprovals: 1, approvals: [], project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), createdAt: nil,
    updatedAt: nil)
}

/// A GitLab that refuses everything; something happens meanwhile.
private struct Refusing: Transport {
  let meanwhile: @Sendable () -> Void

  func send(_ request: Request) async -> Answer {
    meanwhile()
    return .success(Response(head: HTTPResponse(status: .forbidden), body: Array(#"{"message":"403 Forbidden"}"#.utf8)))
  }
}

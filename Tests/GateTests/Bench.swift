import Calendar
import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

/// A gate over a real database file with a clock that is set by hand: everything of the core, nothing of the rim.
final class Bench {
  let folder = TemporaryFolder()
  /// Opened when it is first asked for: a life that dies brings a file of its own.
  private(set) lazy var connection = opened()
  var now = Instant(milliseconds: 1_788_426_902_000)
  var plan: ControlPlan
  static let identity = DeploymentIdentity(instance: "main", project: 30, deployment: 815)

  /// - Parameter rows: what an older program has left in the database, written as of its `version` of the schema.
  init(required: Int = 1, plays: Bool = true, before rows: String? = nil, version: Int = 0) throws {
    plan = ControlPlan(
      publicURL: "https://gatehouse.example.com",
      instances: [.init(name: "main", reconcileEvery: .seconds(30), playsAfterApproval: plays, giveUpAfter: .seconds(3_600))],
      services: [
        Service(
          id: "checkout", name: "Checkout", instance: "main", projects: [.path(Pattern("acme/payments/*"))], gatedTiers: ["production"],
          gatedEnvironments: [Pattern("prod/*")], workflow: "simple", changeType: .normal, policy: "people")
      ],
      groups: ["managers": .listed(["alice", "bob", "carol"])],
      policies: [
        "people": Policy(name: "people", approvalRules: [ApprovalRule(approver: .group("managers"), requiredApprovals: required)])
      ], deliveryRetention: .seconds(86_400))
    guard let rows else { return }
    let older = try Connection(path: folder.file("gate.db"), access: .readWrite)
    try Migrator.migrate(older, steps: Array(Migrator.steps.prefix(version)))
    try older.run(rows)
    try Migrator.migrate(older)
    connection = older
  }

  private func opened() -> Connection {
    do {
      try write(Bench.migrated, toNewFile: folder.file("gate.db"))
      return try Connection(path: folder.file("gate.db"), access: .readWrite)
    } catch {
      preconditionFailure("a new database is opened: \(error)")
    }
  }

  /// A new database as the migrations leave it, made once.
  static let migrated: [UInt8] = {
    let folder = TemporaryFolder()
    do { try Migrator.migrate(Connection(path: folder.file("new.db"), access: .readWrite)) } catch {
      preconditionFailure("a new database is migrated: \(error)")
    }
    return bytes(ofFile: folder.file("new.db"))
  }()

  var gate: Gate { Gate(plan: plan, chance: Half()) }

  @discardableResult
  func command<Value>(_ body: (Gate, Transaction) throws -> Value) throws -> Value {
    try connection.transaction(at: now) { try body(gate, $0) }
  }

  static func facts(
    _ status: DeploymentStatus = .blocked, pending: Int = 1, job: String? = "manual", approvals: [RecordedApproval] = [],
    environment: String = "production", tier: String? = "production", triggerer: String? = "dana", deployment: Int64 = 815
  ) -> DeploymentFacts {
    DeploymentFacts(
      identity: DeploymentIdentity(instance: "main", project: 30, deployment: deployment), iid: 61, status: status,
      environment: environment,
      tier: tier, ref: "main", sha: "279484c09fbe69ededfced8c1bb6e6d24616b468", commitTitle: "Raise checkout timeout",
      commitAuthors: ["Dana"],
      job: job.map { Job(id: 79_601, name: "deploy", status: $0) }, pipeline: 2_366,
      triggerer: triggerer.map { Person(id: 12, username: $0, name: $0) }, pendingApprovals: pending, approvals: approvals,
      project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), createdAt: nil, updatedAt: nil)
  }

  func apply(_ facts: DeploymentFacts) throws {
    try command { try $0.apply(facts, by: .webhook, requestID: "r", in: $1) }
  }

  /// A change request that waits, as CHG-1.
  func openChange() throws { try apply(Bench.facts()) }

  @discardableResult
  func decide(
    _ user: String, _ status: ApprovalStatus = .approved, key: String = "CHG-1", comment: String? = nil, role: Role = .approver,
    effectiveAt: Instant? = nil, revision: Int64? = nil
  ) throws -> ChangeView {
    let request = DecisionRequest(
      key: key, status: status, comment: comment ?? (status == .rejected ? "no" : nil), representedAs: nil, effectiveAt: effectiveAt,
      expectedRevision: revision, requestID: "r")
    return try command { try $0.decide(request, by: Actor(user: user, role: role), in: $1) }
  }

  /// Lets time go by, and has looked at what that moves.
  func wait(_ duration: Duration, looking: Bool) throws {
    now = now + duration
    if looking { try command { _ = try $0.lookAgain(in: $1) } }
  }

  /// Changes the one policy there is.
  func edit(_ change: (inout Policy) -> Void) {
    if var policy = plan.policies["people"] {
      change(&policy)
      plan.policies["people"] = policy
    }
  }

  func expectRefusal(_ code: String, _ body: () throws -> Void, _ location: SourceLocation = #_sourceLocation) throws {
    let tables = ["approval", "audit_entry", "outbox", "freeze_override"]
    let before = try tables.map(count)
    #expect(sourceLocation: location) { try body() } throws: { ($0 as? Refusal)?.code == code }
    #expect(try tables.map(count) == before, "a refusal writes nothing", sourceLocation: location)
  }

  func change(_ key: String = "CHG-1") throws -> ChangeView {
    try connection.reading(at: now) { try gate.view(key: key, in: $0) }
  }

  func claims() throws -> [Claim] { try command { try $0.claim(instance: "main", limit: 10, in: $1) } }

  @discardableResult
  func settle(_ claim: Claim, _ outcome: CallbackOutcome) throws -> Settlement { try command { try $0.settle(claim, outcome, in: $1) } }

  func actions() throws -> [String] {
    try connection.reading(at: now) { try $0.auditEntries(after: 0, limit: 1_000).map(\.action) }
  }

  func count(_ table: String) throws -> Int64 {
    try connection.query("SELECT count(*) FROM \(table)") { $0.requiredInteger(0) }.first ?? 0
  }

  func wait(_ duration: Duration) { now = now + duration }

  /// Holds at every moment of every life.
  func checkPromises() throws {
    let verdict = try connection.reading(at: now) { try AuditChain.verify($0) }
    guard case .holds = verdict else { throw Broken(what: "\(verdict)") }
    let problems = try connection.integrityProblems()
    guard problems.isEmpty else { throw Broken(what: "\(problems)") }
  }

  struct Broken: Error { var what: String }
}

/// Chance without chance.
struct Half: ChanceSource {
  func fraction() -> Double { 0.5 }
}

let gateAccount = Person(id: 97, username: "change-gateway", name: "Change Gateway")

func ours(_ status: ApprovalStatus = .approved) -> RecordedApproval {
  RecordedApproval(person: gateAccount, status: status, comment: "CHG-1 approved by alice", createdAt: nil)
}

func theirs(_ status: ApprovalStatus = .approved) -> RecordedApproval {
  RecordedApproval(person: Person(id: 5, username: "mallory", name: "Mallory"), status: status, comment: "ship it", createdAt: nil)
}

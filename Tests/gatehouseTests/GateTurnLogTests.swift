import Calendar
import ChangeControl
import Gate
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@testable import gatehouse

/// A line in the log for each gate that has turned, over a real database, without a socket.
@Suite struct GateTurnLogTests {
  private let folder = TemporaryFolder()
  private let now = Instant(milliseconds: 1_788_426_902_000)
  private let lines = LogLines()
  private var path: String { folder.file("gate.db") }

  private func plan(required: Int = 2) -> ControlPlan {
    var policy = Policy(name: "people", approvalRules: [ApprovalRule(approver: .group("managers"), requiredApprovals: required)])
    policy.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60))
    return ControlPlan(
      publicURL: "https://gatehouse.example.com",
      instances: [.init(name: "main", reconcileEvery: .seconds(30), playsAfterApproval: true, giveUpAfter: .seconds(60))],
      services: [
        Service(
          id: "checkout", name: "Checkout", instance: "main", projects: [.id(30)], gatedTiers: ["production"], gatedEnvironments: [],
          workflow: "simple", changeType: .normal, policy: "people")
      ], groups: ["managers": .listed(["alice", "bob"])], policies: ["people": policy], deliveryRetention: .seconds(60))
  }

  private func database() throws -> Connection {
    let connection = try Connection(path: path, access: .readWrite)
    try Migrator.migrate(connection)
    return connection
  }

  private func open(_ number: Int64, _ gate: Gate, in transaction: Transaction, _ status: DeploymentStatus = .blocked) throws {
    let facts = DeploymentFacts(
      identity: DeploymentIdentity(instance: "main", project: 30, deployment: number), iid: nil, status: status,
      environment: "production", tier: "production", ref: "main", sha: "279484c0", commitTitle: nil, commitAuthors: [],
      job: Job(id: number, name: "deploy", status: "manual"), pipeline: nil, triggerer: Person(id: 12, username: "dana", name: "Dana"),
      pendingApprovals: status == .blocked ? 1 : 0, approvals: [], project: nil, createdAt: nil, updatedAt: nil)
    try gate.apply(facts, by: .webhook, requestID: "inspected", in: transaction)
  }

  private func decide(
    _ number: Int64, _ status: ApprovalStatus, by user: String, comment: String? = "no", _ gate: Gate, in transaction: Transaction
  ) throws {
    let request = DecisionRequest(
      key: "CHG-\(number)", status: status, comment: comment, representedAs: nil, expectedRevision: nil, requestID: "decided")
    _ = try gate.decide(request, by: Actor(user: user, role: .operator), in: transaction)
  }

  private var beginning: GateTurnLog.Position { GateTurnLog.Position(seq: 0, hash: AuditEntry.origin, readAt: now) }

  private func log(after position: GateTurnLog.Position, readers: Readers) -> GateTurnLog {
    GateTurnLog(after: position, readers: readers, commits: Bell(), log: lines.logger)
  }

  /// What is told of turns that were committed before it looks.
  private func told() async throws -> [String] {
    let readers = try Readers(path: path, count: 1, clock: { [now] in now })
    await log(after: beginning, readers: readers).finish()
    readers.close()
    return lines.all
  }

  @Test func whatTurnedItIsTold() async throws {
    let gate = Gate(plan: plan())
    let digest = try #require(gate.policyDigests["people"])
    try database().transaction(at: now) { transaction in
      for number in 1...3 as ClosedRange<Int64> { try open(number, gate, in: transaction) }
      for user in ["alice", "bob"] { try decide(1, .approved, by: user, gate, in: transaction) }
      try decide(2, .approved, by: "alice", gate, in: transaction)
      try decide(2, .rejected, by: "bob", gate, in: transaction)
      try decide(3, .approved, by: "alice", gate, in: transaction)
      _ = try Gate(plan: plan(required: 1)).reconsiderWaiting(before: nil, requestID: "swept", in: transaction)
    }
    let newDigest = try #require(Gate(plan: plan(required: 1)).policyDigests["people"])
    #expect(newDigest != digest)
    let start = "the gate turned because="
    let tried = "prevent_self_approval: dana triggered the deployment"
    #expect(
      try await told() == [
        start + "bob change=CHG-1 found=2 of 2 approvals; \(tried); group managers: 2 of 2 (alice, bob) from=Awaiting approval "
          + "gate=allowed policy=people policy_digest=\(digest) request_id=decided status=Approved",
        start + "bob change=CHG-2 found=1 of 2 approvals; no rejection: bob rejected (bob) from=Awaiting approval gate=prevented "
          + "policy=people policy_digest=\(digest) request_id=decided status=Rejected",
        start + "the policy in force change=CHG-3 found=1 of 1 approvals; \(tried); "
          + "group managers: 1 of 1 (alice) from=Awaiting approval gate=allowed policy=people policy_digest=\(newDigest) request_id=swept status=Approved",
      ])
  }

  /// Past the rules: whoever watches the log wants to know. Nor does a person's reason bring a second line, an endless one, or a token into it.
  @Test func aBrokenGlassAndADeploymentThatRanByItselfAreWarnings() async throws {
    let gate = Gate(plan: plan())
    let reason = "down\n{\"level\":\"info\"} \u{1B}[2J" + String(repeating: "x", count: 2_000)
    try database().transaction(at: now) { transaction in
      for number in 1...2 as ClosedRange<Int64> { try open(number, gate, in: transaction) }
      let bob = Actor(user: "bob", role: .operator)
      _ = try gate.breakGlass(key: "CHG-1", reason: reason, expectedRevision: nil, by: bob, requestID: "broken", in: transaction)
      try open(2, gate, in: transaction, .running)
    }
    let told = try await told()
    #expect(told.count == 2)
    #expect(told.first?.hasPrefix("warning: the gate turned because=bob break_glass=true change=CHG-1 found=0 of 2 approvals; ") == true)
    #expect(told.first?.contains("bob broke the glass: down {") == true)
    let values = "because=GitLab says the deployment is running change=CHG-2 from=Awaiting approval gate=invalid out_of_band=true"
    #expect(told.last == "warning: the gate turned \(values) status=Deploying")
    for line in told {
      #expect(line.count < 2 * GateTurn.limit)
      #expect(!line.unicodeScalars.contains { $0.value < 0x20 }, "\(line)")
    }
  }

  @Test(arguments: ["ght_", "glpat-"]) func aTokenInAReasonIsNotTold(_ prefix: String) async throws {
    let gate = Gate(plan: plan())
    try database().transaction(at: now) { transaction in
      try open(1, gate, in: transaction)
      let bob = Actor(user: "bob", role: .operator)
      _ = try gate.breakGlass(
        key: "CHG-1", reason: "with \(prefix)0123456789abcdef", expectedRevision: nil, by: bob, requestID: "broken", in: transaction)
    }
    let told = try await told()
    #expect(told.count == 1 && !told.contains { $0.contains("0123456789abcdef") }, "\(told)")
  }

  /// However many turn in one commit, and whatever else is written: each has one line, in their order, and what was before has none.
  @Test func manyTurnsAreToldOnceAndInTheirOrder() async throws {
    let gate = Gate(plan: plan())
    let connection = try database()
    let count = Int64(GateTurnLog.page * 2)
    let head = try connection.transaction(at: now) { transaction in
      try open(count + 1, gate, in: transaction)
      try decide(1, .rejected, by: "bob", gate, in: transaction)
      return try GateTurnLog.Position(endOf: transaction)
    }
    try connection.transaction(at: now) { transaction in
      for number in 1...count {
        try open(number, gate, in: transaction)
        try decide(number + 1, .rejected, by: "bob", gate, in: transaction)
      }
    }
    let readers = try Readers(path: path, count: 1, clock: { [now] in now })
    defer { readers.close() }
    let log = log(after: head, readers: readers)
    await log.finish()
    let changes = lines.all.compactMap { line in line.split(separator: " ").first { $0.hasPrefix("change=") }.map(String.init) }
    #expect(changes == (2...count + 1).map { "change=CHG-\($0)" })
    await log.finish()
    #expect(lines.all.count == Int(count), "nothing is told twice")
  }

  @Test func whatCannotBeReadIsSaidToBeMissing() async throws {
    _ = try database()
    let readers = try Readers(path: path, count: 1, clock: { [now] in now })
    readers.close()
    await log(after: GateTurnLog.Position(seq: 7, hash: AuditEntry.origin, readAt: now), readers: readers).finish()
    #expect(lines.all.count == 1)
    #expect(lines.all.first?.hasPrefix("error: gates may have turned of which there is no line") == true, "\(lines.all)")
    #expect(lines.all.first?.contains("after_seq=7") == true)
  }

  /// Its gate had turned before; a freeze held what GitLab was owed.
  @Test func aGlassThatIsBrokenForWhatIsHeldIsTold() async throws {
    var plan = plan(required: 1)
    let connection = try database()
    try connection.transaction(at: now) { transaction in
      let gate = Gate(plan: plan)
      try open(1, gate, in: transaction)
      try decide(1, .approved, by: "alice", comment: nil, gate, in: transaction)
    }
    let period = try #require(Period(start: now, end: now + .seconds(3_600)))
    plan.policies["people"]?.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))]
    try connection.transaction(at: now + .seconds(1)) { transaction in
      let gate = Gate(plan: plan)
      #expect(try gate.claim(instance: "main", limit: 1, in: transaction).isEmpty)
      let bob = Actor(user: "bob", role: .operator)
      _ = try gate.breakGlass(
        key: "CHG-1", reason: "down\nwith glpat-0123456789", expectedRevision: nil, by: bob, requestID: "broken", in: transaction)
    }
    let told = try await told()
    #expect(told.count == 2)
    #expect(
      told.last == "warning: the glass was broken for a decision that was held because=bob break_glass=true change=CHG-1 from=Approved "
        + "gate=allowed reason=down with glpat-[REDACTED] releases=approve request_id=broken", "\(told)")
  }

  /// Somebody has put an older state back below the running server: what turns from then on is told, and that something is wrong, once.
  @Test func whatTurnsAfterTheDatabaseWasRestoredIsTold() async throws {
    let (gate, connection) = (Gate(plan: plan()), try database())
    let clock = Mutex(now)
    let readers = try Readers(path: path, count: 1, clock: { clock.withLock { $0 } })
    defer { readers.close() }
    let log = log(after: beginning, readers: readers)
    func reject(_ number: Int64, after seconds: Int64) async throws {
      let now = now + .seconds(seconds)
      clock.withLock { $0 = now }
      try connection.transaction(at: now) { transaction in
        try open(number, gate, in: transaction)
        try decide(number, .rejected, by: "bob", gate, in: transaction)
      }
      await log.finish()
    }
    for number in 1...3 as ClosedRange<Int64> { try await reject(number, after: 10 * number) }
    // As the state after the first change was: with a log that is shorter.
    let first = try #require(try connection.query("SELECT max(seq) FROM audit_entry WHERE change = 1") { $0.requiredInteger(0) }.first)
    try connection.run(
      """
      DROP TRIGGER audit_entry_is_never_deleted;
      DELETE FROM audit_entry WHERE seq > \(first);
      UPDATE audit_head SET seq = \(first), hash = (SELECT hash FROM audit_entry WHERE seq = \(first));
      """)
    try await reject(4, after: 40)
    try await reject(5, after: 50)
    let changes = lines.all.map { line in
      line.split(separator: " ").first { $0.hasPrefix("change=") }.map(String.init) ?? String(line.prefix(22))
    }
    #expect(changes == ["change=CHG-1", "change=CHG-2", "change=CHG-3", "warning: the audit log", "change=CHG-4", "change=CHG-5"])
    #expect(lines.all.contains { $0.contains("gatehouse audit verify") && $0.contains("restored") })
  }
}

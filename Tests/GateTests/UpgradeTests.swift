import Calendar
import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

/// Databases of older versions, with changes that wait and changes that are decided: brought up to date, they go on where they stood.
@Suite struct UpgradeTests {
  private static let schema = 1...3

  /// Alice has said yes to both, of two that were needed; bob to the second too.
  private func old(_ version: Int) throws -> (bench: Bench, connection: Connection) {
    let bench = try Bench(required: 2)
    let connection = try Connection(path: bench.folder.file("old.db"), access: .readWrite)
    try Migrator.migrate(connection, steps: Array(Migrator.steps.prefix(version)))
    let now = bench.now.milliseconds
    for id in Int64(1)...2 {
      let (gate, decided) = id == 1 ? ("awaiting", nil) : ("allowed", now)
      try connection.execute(
        """
        INSERT INTO deployment (id, instance, project_id, deployment_id, status, environment, tier, project_path, sha, triggerer_id, triggerer_username,
          pending_approvals, first_seen_at, first_seen_by, inspected_at)
        VALUES (?, 'main', 30, ?, 'blocked', 'production', 'production', 'acme/payments/checkout',
          '279484c09fbe69ededfced8c1bb6e6d24616b468', 12, 'dana', 1, ?, 'webhook', ?)
        """, id, 814 + id, now, now)
      try connection.execute(
        """
        INSERT INTO change_request (id, deployment, service, policy, workflow, type, status, gate, revision, sha, created_at, updated_at,
          decided_at)
        VALUES (?, ?, 'checkout', 'people', 'simple', 'normal', ?, ?, 2, '279484c09fbe69ededfced8c1bb6e6d24616b468', ?, ?, ?)
        """, id, id, id == 1 ? "Awaiting approval" : "Approved", gate, now, now, decided)
      for user in id == 1 ? ["alice"] : ["alice", "bob"] {
        try connection.execute(
          "INSERT INTO approval (change, user, status, created_at) VALUES (?, ?, 'approved', ?)", id, user, now)
      }
    }
    for step in ["approve", "play"] {
      try connection.execute(
        """
        INSERT INTO outbox (instance, step, deployment, change, after, state, due_at, request_id, created_at)
        VALUES ('main', ?, 2, 2, (SELECT max(id) FROM outbox), 'pending', ?, 'r', ?)
        """, step, now, now)
    }
    try Migrator.migrate(connection)
    return (bench, connection)
  }

  @Test(arguments: schema) func whatWaitsKeepsWhatWasSaid(_ version: Int) throws {
    let (bench, connection) = try old(version)
    let waiting = try connection.reading(at: bench.now) { try bench.gate.view(key: "CHG-1", in: $0) }
    #expect(waiting.approvals.map(\.step) == ["Awaiting approval"])
    #expect(waiting.waitingFor == ["1 more approval from group managers"])
    #expect(waiting.evaluation?.seats == ["alice": 0])
    let decided = try connection.transaction(at: bench.now) { transaction in
      let request = DecisionRequest(
        key: "CHG-1", status: .approved, comment: nil, representedAs: nil, expectedRevision: 2, requestID: "r")
      return try bench.gate.decide(request, by: Actor(user: "bob", role: .approver), in: transaction)
    }
    #expect(decided.change.gate == .allowed)
    #expect(try connection.integrityProblems() == [])
  }

  @Test(arguments: schema) func whatIsDecidedIsShownAsItWasAndDelivered(_ version: Int) throws {
    let (bench, connection) = try old(version)
    let decided = try connection.reading(at: bench.now) { try bench.gate.view(key: "CHG-2", in: $0) }
    #expect(decided.evaluation?.verdict == .allowed)
    let claims = try connection.transaction(at: bench.now) { try bench.gate.claim(instance: "main", limit: 10, in: $0) }
    guard case .approve(let effect) = claims.first?.instruction else { return #expect(Bool(false), "\(claims)") }
    #expect(effect.people == ["alice", "bob"] && effect.required == 2)
  }

  /// A time by which nothing was known of then: it is looked at, and looked at again when it is due.
  @Test(arguments: schema) func whatWaitsIsLookedAtByThePolicyOfNow(_ version: Int) throws {
    let (bench, connection) = try old(version)
    bench.edit { $0.expiresAfter = .seconds(60) }
    try connection.transaction(at: bench.now) { _ = try bench.gate.reconsiderWaiting(before: nil, in: $0) }
    bench.wait(.seconds(60))
    try connection.transaction(at: bench.now) { _ = try bench.gate.lookAgain(in: $0) }
    let expired = try connection.reading(at: bench.now) { try bench.gate.view(key: "CHG-1", in: $0) }
    #expect(expired.change.status == "Expired" && expired.callbacks.isEmpty)
  }
}

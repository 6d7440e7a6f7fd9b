import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Databases that older versions have left in the middle of things, brought up to date: what was said goes on to count, what was owed goes on to
/// GitLab.
@Suite struct UpgradeTests {
  /// Every version of the schema but the newest.
  private static let versions = 1..<Migrator.steps.count
  private static let statuses = ["Awaiting approval", "Approved", "Rejected", "Approved", "Deployed"]
  private static let gates = ["awaiting", "allowed", "prevented", "allowed", "allowed"]

  /// CHG-1 waits with one yes of two, CHG-2 is let through and owes all, CHG-3 is rejected and owes that, CHG-4 was approved and is to be played,
  /// CHG-5 was let through by others.
  private static let rows: String = {
    var sql = "INSERT INTO gitlab_instance (name, user_id) VALUES ('main', 99);"
    for (index, status) in statuses.enumerated() {
      let id = index + 1
      let (decided, closed) = (id == 1 ? "NULL" : "50", id == 5 ? "60" : "NULL")
      sql += """
        INSERT INTO deployment (id, instance, project_id, deployment_id, status, environment, tier, project_path, ref, sha, job_id, triggerer_id,
          triggerer_username, triggerer_name, pending_approvals, first_seen_at, first_seen_by, inspected_at)
        VALUES (\(id), 'main', 30, \(814 + id), '\(id == 5 ? "success" : "blocked")', 'prod/\(id)', 'production', 'acme/payments/checkout', 'main',
          '279484c09fbe69ededfced8c1bb6e6d24616b468', 79601, 12, 'dana', 'Dana', 1, 40, 'webhook', 45);
        INSERT INTO change_request (id, deployment, service, policy, workflow, type, status, gate, revision, sha, out_of_band, created_at, updated_at,
          decided_at, closed_at)
        VALUES (\(id), \(id), 'checkout', 'people', 'simple', 'normal', '\(status)', '\(gates[index])', 3,
          '279484c09fbe69ededfced8c1bb6e6d24616b468', \(id == 5 ? 1 : 0), 40, 50, \(decided), \(closed));
        """
    }
    for (change, user, status) in [
      (1, "alice", "approved"), (2, "alice", "approved"), (2, "bob", "approved"), (3, "bob", "rejected"),
      (4, "alice", "approved"), (4, "carol", "approved"),
    ] {
      sql += "INSERT INTO approval (change, user, status, comment, created_at) VALUES (\(change), '\(user)', '\(status)', 'c', 48);"
    }
    for (id, change, step, after, state, settled) in [
      (1, 2, "approve", "NULL", "pending", "NULL"), (2, 2, "play", "1", "pending", "NULL"), (3, 3, "reject", "NULL", "retrying", "NULL"),
      (4, 4, "approve", "NULL", "delivered", "55"), (5, 4, "play", "4", "pending", "NULL"),
    ] {
      sql += """
        INSERT INTO outbox (id, instance, step, deployment, change, after, state, due_at, request_id, created_at, settled_at)
        VALUES (\(id), 'main', '\(step)', \(change), \(change), \(after), '\(state)', 50, 'r', 50, \(settled));
        """
    }
    return sql
  }()

  private func bench(_ version: Int) throws -> Bench { try Bench(required: 2, before: Self.rows, version: version) }

  @Test(arguments: versions) func whatWasSaidGoesOnToCount(_ version: Int) throws {
    let bench = try bench(version)
    try bench.checkPromises()
    let waiting = try bench.change("CHG-1")
    #expect(waiting.approvals.map(\.step) == ["Awaiting approval"])
    #expect(waiting.waitingFor == ["1 more approval from group managers"])
    #expect(waiting.evaluation?.seats == ["alice": 0])
    #expect(bench.refusal { try bench.decide("dana") }?.code != nil)
    // The same yes again is none.
    #expect(try bench.decide("alice").change.revision == 3)
    #expect(try bench.decide("bob", revision: 3).change.gate == .allowed)
    #expect(try bench.connection.integrityProblems() == [])
  }

  @Test(arguments: versions) func whatWasOwedGoesOnToGitLab(_ version: Int) throws {
    let bench = try bench(version)
    let claims = try bench.claims()
    #expect(claims.map(\.callback.step) == [.approve, .reject, .play])
    #expect(claims.map(\.callback.change) == [2, 3, 4])
    guard case .approve(let effect)? = claims.first?.instruction, case .reject(let rejection)? = claims.dropFirst().first?.instruction
    else {
      throw Bench.Broken(what: "\(claims)")
    }
    #expect(effect.people == ["alice", "bob"] && effect.required == 2)
    #expect(rejection.people == ["bob"] && rejection.reason == "c")
    for claim in claims { try bench.settle(claim, .done(Bench.facts(deployment: 813 + (claim.callback.change ?? 0)))) }
    #expect(try bench.claims().filter { $0.callback.step == .play }.map(\.callback.change) == [2])
    try bench.checkPromises()
  }

  @Test(arguments: versions) func whatWasDecidedIsShownAsItFell(_ version: Int) throws {
    let bench = try bench(version)
    #expect(try (1...5).map { try bench.change("CHG-\($0)").evaluation?.verdict } == [.waiting, .allowed, .rejected, .allowed, .waiting])
    #expect(try (1...5).map { try bench.change("CHG-\($0)").change.status } == Self.statuses)
    #expect(try bench.change("CHG-5").change.outOfBand)
  }

  /// A time by which nothing was known of then: it is looked at, and looked at again when it is due.
  @Test(arguments: versions) func whatWaitsIsLookedAtByThePolicyOfNow(_ version: Int) throws {
    let bench = try bench(version)
    let opened = try bench.change("CHG-1").change.createdAt
    bench.edit { $0.expiresAfter = bench.now - opened + .seconds(60) }
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change("CHG-1").change.gate == .awaiting)
    try bench.wait(.seconds(60), looking: true)
    let expired = try bench.change("CHG-1")
    #expect(expired.change.status == "Expired" && expired.callbacks.isEmpty)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

/// An override is for the freezes that held a change when it was asked for, and for no other.
@Suite struct FreezeOverrideTests {
  private func bench() throws -> Bench {
    let bench = try Bench(required: 2)
    bench.edit { $0.freezeOverride = "managers" }
    try bench.freeze("release", from: .zero, lasting: .seconds(3_600))
    try bench.openChange()
    return bench
  }

  private func overriding(_ bench: Bench, _ window: String) throws -> [String]? {
    try bench.change().evaluation?.root.children.first { $0.rule == "freeze window \(window)" }?.counted
  }

  @Test func aLaterFreezeIsOverriddenAnew() throws {
    let bench = try bench()
    try bench.override("bob")
    try bench.override("carol")
    #expect(try overriding(bench, "release") == ["bob", "carol"])
    try bench.freeze("audit", from: .seconds(7_200), lasting: .seconds(3_600))
    try bench.wait(.seconds(7_200), looking: true)
    try bench.decide("alice")
    #expect(try bench.decide("bob").change.gate == .awaiting)
    #expect(try overriding(bench, "audit") == [])
    #expect(try bench.override("bob").change.gate == .awaiting)
    #expect(try bench.override("carol").change.gate == .allowed)
    #expect(try overriding(bench, "audit") == ["bob", "carol"])
    try bench.checkPromises()
  }

  @Test func aFreezeThatHoldsWhatWasDecidedInAnotherIsOverriddenAnew() throws {
    let bench = try bench()
    try bench.freeze("audit", from: .seconds(1_800), lasting: .seconds(3_600))
    for user in ["bob", "carol"] {
      try bench.override(user)
      try bench.decide(user)
    }
    #expect(try bench.change().change.gate == .allowed)
    bench.wait(.seconds(1_800))
    #expect(try bench.claims().isEmpty)
    for user in ["bob", "carol"] { try bench.override(user) }
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  @Test func theSameWeekdayIsAnotherFreezeAWeekLater() throws {
    let bench = try bench()
    let nightly = try CronSchedule("0 0 * * *")
    let window = FreezeWindow(name: "night", schedule: .recurring(nightly, lasting: .seconds(86_399), in: .utc))
    bench.edit { $0.freezeWindows = [window] }
    try bench.override("bob")
    try bench.override("carol")
    #expect(try overriding(bench, "night") == ["bob", "carol"])
    bench.wait(.seconds(7 * 86_400))
    #expect(try overriding(bench, "night") == [])
  }

  /// Nobody can tell whether a window that a configuration has renamed or moved is the one that was looked past.
  @Test(arguments: ["name", "end"])
  func aWindowThatAConfigurationHasChangedIsOverriddenAnew(_ what: String) throws {
    let bench = try bench()
    try bench.override("bob")
    try bench.override("carol")
    bench.edit { $0.freezeWindows = [] }
    try bench.freeze(what == "name" ? "renamed" : "release", from: .zero, lasting: .seconds(what == "end" ? 3_601 : 3_600))
    #expect(try overriding(bench, what == "name" ? "renamed" : "release") == [])
    // As it was, it is the one that they meant.
    bench.edit { $0.freezeWindows = [] }
    try bench.freeze("release", from: .zero, lasting: .seconds(3_600))
    #expect(try overriding(bench, "release") == ["bob", "carol"])
  }

  @Test func whatAnOlderProgramWroteDownIsKept() throws {
    let folder = TemporaryFolder()
    let connection = try Connection(path: folder.file("gate.db"), access: .readWrite)
    try Migrator.migrate(connection, steps: Array(Migrator.steps.prefix(6)))
    try connection.run(
      """
      INSERT INTO deployment (id, instance, project_id, deployment_id, status, environment, first_seen_at, first_seen_by)
      VALUES (1, 'main', 30, 815, 'blocked', 'production', 40, 'webhook');
      INSERT INTO change_request (id, deployment, service, policy, workflow, type, status, gate, revision, sha, created_at, updated_at)
      VALUES (1, 1, 'checkout', 'people', 'simple', 'normal', 'Awaiting approval', 'awaiting', 1, 'a', 40, 40);
      INSERT INTO freeze_override (change, user, reason, created_at) VALUES (1, 'carol', 'second', 51), (1, 'bob', 'first', 50);
      """)
    try Migrator.migrate(connection)
    let kept = try connection.reading(at: Instant(milliseconds: 60)) { try $0.freezeOverrides(change: 1) }
    #expect(
      kept == [
        FreezeOverride(user: "bob", reason: "first", askedAt: Instant(milliseconds: 50)),
        FreezeOverride(user: "carol", reason: "second", askedAt: Instant(milliseconds: 51)),
      ])
  }

  /// It is not written down of which windows: those that held then, as far as they hold still.
  @Test func whatAnOlderProgramWroteDownGoesForTheFreezeOfThen() throws {
    let bench = try bench()
    for user in ["bob", "carol"] {
      try bench.connection.execute(
        "INSERT INTO freeze_override (change, user, reason, created_at) VALUES (1, ?, 'now', ?)", user, bench.now.milliseconds)
    }
    #expect(try overriding(bench, "release") == ["bob", "carol"])
    try bench.freeze("audit", from: .seconds(1_800), lasting: .seconds(3_600))
    bench.wait(.seconds(1_800))
    #expect(try overriding(bench, "release") == ["bob", "carol"])
    #expect(try overriding(bench, "audit") == [])
  }
}

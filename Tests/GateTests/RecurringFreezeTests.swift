import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// A freeze that comes again and again holds what was decided; what holds it for another reason besides has its time all the same (`give_up_after`, an
/// hour here).
@Suite struct RecurringFreezeTests {
  /// A third of each half hour.
  private func bench() throws -> Bench {
    let bench = try Bench()
    let schedule = WindowSchedule.recurring(try CronSchedule("*/30 * * * *"), lasting: .seconds(600), in: .utc)
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "again", schedule: schedule)] }
    // A time that no freeze holds.
    while schedule.holds(at: bench.now) { bench.wait(.seconds(60)) }
    try bench.openChange()
    try bench.decide("alice")
    return bench
  }

  /// As the courier does, and the sweep.
  private func look(_ bench: Bench, for duration: Int) throws -> [CallbackStep] {
    for _ in 0..<duration / 30 {
      bench.wait(.seconds(30))
      try bench.command { _ = try $0.sweep(in: $1) }
      let claims = try bench.claims()
      if !claims.isEmpty { return claims.map(\.callback.step) }
    }
    return []
  }

  @Test func whatStandsNoMoreIsGivenUpHoweverOftenAFreezeComes() throws {
    let bench = try bench()
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    #expect(try bench.claims().isEmpty)
    #expect(try look(bench, for: 2_400).isEmpty)
    #expect(try bench.change().callbacks.map(\.state) == [.retrying, .pending], "an hour is not over")
    #expect(try look(bench, for: 2_400).isEmpty)
    let view = try bench.change()
    #expect(view.callbacks.map(\.state) == [.abandoned, .abandoned])
    #expect(view.callbacks.first?.lastError?.contains("no longer stands") == true)
    try bench.checkPromises()
  }

  @Test func whatOnlyAFreezeHoldsHasAllTheTimeThereIs() throws {
    let bench = try bench()
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    #expect(try bench.claims().isEmpty)
    let always = try #require(Period(start: bench.now, end: bench.now + .seconds(40_000)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "winter", schedule: .fixed(always))] }
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try look(bench, for: 7_200).isEmpty)
    #expect(try bench.change().callbacks.map(\.state) == [.retrying, .pending], "nothing could go out anyway")
    // Who has left is back while it is frozen: nothing but time is missing.
    bench.plan.groups["managers"] = .listed(["alice", "bob"])
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try bench.claims().isEmpty)
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    bench.edit { $0.freezeWindows = [] }
    try bench.command { try $0.lookAtHeld(in: $1) }
    #expect(try bench.claims().isEmpty)
    #expect(try bench.change().callbacks.map(\.state) == [.retrying, .pending], "the hour begins anew")
    bench.plan.groups["managers"] = .listed(["alice", "bob"])
    #expect(try look(bench, for: 60) == [.approve])
    try bench.checkPromises()
  }

  /// Found by life 15931493915009959080: each freeze took what GitLab had said before it for unsaid.
  @Test func whatGitLabHasNoMoreIsBelievedThoughAFreezeComesInBetween() throws {
    let bench = try bench()
    func isGone(_ claims: [Claim]) throws -> CallbackState {
      let claim = try #require(claims.first)
      return try bench.command { try $0.settle(claim, .gone(reason: "404"), mayHaveActed: false, in: $1) }.state
    }
    #expect(try isGone(try bench.claims()) == .retrying)
    let freeze = try #require(Period(start: bench.now, end: bench.now + .seconds(7_200)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(freeze))] }
    #expect(try look(bench, for: 3_600).isEmpty)
    // Whoever takes the freeze away does not wait for its end.
    bench.edit { $0.freezeWindows = [] }
    try bench.command { try $0.lookAtHeld(in: $1) }
    bench.wait(.seconds(300))
    #expect(try isGone(try bench.claims()) == .abandoned)
    try bench.checkPromises()
  }
}

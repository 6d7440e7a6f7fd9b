import ChangeControl
import Gate
import Storage
import Testing

/// Changes whose policy the configuration has lost wait until it is back, and stand in nobody's way: a hundred of them, looked at first each second,
/// would keep all others waiting.
@Suite struct StuckTests {
  /// Two changes that expire at the same time, the first of them by a policy of its own.
  private func bench() throws -> Bench {
    let bench = try Bench(required: 2)
    bench.edit { $0.expiresAfter = .seconds(60) }
    bench.plan.policies["own"] = bench.plan.policies["people"]
    var own = bench.plan.services[0]
    (own.id, own.gatedTiers, own.gatedEnvironments, own.policy) = ("own", [], [Pattern("own")], "own")
    bench.plan.services.insert(own, at: 0)
    try bench.apply(Bench.facts(environment: "own", deployment: 815))
    try bench.apply(Bench.facts(deployment: 816))
    return bench
  }

  /// Looks again as time does, and as the sweep does.
  private func checkNothingIsInTheWay(of bench: Bench, sweep: Bool) throws {
    let revision = try bench.change("CHG-1").change.revision
    bench.wait(.seconds(60))
    for _ in 0..<3 {
      try bench.command {
        if sweep { _ = try $0.reconsiderWaiting(before: nil, in: $1) } else { _ = try $0.lookAgain(in: $1) }
      }
    }
    #expect(try bench.change("CHG-2").change.gate == .prevented)
    #expect(try bench.change("CHG-1").change.gate == .awaiting)
    #expect(try bench.change("CHG-1").change.revision == revision + 1, "what it waits for has changed, once")
    #expect(try bench.connection.reading(at: bench.now) { try $0.nextLook() } == nil, "nobody looks again and again")
    try bench.checkPromises()
  }

  @Test(arguments: [false, true]) func whosePolicyIsLost(sweep: Bool) throws {
    let bench = try bench()
    let own = bench.plan.policies.removeValue(forKey: "own")
    try checkNothingIsInTheWay(of: bench, sweep: sweep)
    bench.plan.policies["own"] = own
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change("CHG-1").change.gate == .prevented)
  }
}

import ChangeControl
import Gate
import Storage
import Testing

/// A configuration that was read anew no longer has the GitLab that a decision is owed to.
@Suite struct LostInstanceTests {
  func decided() throws -> Bench {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    return bench
  }

  @Test func aDecisionThatNobodyCarriesSaysSo() throws {
    let bench = try decided()
    let revision = try bench.change().change.revision
    bench.plan.instances = []
    try bench.command { _ = try $0.sweep(in: $1) }
    let view = try bench.change()
    let approve = try #require(view.callbacks.first)
    #expect(approve.state == .retrying)
    #expect(approve.lastError?.contains("main") ?? false, "\(approve.lastError ?? "nothing")")
    #expect(view.callbacks.last?.state == .pending, "what has not had its turn is not in trouble")
    #expect(view.change.revision == revision + 1)
    #expect(view.waitingFor.contains { $0.contains("configuration") })
    #expect(try bench.connection.reading(at: bench.now) { try $0.troubledCallbacks(limit: 10).map(\.step) } == [.approve])
  }

  @Test func itIsSaidOnce() throws {
    let bench = try decided()
    bench.plan.instances = []
    for _ in 0..<3 { try bench.command { _ = try $0.sweep(in: $1) } }
    let revision = try bench.change().change.revision
    try bench.command { _ = try $0.sweep(in: $1) }
    #expect(try bench.change().change.revision == revision)
  }

  @Test func itIsDeliveredOnceTheInstanceIsBack() throws {
    let bench = try decided()
    let plan = bench.plan
    bench.plan.instances = []
    try bench.command { _ = try $0.sweep(in: $1) }
    bench.plan = plan
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }
}

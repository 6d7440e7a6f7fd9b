import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Since when GitLab refuses, by which a callback is given up.
@Suite struct RefusalTests {
  private func claim(
    _ bench: Bench, _ outcome: CallbackOutcome, mayHaveActed: Bool = false, after wait: Duration
  ) throws -> Settlement {
    bench.wait(wait)
    let claim = try #require(try bench.claims().first)
    return try bench.command { try $0.settle(claim, outcome, mayHaveActed: mayHaveActed, in: $1) }
  }

  /// Found by life 16233617046174987878: a proxy's 404, an hour without answers, and the first 401 gave the decision up.
  @Test("a 404 is no refusal, and its time is none of that in which GitLab refuses", arguments: [true, false])
  func notFoundIsNoRefusal(isUnreachableBetween: Bool) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .gone(reason: "404"), after: .zero).state == .retrying)
    if isUnreachableBetween { #expect(try claim(bench, .retry(reason: "down", after: nil), after: .seconds(60)).state == .retrying) }
    #expect(try claim(bench, .refused(reason: "401"), after: .seconds(7_200)).state == .retrying)
    #expect(try claim(bench, .refused(reason: "401"), after: .seconds(3_600)).state == .abandoned)
  }

  @Test("nor when the configuration has lost GitLab in between")
  func notFoundBeforeGitLabWasLost() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .gone(reason: "404"), after: .zero).state == .retrying)
    let instances = bench.plan.instances
    bench.plan.instances = []
    bench.wait(.seconds(60))
    try bench.command { _ = try $0.sweep(in: $1) }
    #expect(try bench.change().callbacks.first?.lastError?.contains("configuration") == true)
    bench.plan.instances = instances
    #expect(try claim(bench, .refused(reason: "401"), after: .seconds(7_200)).state == .retrying)
  }

  /// Found by life 618510140893068538: our approval stood in GitLab, and was given up because it was refused to be read back.
  @Test("a refusal to be read back is looked behind before anything is given up")
  func refusedReadingBack() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .refused(reason: "401"), after: .zero).state == .retrying)
    #expect(try claim(bench, .refused(reason: "403"), mayHaveActed: true, after: .seconds(7_200)).state == .retrying)
    #expect(try claim(bench, .refused(reason: "403"), after: .seconds(3_599)).state == .retrying)
    #expect(try claim(bench, .refused(reason: "403"), after: .seconds(300)).state == .abandoned)
  }

  /// Found by life 6626607823801310948: the process died when GitLab had taken our approval, and what refused before gave it up at the next refusal.
  @Test("an attempt of which nobody can tell any more may have acted", arguments: ["the process dies", "its lease runs out"])
  func untold(_ what: String) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .refused(reason: "401"), after: .zero).state == .retrying)
    bench.wait(.seconds(7_200))
    #expect(try bench.claims().count == 1)
    if what == "the process dies" { try bench.command { _ = try $1.releaseLeases() } } else { bench.wait(Gate.lease) }
    #expect(try claim(bench, .refused(reason: "403"), after: .zero).state == .retrying)
    #expect(try claim(bench, .refused(reason: "403"), after: .seconds(3_599)).state == .retrying)
    #expect(try claim(bench, .refused(reason: "403"), after: .seconds(300)).state == .abandoned)
  }

  /// Found by life 9698297835437655089: our start was under way when GitLab began to refuse, an inspection before had shown the job running, and the
  /// start was given up.
  @Test("what GitLab has shown before it refused is not given up", arguments: [true, false])
  func shownBefore(mayHaveActed: Bool) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .done(Bench.facts(pending: 0)), mayHaveActed: true, after: .zero).state == .delivered)
    let play = try #require(try bench.claims().first)
    #expect(play.callback.step == .play)
    try bench.apply(Bench.facts(.running, pending: 0, job: "running"))
    #expect(
      try bench.command { try $0.settle(play, .refused(reason: "401"), mayHaveActed: mayHaveActed, in: $1) }.state == .retrying)
    let end = try claim(bench, .refused(reason: "401"), after: .seconds(7_200))
    #expect(end.state == (mayHaveActed ? .delivered : .abandoned))
    #expect(try bench.change().callbacks.last?.lastError?.contains(mayHaveActed ? "has shown" : "401") == true)
  }

  @Test("nor is our own approval, and another's is none of ours", arguments: [true, false])
  func approvalShownBefore(isOurs: Bool) throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try claim(bench, .refused(reason: "401"), mayHaveActed: true, after: .zero).state == .retrying)
    let approval = RecordedApproval(
      person: Person(id: 12, username: "x", name: "x"), status: .approved, comment: isOurs ? "CHG-1 Approved" : "CHG-12 Approved",
      createdAt: nil)
    try bench.apply(Bench.facts(pending: 0, approvals: [approval]))
    let end = try claim(bench, .refused(reason: "401"), after: .seconds(7_200))
    #expect(end.state == (isOurs ? .delivered : .abandoned), "\(end)")
  }
}

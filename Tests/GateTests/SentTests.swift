import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// What an attempt has sent GitLab, or may have, is not forgotten; what it has not sent is none of ours.
@Suite struct SentTests {
  private let olga = Actor(user: "olga", role: .operator)

  /// CHG-1 is approved, and its approval under way.
  private func bench() throws -> (bench: Bench, claim: Claim) {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    return (bench, try #require(try bench.claims().first))
  }

  private func effect(_ claim: Claim?) throws -> Instruction.Effect {
    switch claim?.instruction {
    case .approve(let effect), .play(let effect): return effect
    default: throw Bench.Broken(what: "\(String(describing: claim)) is neither an approval nor a start")
    }
  }

  private func settle(_ bench: Bench, _ claim: Claim, _ outcome: CallbackOutcome, mayHaveActed: Bool) throws {
    try bench.command { _ = try $0.settle(claim, outcome, mayHaveActed: mayHaveActed, in: $1) }
  }

  /// Its answer was lost, it was given up, and meanwhile the policy lets it through no more: whoever has it tried again does not make the gate give up
  /// what may stand in GitLab without a look.
  @Test func whatIsTriedAgainByHandMayHaveArrivedBefore() throws {
    let (bench, claim) = try bench()
    try bench.settle(claim, .impossible(reason: "GitLab was set back, and has no such approval rule"))
    #expect(try bench.change().callbacks.map(\.state) == [.abandoned, .abandoned])
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    try bench.command { _ = try $0.retryCallbacks(key: "CHG-1", by: olga, requestID: "r", in: $1) }
    let look = try #require(try bench.claims().first)
    #expect(look.callback.attempts == 1 && look.callback.mayHaveBeenSent)
    #expect(try !effect(look).mayAct)
    try settle(bench, look, .done(Bench.facts(pending: 0, approvals: [ours()])), mayHaveActed: false)
    #expect(try bench.change().callbacks.map(\.state) == [.delivered, .pending])
    try bench.checkPromises()
  }

  /// Nothing was sent: there is nothing to look for.
  @Test func whatWasNeverSentIsHeldWithoutALook() throws {
    let (bench, claim) = try bench()
    try settle(bench, claim, .retry(reason: "GitLab is not reachable", after: nil), mayHaveActed: false)
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    bench.wait(.seconds(300))
    #expect(try bench.claims().isEmpty)
    #expect(try bench.change().callbacks.first?.lastError?.hasPrefix("held: ") == true)
    try bench.checkPromises()
  }

  /// An attempt that died does not tell what it has sent.
  @Test(arguments: [true, false]) func whoDiesMayHaveSentIt(_ hasReadOnly: Bool) throws {
    let (bench, claim) = try bench()
    if hasReadOnly { try settle(bench, claim, .retry(reason: "GitLab is not reachable", after: nil), mayHaveActed: false) }
    bench.wait(.seconds(300))
    if hasReadOnly { #expect(try !effect(bench.claims().first).mayHaveBeenSent) }
    try bench.command { _ = try $1.releaseLeases() }
    #expect(try effect(bench.claims().first).mayHaveBeenSent)
  }

  /// One attempt's answer was lost, and those after it never came as far: that one may still have arrived.
  @Test func whatWasSentOnceStaysSent() throws {
    let (bench, claim) = try bench()
    try settle(bench, claim, .retry(reason: "no answer", after: nil), mayHaveActed: true)
    for _ in 0..<2 {
      bench.wait(.seconds(300))
      let next = try #require(try bench.claims().first)
      #expect(try effect(next).mayHaveBeenSent)
      try settle(bench, next, .retry(reason: "GitLab is not reachable", after: nil), mayHaveActed: false)
    }
  }

  /// A start that was only looked for is no start of ours, should the job run afterwards.
  @Test func aStartThatWasOnlyLookedForWasNotSent() throws {
    let (bench, claim) = try bench()
    try settle(bench, claim, .done(Bench.facts(pending: 0, approvals: [ours()])), mayHaveActed: true)
    let start = try #require(try bench.claims().first)
    #expect(try start.callback.step == .play && !effect(start).mayHaveBeenSent)
    let waiting = CallbackOutcome.waiting(Bench.facts(pending: 0, job: "created", approvals: [ours()]), reason: "it has not had its turn")
    try settle(bench, start, waiting, mayHaveActed: false)
    bench.wait(.seconds(300))
    let next = try #require(try bench.claims().first)
    #expect(try next.callback.attempts == 2 && !effect(next).mayHaveBeenSent)
    try bench.checkPromises()
  }

  /// Refused once, then taken with an answer that was lost, then GitLab was not reachable for longer than the policy waits: what may stand there is
  /// not given up at the first refusal after that.
  @Test(arguments: [true, false]) func whatWasTakenAfterARefusalIsRefusedAnew(_ isTaken: Bool) throws {
    let (bench, claim) = try bench()
    let refused = CallbackOutcome.refused(reason: "401 Unauthorized")
    try settle(bench, claim, refused, mayHaveActed: false)
    for isSecond in [true, false] {
      bench.wait(.seconds(300))
      let lost = try #require(try bench.claims().first)
      try settle(bench, lost, .retry(reason: "no answer", after: nil), mayHaveActed: isSecond && isTaken)
    }
    bench.wait(.seconds(3_600))
    try settle(bench, #require(try bench.claims().first), refused, mayHaveActed: false)
    #expect(try bench.change().callbacks.first?.state == (isTaken ? .retrying : .abandoned))
    try bench.checkPromises()
  }
}

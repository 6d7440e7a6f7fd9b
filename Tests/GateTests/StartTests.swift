import ChangeControl
import Gate
import Storage
import Testing

/// Where the gate leaves it to people to start the job (`after_approval: leave`), a change that was let through says that it waits for them.
@Suite struct StartTests {
  private let start =
    "somebody allowed to deploy to production to start the job in GitLab: the gate leaves that to people (after_approval: leave)"

  private func approved(plays: Bool, _ outcome: CallbackOutcome) throws -> Bench {
    let bench = try Bench(plays: plays)
    try bench.openChange()
    #expect(try bench.decide("alice").waitingFor.first == "GitLab to be told (approve)")
    try bench.settle(try #require(try bench.claims().first), outcome)
    return bench
  }

  @Test func whoMayStartItIsWaitedForUntilItRuns() throws {
    let bench = try approved(plays: false, .done(Bench.facts(pending: 0, approvals: [ours()])))
    #expect(try bench.change().waitingFor == [start])
    // What the configuration says by now starts no job of before.
    bench.plan.instances[0].playsAfterApproval = true
    #expect(try bench.change().waitingFor == [start])
    try bench.apply(Bench.facts(.running, pending: 0, job: "running", approvals: [ours()]))
    #expect(try bench.change().waitingFor == [])
  }

  @Test func whatIsGoneFromGitLabIsStartedByNobody() throws {
    let bench = try approved(plays: false, .done(Bench.facts(pending: 0, approvals: [ours()])))
    try bench.command { gate, transaction in
      let id = try #require(try transaction.deployment(Bench.identity)?.id)
      try gate.lose(deployment: id, reason: "no such deployment", in: transaction)
    }
    #expect(try bench.change().waitingFor == [])
  }

  @Test func whatGitLabStillAsksForComesFirst() throws {
    let facts = Bench.facts(pending: 2, approvals: [ours()])
    let bench = try approved(plays: false, .waiting(facts, reason: "GitLab waits for others"))
    #expect(try bench.change().waitingFor == ["2 more approvals in GitLab itself, by its own rules", start])
  }

  @Test func whereTheGateStartsItNobodyNeed() throws {
    let bench = try approved(plays: true, .done(Bench.facts(pending: 0, approvals: [ours()])))
    #expect(try bench.change().waitingFor == ["GitLab to be told (play)"])
  }

  @Test func whatGitLabWasNotToldIsNotToBeStarted() throws {
    let bench = try approved(plays: false, .impossible(reason: "no"))
    #expect(try bench.change().waitingFor == ["an operator: approve was abandoned: no"])
  }
}

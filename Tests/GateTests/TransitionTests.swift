import ChangeControl
import Gate
import Storage
import Testing

/// What a step along the workflow leaves for others to do.
@Suite struct TransitionTests {
  private func bench(_ workflow: String) throws -> Bench {
    let bench = try Bench()
    bench.plan.services[0].workflow = workflow
    try bench.openChange()
    return bench
  }

  @Test func gitLabIsToldWhoCanceledAndWhy() throws {
    let bench = try bench("simple")
    try bench.take("Cancel", comment: "the release is off")
    guard case .reject(let effect) = try #require(try bench.claims().first).instruction else {
      Issue.record("no rejection is owed")
      return
    }
    #expect(effect.people == ["olga"])
    #expect(effect.reason == "the release is off")
    try bench.checkPromises()
  }

  @Test func aStepThatDecidesNothingOwesNothing() throws {
    let bench = try bench("itsm")
    try bench.decide("alice")
    let view = try bench.take("Pending")
    #expect(view.change.status == "Pending" && view.change.gate == .awaiting)
    #expect(view.callbacks.isEmpty)
    #expect(try bench.actions() == ["change.opened", "approval.recorded", "change.status", "change.status"])
  }

  /// Approved, and nothing to be said any more: looking at it again moves nothing and writes nothing.
  @Test func whatWaitsBetweenStepsIsLeftAlone() throws {
    let bench = try bench("itsm")
    let planned = try bench.decide("alice")
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().change.revision == planned.change.revision)
    #expect(try bench.change().change.status == "Planning")
  }

  @Test func whatRanBeforeItsDecisionMovesNoMore() throws {
    let bench = try bench("itsm")
    try bench.decide("alice")
    bench.plan.workflows["itsm"]?.transitions.removeAll { $0.trigger == .deployment(.running) }
    try bench.apply(Bench.facts(.running, pending: 0))
    #expect(try bench.change().change.gate == .invalid)
    #expect { try bench.take("Ready for implementation") } throws: { ($0 as? Refusal)?.code == "not_waiting" }
  }

  /// GitLab fails the job of a deployment that somebody rejects there, in whatever status the change is here.
  @Test func aRejectionInGitLabClosesWhatIsBeingPlanned() throws {
    let bench = try bench("itsm")
    try bench.decide("alice")
    try bench.apply(Bench.facts(.failed, pending: 0, approvals: [theirs(.rejected)]))
    let closed = try bench.change().change
    #expect(closed.status == "Declined" && closed.gate == .prevented && closed.outOfBand && closed.closedAt != nil)
    try bench.checkPromises()
  }

  /// A workflow that is taken out of the configuration while changes wait by it decides nothing, and keeps none of them open for ever.
  @Test func aLostWorkflowDecidesNothingAndStillCloses() throws {
    let bench = try bench("itsm")
    bench.plan.workflows["itsm"] = nil
    #expect(try bench.change().waitingFor == ["workflow itsm to be put back into the configuration by an administrator"])
    #expect(throws: Refusal.self) { try bench.take("Cancel") }
    try bench.expectRefusal("workflow_missing", { try bench.decide("alice") })
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    try bench.apply(Bench.facts(.canceled, pending: 0))
    let closed = try bench.change().change
    #expect(closed.gate == .prevented && closed.status == "Canceled" && closed.closedAt != nil)
  }
}

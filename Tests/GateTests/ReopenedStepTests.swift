import ChangeControl
import Gate
import Storage
import Testing

/// A step that was passed and no longer stands, or that a decision fell in: what is said there counts, and is shown.
@Suite struct ReopenedStepTests {
  private func benchAfterPeerReview() throws -> Bench {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.change().change.status == "Planning")
    return bench
  }

  @Test func aNoToAStepThatNoLongerStandsStopsTheChange() throws {
    let bench = try benchAfterPeerReview()
    bench.plan.groups["managers"] = .listed(["bob", "carol"])
    let view = try bench.decide("bob", .rejected)
    #expect(view.change.gate == .prevented && view.change.status == "Declined", "\(view.change)")
    try bench.checkPromises()
  }

  @Test func aReviewThatDeclinedIsShownAsItDid() throws {
    let bench = try benchAfterPeerReview()
    let request = TransitionRequest(key: "CHG-1", name: "Ready for CAB approval", comment: nil, expectedRevision: nil, requestID: "r")
    try bench.command { _ = try $0.transition(request, by: Actor(user: "olga", role: .operator), in: $1) }
    let view = try bench.decide("bob", .rejected)
    #expect(view.change.gate == .prevented)
    #expect(view.evaluation?.verdict == .rejected, "\(String(describing: view.evaluation?.root))")
  }
}

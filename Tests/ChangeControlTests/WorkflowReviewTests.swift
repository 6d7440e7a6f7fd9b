import ChangeControl
import Testing

/// Which clicks lead around which reviews: by where they lead, and not by how the status is called.
@Suite struct WorkflowReviewTests {
  private static let board = "Awaiting CAB approval"
  private static let peers = "Peer review / change manager approval"

  /// Every click of JSM's workflow, beside every set of reviews that a change may have passed.
  @Test func ofJSMsTwoLeadAroundTheBoard() {
    let clicks = Workflow.itsm.transitions.filter { if case .person = $0.trigger { true } else { false } }
    #expect(clicks.count == 15)
    for passed in [[], [Self.peers], [Self.board], [Self.peers, Self.board]] {
      let around = clicks.filter { !Workflow.itsm.reviews(besides: $0, passed: passed).isEmpty }
      let expected = passed.contains(Self.board) ? [] : ["Planning: Ready for implementation", "Pending: Ready for implementation"]
      #expect(around.map { "\($0.from): \($0.name)" } == expected, "\(passed)")
      #expect(around.allSatisfy { Workflow.itsm.reviews(besides: $0, passed: passed) == [Self.board] })
    }
    #expect(Workflow.simple.transitions.allSatisfy { Workflow.simple.reviews(besides: $0).isEmpty })
  }

  struct Way: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var workflow: Workflow
    /// Of the transition that the workflow has last.
    var around: [String]
    var passed = [peers]
  }

  static let ways = [
    Way(
      testDescription: "from the planning straight to what allows", workflow: .itsm.adding("Planning", "Just do it", "Implementing"),
      around: [board]),
    Way(
      testDescription: "from the review itself to what allows", workflow: .itsm.adding(board, "Wave through", "Implementing"),
      around: [board]),
    Way(testDescription: "from the first review to the second", workflow: .itsm.adding(peers, "Skip", board), around: [peers], passed: []),
    Way(
      testDescription: "further than the approval leads, where it still waits",
      workflow: Workflow.itsm.adding("Scheduled").adding("Awaiting implementation", "Schedule", "Scheduled")
        .adding("Scheduled", "Start", "Implementing").adding("Planning", "Schedule", "Scheduled"), around: [board]),
    Way(
      testDescription: "to a status of its own that leads on by clicks alone",
      workflow: Workflow.itsm.adding("Fast lane").adding("Fast lane", "Go", "Implementing").adding("Planning", "Fast", "Fast lane"),
      around: [board]),
    Way(
      testDescription: "further than the approval leads, to where it can be put off from",
      workflow: Workflow.itsm.removing("Planning", "Ready for implementation").adding("Scheduled")
        .adding("Awaiting implementation", "Schedule", "Scheduled").adding("Scheduled", "Start", "Implementing")
        .adding("Scheduled", "Pending", "Pending").adding("Planning", "Schedule", "Scheduled"), around: [board]),
    Way(
      testDescription: "beside the review to another review that leads on", around: [],
      of: .itsm.adding("Security").adding("Security", "Approve", "Implementing", by: .approval)
        .adding("Security", "Decline", "Declined", by: .rejection).adding("Planning", "To security", "Security")),
    Way(
      testDescription: "out of a status that was gone to from before the review",
      workflow: Workflow.itsm.adding("Fast lane").adding("Planning", "Fast", "Fast lane").adding("Fast lane", "Back", "Planning")
        .adding("Fast lane", "Go", "Implementing"), around: [board]),
    Way(
      testDescription: "behind the review, where somebody else has led it around", around: [],
      of: .itsm.adding("Awaiting implementation", "Begin", "Implementing")),
    Way(testDescription: "what puts it off is no way around", around: [], of: .itsm.adding(board, "Pending", "Pending")),
    Way(testDescription: "what stops it is no way around", around: [], of: .itsm.adding(board, "Cancel", "Canceled")),
  ]

  @Test(arguments: ways) func isToldByWhereItLeads(_ way: Way) throws {
    #expect(way.workflow.flaws() == [])
    let click = try #require(way.workflow.transitions.last)
    #expect(way.workflow.reviews(besides: click, passed: way.passed) == way.around)
  }

  /// Pending leads on behind the review and is come to from before it: where it is gone into says nothing, so what leads out of it is judged.
  @Test func whatIsPutOffIsNotBehindTheReview() throws {
    let workflow = Workflow.itsm.adding("Scheduled").removing(Self.board, "Approve").adding(
      Self.board, "Approve", "Scheduled", by: .approval
    )
    .adding("Scheduled", "Ready", "Awaiting implementation").adding("Scheduled", "Pending", "Pending")
    let out = try #require(workflow.transition(from: "Pending", named: "Ready for implementation"))
    #expect(workflow.reviews(besides: out, passed: [Self.peers]) == [Self.board])
    #expect(workflow.reviews(besides: out, passed: [Self.peers, Self.board]) == [])
    let start = try #require(workflow.transition(from: "Scheduled", named: "Ready"))
    #expect(workflow.reviews(besides: start, passed: [Self.peers]) == [])
  }

  /// Only an emergency comes to it: for nobody else it is ahead.
  @Test func aReviewThatOnlyABrokenGlassLeadsToIsNotGoneAround() throws {
    let workflow = Workflow.itsm.adding("Night watch").adding("Planning", "Alarm", "Night watch", by: .breakGlass)
      .adding("Night watch", "Approve", "Implementing", by: .approval).adding("Night watch", "Decline", "Declined", by: .rejection)
    let start = try #require(workflow.transition(from: "Awaiting implementation", named: "Start implementation"))
    #expect(workflow.reviews(besides: start, passed: [Self.peers]) == [])
  }

  @Test func eachIsWarnedOf() {
    let workflow = Workflow.itsm.adding("Planning", "Just do it", "Implementing", by: .person(role: .admin))
    let said = workflow.waysAround().map(\.message)
    #expect(
      said.last
        == "`Just do it` `by: person` leads from `Planning` to `Implementing`, around the review `Awaiting CAB approval`: each admin can let a change "
        + "go on without it, but for who triggered its deployment where `prevent_self_approval` holds; leave it out, or lead it to the review, if "
        + "no change shall do without")
    #expect(said.count == 3 && said[0].hasPrefix("`Ready for implementation`"))
    #expect(said[0].contains("each operator or admin can let"))
    #expect(Workflow.simple.waysAround() == [])
  }
}

extension WorkflowReviewTests.Way {
  fileprivate init(testDescription: String, around: [String], of workflow: Workflow) {
    self.init(testDescription: testDescription, workflow: workflow, around: around)
  }
}

extension Workflow {
  fileprivate func adding(_ status: String) -> Workflow {
    Workflow(name: name, statuses: statuses + [Status(name: status, category: .inProgress, gate: .awaiting)], transitions: transitions)
  }

  fileprivate func adding(_ from: String, _ name: String, _ to: String, by trigger: Trigger = .person()) -> Workflow {
    Workflow(
      name: self.name, statuses: statuses, transitions: transitions + [Transition(from: from, name: name, to: to, trigger: trigger)])
  }

  fileprivate func removing(_ from: String, _ name: String) -> Workflow {
    Workflow(name: self.name, statuses: statuses, transitions: transitions.filter { $0.from != from || $0.name != name })
  }
}

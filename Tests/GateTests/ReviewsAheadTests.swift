import ChangeControl
import Gate
import Storage
import Testing

/// `Ready for implementation` is JSM's way around the CAB for changes that need none. Who asked for the deployment does not say that of it.
@Suite struct ReviewsAheadTests {
  private let dana = Actor(user: "dana", role: .operator)

  @Test func whoAskedForItDoesNotGoPastTheBoard() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.expectRefusal("own_deployment") { try bench.take("Ready for implementation", by: dana) }
    try bench.take("Pending", by: dana)
    try bench.expectRefusal("own_deployment") { try bench.take("Ready for implementation", by: dana) }
    let offers = try bench.connection.reading(at: bench.now) { try bench.gate.transitions(key: "CHG-1", for: dana, in: $0) }
    #expect(offers.filter { $0.refusal == nil }.map(\.transition.name) == ["Back to planning", "Cancel"])
    for name in ["Back to planning", "Ready for CAB approval"] { try bench.take(name, by: dana) }
    #expect(try bench.decide("bob").change.status == "Awaiting implementation")
    // The board has approved it: planned again it need not be asked once more.
    for name in ["Pending", "Ready for implementation", "Start implementation"] { try bench.take(name, by: dana) }
    #expect(try bench.change().change.gate == .allowed)
    try bench.checkPromises()
  }

  @Test func anybodyElseWhoOperatesMay() throws {
    let bench = try Bench.itsm()
    try bench.decide("alice")
    try bench.take("Ready for implementation")
    #expect(try bench.change().change.status == "Awaiting implementation")
  }

  @Test func aPolicyThatLetsThemApproveTheirOwnLetsThemGoPast() throws {
    let bench = try Bench.itsm { $0.preventSelfApproval = false }
    try bench.decide("alice")
    try bench.take("Ready for implementation", by: dana)
    #expect(try bench.change().change.status == "Awaiting implementation")
  }

  /// That is what it is for, and it owes a review of its own.
  @Test func whatWasLetThroughByABrokenGlassMayGoPast() throws {
    let bench = try Bench.itsm { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try bench.command { _ = try $0.edit([.type(.emergency)], key: "CHG-1", expectedRevision: nil, by: Bench.olga, requestID: "r", in: $1) }
    try bench.take("Emergency override", by: Actor(user: "carol", role: .operator), comment: "down")
    for name in ["Pending", "Ready for implementation", "Start implementation"] { try bench.take(name, by: dana) }
    #expect(try bench.change().change.gate == .allowed)
  }

  /// Of two reviews that stand side by side one is enough.
  @Test func oneOfTwoReviewsSideBySideIsEnough() throws {
    typealias Transition = Workflow.Transition
    let names = ["Triage", "Peers", "Board", "Ready", "Parked"]
    let workflow = Workflow(
      name: "choice",
      statuses: names.map { .init(name: $0, category: .toDo, gate: .awaiting) } + [
        .init(name: "Going", category: .done, gate: .allowed), .init(name: "Stopped", category: .done, gate: .prevented),
      ],
      transitions: [
        Transition(from: "Triage", name: "Small", to: "Peers", trigger: .person()),
        Transition(from: "Triage", name: "Large", to: "Board", trigger: .person()),
        Transition(from: "Ready", name: "Park", to: "Parked", trigger: .person()),
        Transition(from: "Parked", name: "Unpark", to: "Ready", trigger: .person()),
        Transition(from: "Ready", name: "Start", to: "Going", trigger: .person()),
      ]
        + ["Peers", "Board"].flatMap { name in
          [
            Transition(from: name, name: "Approve", to: "Ready", trigger: .approval),
            Transition(from: name, name: "Reject", to: "Stopped", trigger: .rejection),
          ]
        })
    #expect(workflow.flaws().isEmpty)
    let bench = try Bench()
    bench.plan.workflows["choice"] = workflow
    bench.plan.services[0].workflow = "choice"
    try bench.openChange()
    try bench.take("Small", by: dana)
    try bench.decide("alice")
    for name in ["Park", "Unpark", "Start"] { try bench.take(name, by: dana) }
    #expect(try bench.change().change.gate == .allowed)
  }

  /// A workflow of one's own, in which a click leads further than the board's approval does.
  @Test(arguments: ["Schedule", "Just do it"]) func norFurtherThanTheBoardsApprovalLeads(_ click: String) throws {
    typealias Transition = Workflow.Transition
    var workflow = Workflow.itsm
    workflow.name = "own"
    workflow.statuses.append(.init(name: "Scheduled", category: .inProgress, gate: .awaiting))
    workflow.transitions += [
      Transition(from: "Awaiting implementation", name: "Schedule", to: "Scheduled", trigger: .person()),
      Transition(from: "Scheduled", name: "Start", to: "Implementing", trigger: .person()),
      Transition(from: "Planning", name: "Schedule", to: "Scheduled", trigger: .person()),
      Transition(from: "Planning", name: "Just do it", to: "Implementing", trigger: .person()),
    ]
    #expect(workflow.flaws().isEmpty)
    let bench = try Bench()
    bench.plan.workflows["own"] = workflow
    bench.plan.services[0].workflow = "own"
    try bench.openChange()
    try bench.decide("alice")
    try bench.expectRefusal("own_deployment") { try bench.take(click, by: dana) }
    let offers = try bench.connection.reading(at: bench.now) { try bench.gate.transitions(key: "CHG-1", for: dana, in: $0) }
    #expect(offers.first { $0.transition.name == click }?.refusal?.message.contains("past the review Awaiting CAB approval") == true)
    #expect(try bench.take(click).change.status == (click == "Schedule" ? "Scheduled" : "Implementing"))
    try bench.checkPromises()
  }
}

import ChangeControl
import Gate
import Storage
import Testing

/// `Ready for implementation` is JSM's way around the CAB for changes that need none. Who asked for the deployment does not say that of it.
@Suite struct ReviewsAheadTests {
  private let olga = Actor(user: "olga", role: .operator)
  private let dana = Actor(user: "dana", role: .operator)

  /// The deployment is dana's.
  private func bench(_ edit: (inout Policy) -> Void = { _ in }) throws -> Bench {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    bench.edit(edit)
    try bench.openChange()
    return bench
  }

  private func take(_ name: String, _ bench: Bench, by actor: Actor, comment: String? = nil) throws {
    try bench.command {
      _ = try $0.transition(
        TransitionRequest(key: "CHG-1", name: name, comment: comment, expectedRevision: nil, requestID: "r"), by: actor, in: $1)
    }
  }

  @Test func whoAskedForItDoesNotGoPastTheBoard() throws {
    let bench = try bench()
    try bench.decide("alice")
    try bench.expectRefusal("own_deployment") { try take("Ready for implementation", bench, by: dana) }
    try take("Pending", bench, by: dana)
    try bench.expectRefusal("own_deployment") { try take("Ready for implementation", bench, by: dana) }
    let offers = try bench.connection.reading(at: bench.now) { try bench.gate.transitions(key: "CHG-1", for: dana, in: $0) }
    #expect(offers.filter { $0.refusal == nil }.map(\.transition.name) == ["Back to planning", "Cancel"])
    for name in ["Back to planning", "Ready for CAB approval"] { try take(name, bench, by: dana) }
    #expect(try bench.decide("bob").change.status == "Awaiting implementation")
    // The board has approved it: planned again it need not be asked once more.
    for name in ["Pending", "Ready for implementation", "Start implementation"] { try take(name, bench, by: dana) }
    #expect(try bench.change().change.gate == .allowed)
    try bench.checkPromises()
  }

  @Test func anybodyElseWhoOperatesMay() throws {
    let bench = try bench()
    try bench.decide("alice")
    try take("Ready for implementation", bench, by: olga)
    #expect(try bench.change().change.status == "Awaiting implementation")
  }

  @Test func aPolicyThatLetsThemApproveTheirOwnLetsThemGoPast() throws {
    let bench = try bench { $0.preventSelfApproval = false }
    try bench.decide("alice")
    try take("Ready for implementation", bench, by: dana)
    #expect(try bench.change().change.status == "Awaiting implementation")
  }

  /// That is what it is for, and it owes a review of its own.
  @Test func whatWasLetThroughByABrokenGlassMayGoPast() throws {
    let bench = try bench { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try bench.command { _ = try $0.edit([.type(.emergency)], key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1) }
    try take("Emergency override", bench, by: Actor(user: "carol", role: .operator), comment: "down")
    for name in ["Pending", "Ready for implementation", "Start implementation"] { try take(name, bench, by: dana) }
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
    try take("Small", bench, by: dana)
    try bench.decide("alice")
    for name in ["Park", "Unpark", "Start"] { try take(name, bench, by: dana) }
    #expect(try bench.change().change.gate == .allowed)
  }
}

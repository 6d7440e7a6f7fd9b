import ChangeControl
import TestSupport
import Testing

/// What the check of a workflow lets pass is walked through, every way that there is: the gate must hold on all of them.
@Suite struct WorkflowPropertyTests {
  @Test(arguments: 0..<8 as Range<UInt64>) func whatPassesTheCheckHolds(_ seed: UInt64) throws {
    var generator = SeededGenerator(seed: seed)
    var accepted = 0
    for _ in 0..<500 {
      let workflow = Self.altered(&generator)
      guard workflow.flaws().isEmpty else { continue }
      accepted += 1
      if let fault = fault(of: workflow) { Issue.record("\(fault): \(workflow.transitions)") }
    }
    // Neither all nor none: else nothing was tried.
    #expect((10..<475).contains(accepted), "\(accepted)")
  }

  /// A change on its way, and whether anybody has approved it or broken the glass.
  private struct Place: Hashable {
    var status: String
    var gate: GateState
    var isReviewed = false
  }

  /// What is not as it must be on some way through the workflow; nil when all is well.
  private func fault(of workflow: Workflow) -> String? {
    var seen: Set<Place> = [Place(status: workflow.initial.name, gate: .awaiting)]
    var frontier = Array(seen)
    while let place = frontier.popLast() {
      for (trigger, next) in steps(from: place, in: workflow) {
        if place.gate != .awaiting, next.gate != place.gate { return "a gate turned twice, \(place) to \(next)" }
        if place.gate == .awaiting, next.gate == .allowed, !next.isReviewed { return "\(trigger) opened \(place)" }
        if next.gate != .awaiting, workflow.status(named: next.status)?.gate == .awaiting { return "decided, and back in \(next)" }
        if seen.insert(next).inserted { frontier.append(next) }
      }
    }
    for gate in [GateState.allowed, .prevented] where !seen.contains(where: { $0.gate == gate }) { return "never \(gate)" }
    // What ends the waiting ends it from everywhere.
    for place in seen where place.gate == .awaiting {
      for trigger in [Workflow.Trigger.expiry, .supersession, .deployment(.canceled), .deployment(.failed), .rejection] {
        var change = TurningTests.change(place.status, .awaiting)
        _ = change.follow(trigger, in: workflow, at: TurningTests.at)
        if change.gate != .prevented { return "\(trigger) left \(place) at \(change.gate)" }
      }
    }
    return nil
  }

  private func steps(from place: Place, in workflow: Workflow) -> [(Workflow.Trigger, Place)] {
    let happenings: [Workflow.Trigger] =
      [.approval, .rejection, .breakGlass, .expiry, .supersession] + Workflow.DeploymentOutcome.allCases.map { .deployment($0) }
    let clicks = workflow.transitions(from: place.status).filter { if case .person = $0.trigger { true } else { false } }
    return happenings.compactMap { trigger in
      self.place(after: place, trigger) { $0.follow(trigger, in: workflow, at: TurningTests.at) }
    }
      + clicks.compactMap { click in
        self.place(after: place, click.trigger) { $0.take(click, in: workflow, at: TurningTests.at) }
      }
  }

  private func place(
    after place: Place, _ trigger: Workflow.Trigger, _ step: (inout ChangeRequest) -> ChangeRequest.Turn?
  ) -> (Workflow.Trigger, Place)? {
    var change = TurningTests.change(place.status, place.gate)
    guard step(&change) != nil else { return nil }
    let isReviewed = place.isReviewed || trigger == .approval || trigger == .breakGlass
    return (trigger, Place(status: change.status, gate: change.gate, isReviewed: isReviewed))
  }

  /// Two reviews in a row, and a few things done to it by chance.
  private static func altered(_ generator: inout SeededGenerator) -> Workflow {
    var workflow = Workflow(
      name: "two",
      statuses: [
        ("First", .awaiting), ("Ready", .awaiting), ("Second", .awaiting), ("Going", .allowed), ("Done", .allowed), ("Stopped", .prevented),
      ].map { Workflow.Status(name: $0, category: $1 == .awaiting ? .toDo : .done, gate: $1) },
      transitions: [
        ("First", "Ready", .approval), ("First", "Stopped", .rejection), ("Ready", "Second", .person()), ("Ready", "Going", .person()),
        ("Second", "Going", .approval), ("Second", "Stopped", .rejection), ("Going", "Done", .deployment(.success)),
      ].map { Workflow.Transition(from: $0, name: "\($0) to \($1)", to: $1, trigger: $2) })
    let names = workflow.statuses.map(\.name)
    let triggers: [Workflow.Trigger] =
      [.person(), .person(), .person(), .approval, .rejection, .breakGlass, .expiry, .supersession]
      + Workflow.DeploymentOutcome.allCases.map { .deployment($0) }
    for number in 0..<Int.random(in: 1...4, using: &generator) {
      let place = Int.random(in: 0..<workflow.transitions.count, using: &generator)
      switch Int.random(in: 0..<6, using: &generator) {
      case 0: workflow.transitions.remove(at: place)
      case 1: workflow.transitions[place].to = names.randomElement(using: &generator) ?? "First"
      case 2: workflow.transitions[place].trigger = triggers.randomElement(using: &generator) ?? .approval
      default:
        workflow.transitions.append(
          Workflow.Transition(
            from: names.randomElement(using: &generator) ?? "First", name: "more \(number)",
            to: names.randomElement(using: &generator) ?? "First",
            trigger: triggers.randomElement(using: &generator) ?? .approval))
      }
    }
    return workflow
  }
}

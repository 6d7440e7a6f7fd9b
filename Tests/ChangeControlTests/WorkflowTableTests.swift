import ChangeControl
import Testing

/// Where every command leads from every status of the built-in workflows, and what becomes of the gate. What is not in a table moves nothing.
@Suite struct WorkflowTableTests {
  @Test func simple() { #expect(table(.simple) == simpleTable) }

  @Test func itsm() { #expect(table(.itsm) == itsmTable) }

  @Test(arguments: ["simple", "itsm"]) func aDecidedGateNeverTurns(_ name: String) throws {
    let workflow = try #require(Workflow.builtIn[name])
    for status in workflow.statuses {
      for gate in [GateState.allowed, .prevented, .invalid] {
        for command in Command.all(of: workflow) {
          var change = TurningTests.change(status.name, gate)
          _ = command.give(&change, workflow)
          #expect(change.gate == gate, "\(status.name): \(command.name)")
        }
      }
    }
  }

  @Test(arguments: ["simple", "itsm"]) func holdsWhatIsAskedOfEveryWorkflow(_ name: String) throws {
    let workflow = try #require(Workflow.builtIn[name])
    #expect(workflow.flaws() == [])
    #expect(workflow.suggestions() == [])
  }

  @Test func theReviewsAreWhereApprovalsAreAsked() {
    #expect(Workflow.simple.reviews == ["Awaiting approval"])
    #expect(Workflow.itsm.reviews == ["Peer review / change manager approval", "Awaiting CAB approval"])
  }

  /// A line for each pair that moves a change: the command, where it leads, what the gate is then, whether the change is closed.
  private func table(_ workflow: Workflow) -> String {
    var lines: [String] = []
    for status in workflow.statuses {
      lines.append("\(status.name) (\(status.category.rawValue), \(status.gate))")
      for command in Command.all(of: workflow) {
        var change = TurningTests.change(status.name, status.gate)
        let before = change
        guard let turn = command.give(&change, workflow) else {
          #expect(change == before, "\(status.name): \(command.name)")
          continue
        }
        #expect(turn.from == status.name && turn.to == change.status && turn.gateTurned == (before.gate != change.gate))
        #expect((change.decidedAt == nil) == (change.gate == .awaiting))
        lines.append("  \(command.name) → \(change.status), \(change.gate)\(change.closedAt == nil ? "" : ", closed")")
      }
    }
    return lines.joined(separator: "\n")
  }
}

/// What can be done to a change.
private struct Command {
  var name: String
  var give: (inout ChangeRequest, Workflow) -> ChangeRequest.Turn?

  /// Everything that happens to changes, then everything that a person can click, by each name that the workflow has.
  static func all(of workflow: Workflow) -> [Command] {
    let happenings: [(String, Workflow.Trigger)] =
      [("approve", .approval), ("reject", .rejection), ("break glass", .breakGlass), ("expire", .expiry), ("supersede", .supersession)]
      + Workflow.DeploymentOutcome.allCases.map { ("deployment \($0)", .deployment($0)) }
    var names: [String] = []
    for transition in workflow.transitions where !names.contains(transition.name) { names.append(transition.name) }
    return happenings.map { name, trigger in
      Command(name: name) { $0.follow(trigger, in: $1, at: TurningTests.at) }
    }
      + names.map { name in
        Command(name: "'\(name)' by a person") { change, workflow in
          guard let transition = workflow.transition(from: change.status, named: name), case .person(.operator) = transition.trigger else {
            return nil
          }
          return change.take(transition, in: workflow, at: TurningTests.at)
        }
      }
  }
}

private let simpleTable = """
  Awaiting approval (to_do, awaiting)
    approve → Approved, allowed
    reject → Rejected, prevented, closed
    break glass → Approved, allowed
    expire → Expired, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Deploying, invalid, closed
    deployment success → Deployed, invalid, closed
    deployment failed → Failed, prevented, closed
    deployment canceled → Canceled, prevented, closed
    'Cancel' by a person → Canceled, prevented, closed
  Approved (in_progress, allowed)
    deployment running → Deploying, allowed
    deployment success → Deployed, allowed, closed
    deployment failed → Failed, allowed, closed
    deployment canceled → Canceled, allowed, closed
  Deploying (in_progress, allowed)
    deployment success → Deployed, allowed, closed
    deployment failed → Failed, allowed, closed
    deployment canceled → Canceled, allowed, closed
  Deployed (done, allowed)
  Rejected (done, prevented)
  Failed (done, prevented)
  Canceled (done, prevented)
  Expired (done, prevented)
  """

private let itsmTable = """
  Peer review / change manager approval (to_do, awaiting)
    approve → Planning, awaiting
    reject → Declined, prevented, closed
    break glass → Awaiting implementation, awaiting
    expire → Canceled, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Implementing, invalid, closed
    deployment success → Resolved, invalid, closed
    deployment failed → Canceled, prevented, closed
    deployment canceled → Canceled, prevented, closed
    'Cancel' by a person → Canceled, prevented, closed
  Planning (in_progress, awaiting)
    reject → Declined, prevented, closed
    expire → Canceled, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Implementing, invalid, closed
    deployment success → Resolved, invalid, closed
    deployment failed → Canceled, prevented, closed
    deployment canceled → Canceled, prevented, closed
    'Cancel' by a person → Canceled, prevented, closed
    'Ready for CAB approval' by a person → Awaiting CAB approval, awaiting
    'Ready for implementation' by a person → Awaiting implementation, awaiting
    'Pending' by a person → Pending, awaiting
  Awaiting CAB approval (in_progress, awaiting)
    approve → Awaiting implementation, awaiting
    reject → Declined, prevented, closed
    break glass → Awaiting implementation, awaiting
    expire → Canceled, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Implementing, invalid, closed
    deployment success → Resolved, invalid, closed
    deployment failed → Canceled, prevented, closed
    deployment canceled → Canceled, prevented, closed
  Awaiting implementation (in_progress, awaiting)
    reject → Declined, prevented, closed
    expire → Canceled, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Implementing, invalid, closed
    deployment success → Resolved, invalid, closed
    deployment failed → Canceled, prevented, closed
    deployment canceled → Canceled, prevented, closed
    'Cancel' by a person → Canceled, prevented, closed
    'Pending' by a person → Pending, awaiting
    'Start implementation' by a person → Implementing, allowed
  Implementing (in_progress, allowed)
    deployment success → Resolved, allowed, closed
    deployment failed → Canceled, allowed, closed
    deployment canceled → Canceled, allowed, closed
  Pending (in_progress, awaiting)
    reject → Declined, prevented, closed
    expire → Canceled, prevented, closed
    supersede → Canceled, prevented, closed
    deployment running → Implementing, invalid, closed
    deployment success → Resolved, invalid, closed
    deployment failed → Canceled, prevented, closed
    deployment canceled → Canceled, prevented, closed
    'Cancel' by a person → Canceled, prevented, closed
    'Ready for implementation' by a person → Awaiting implementation, awaiting
    'Back to planning' by a person → Planning, awaiting
  Resolved (done, allowed)
    'Close' by a person → Closed, allowed, closed
  Declined (done, prevented)
    'Cancel' by a person → Canceled, prevented, closed
    'Close' by a person → Closed, prevented, closed
  Canceled (done, prevented)
    'Close' by a person → Closed, prevented, closed
  Closed (done, prevented)
  """

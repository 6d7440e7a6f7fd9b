import Calendar
import ChangeControl
import Testing

@Suite struct TurningTests {
  static func change(_ status: String, _ gate: GateState) -> ChangeRequest {
    ChangeRequest(
      id: 1, revision: 1, status: status, gate: gate, type: .normal, service: "s", policy: "p", workflow: "simple", sha: "abc",
      outOfBand: false,
      createdAt: at, updatedAt: at, decidedAt: gate == .awaiting ? nil : at, closedAt: nil, expiresAt: nil)
  }

  static let at = Instant(milliseconds: 1)

  @Test(arguments: [
    ("Awaiting approval", Workflow.Trigger.approval, "Approved", GateState.allowed),
    ("Awaiting approval", .rejection, "Rejected", .prevented),
    ("Awaiting approval", .expiry, "Expired", .prevented),
    ("Awaiting approval", .deployment(.running), "Deploying", .invalid),
    ("Awaiting approval", .deployment(.success), "Deployed", .invalid),
    ("Awaiting approval", .deployment(.failed), "Failed", .prevented),
    ("Awaiting approval", .deployment(.canceled), "Canceled", .prevented),
    ("Approved", .deployment(.running), "Deploying", .allowed),
    ("Approved", .deployment(.canceled), "Canceled", .allowed),
    ("Deploying", .deployment(.success), "Deployed", .allowed),
    ("Deploying", .deployment(.failed), "Failed", .allowed),
  ])
  func simpleWorkflow(from: String, trigger: Workflow.Trigger, to: String, gate: GateState) throws {
    let before = try #require(Workflow.simple.status(named: from))
    var change = Self.change(from, before.gate)
    let turn = change.follow(trigger, in: .simple, at: Instant(milliseconds: 9))
    #expect(turn?.to == to)
    #expect(change.status == to)
    #expect(change.gate == gate)
    #expect((change.decidedAt == nil) == (change.gate == .awaiting))
  }

  @Test func everyOtherPairMovesNothing() {
    let triggers: [Workflow.Trigger] = [.approval, .rejection, .expiry] + Workflow.DeploymentOutcome.allCases.map { .deployment($0) }
    for status in Workflow.simple.statuses {
      for trigger in triggers where Workflow.simple.transition(from: status.name, on: trigger) == nil {
        var change = Self.change(status.name, status.gate)
        let before = change
        #expect(change.follow(trigger, in: .simple, at: Self.at) == nil)
        #expect(change == before)
      }
    }
  }

  @Test func aDecidedGateNeverTurns() {
    let triggers: [Workflow.Trigger] = [.approval, .rejection, .expiry] + Workflow.DeploymentOutcome.allCases.map { .deployment($0) }
    for status in Workflow.simple.statuses {
      for gate in [GateState.allowed, .prevented, .invalid] {
        for trigger in triggers {
          var change = Self.change(status.name, gate)
          _ = change.follow(trigger, in: .simple, at: Self.at)
          #expect(change.gate == gate)
        }
      }
    }
  }

  @Test(arguments: [("CHG-1", 1), ("chg-42", 42)]) func keysAreRead(key: String, id: Int64) {
    #expect(ChangeRequest.id(fromKey: key) == id)
  }

  @Test(arguments: ["CHG-", "CHG-0", "CHG--1", "CHG-+1", "CHG-1x", "1", "CHG-99999999999999999999", "ABC-1", "CHG-１"])
  func otherTextsAreNoKeys(key: String) { #expect(ChangeRequest.id(fromKey: key) == nil) }
}

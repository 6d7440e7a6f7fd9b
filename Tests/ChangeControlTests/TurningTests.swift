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

  /// What ends the waiting closes a change whose workflow does not speak of it, by the first status that prevents.
  @Test(arguments: [
    Workflow.Trigger.rejection, .expiry, .supersession, .deployment(.failed), .deployment(.canceled),
  ]) func whatNoTransitionSpeaksOfStillCloses(_ trigger: Workflow.Trigger) {
    for status in ["Waiting", "Elsewhere"] {
      var change = Self.change(status, .awaiting)
      let turn = change.follow(trigger, in: silent, at: Self.at)
      #expect(turn?.to == "Stopped" && turn?.gateTurned == true)
      #expect(change.gate == .prevented && change.closedAt == Self.at)
    }
  }

  /// One that was let through is over when its deployment came to nothing; its gate stays as it was decided.
  @Test(
    arguments: [
      (.deployment(.failed), "Stopped"), (.deployment(.canceled), "Stopped"), (.deployment(.success), "Going"), (.rejection, "Going"),
      (.expiry, "Going"), (.supersession, "Going"),
    ] as [(Workflow.Trigger, String)])
  func whatBecameOfTheDeploymentStillCloses(_ trigger: Workflow.Trigger, _ status: String) {
    for (name, stays) in [("Going", false), ("Done", true)] {
      var change = Self.change(name, .allowed)
      _ = change.follow(trigger, in: silent, at: Self.at)
      #expect(change.status == (stays ? name : status) && change.gate == .allowed)
      #expect((change.closedAt == nil) == (change.status == name))
    }
  }

  @Test(arguments: [Workflow.Trigger.approval, .breakGlass, .deployment(.running), .deployment(.success)])
  func whatEndsNothingMovesNothingWithoutATransition(_ trigger: Workflow.Trigger) {
    var change = Self.change("Waiting", .awaiting)
    #expect(change.follow(trigger, in: silent, at: Self.at) == nil)
    #expect(change.status == "Waiting" && change.gate == .awaiting)
  }

  private let silent = Workflow(
    name: "silent",
    statuses: [
      Workflow.Status(name: "Waiting", category: .toDo, gate: .awaiting),
      Workflow.Status(name: "Going", category: .inProgress, gate: .allowed),
      Workflow.Status(name: "Stopped", category: .inProgress, gate: .prevented),
      Workflow.Status(name: "Done", category: .done, gate: .allowed),
      Workflow.Status(name: "Stopped too", category: .done, gate: .prevented),
    ], transitions: [])

  @Test func aTransitionFromElsewhereIsNotTaken() throws {
    var change = Self.change("Planning", .awaiting)
    let start = try #require(Workflow.itsm.transition(from: "Awaiting implementation", named: "Start implementation"))
    #expect(change.take(start, in: .itsm, at: Self.at) == nil)
    #expect(change.status == "Planning")
  }

  @Test func aRoleCoversWhatIsLess() {
    let covered = Role.allCases.map { least in Role.allCases.filter { $0.covers(least) }.map(\.rawValue).joined(separator: " ") }
    #expect(covered == ["viewer approver operator auditor admin", "approver operator admin", "operator admin", "auditor admin", "admin"])
  }

  @Test(arguments: [("CHG-1", 1), ("chg-42", 42)]) func keysAreRead(key: String, id: Int64) {
    #expect(ChangeRequest.id(fromKey: key) == id)
  }

  @Test(arguments: ["CHG-", "CHG-0", "CHG--1", "CHG-+1", "CHG-1x", "1", "CHG-99999999999999999999", "ABC-1", "CHG-１"])
  func otherTextsAreNoKeys(key: String) { #expect(ChangeRequest.id(fromKey: key) == nil) }
}

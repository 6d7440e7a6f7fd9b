import Calendar
import ChangeControl
import Testing

/// Workflows that must not be used, and what is said of them.
@Suite struct WorkflowCheckTests {
  @Test func aShortOneIsFine() {
    #expect(short.flaws() == [])
    #expect(short.speakingOfFailure.flaws() == [])
    #expect(short.speakingOfFailure.suggestions() == [])
  }

  @Test(arguments: Workflow.builtIn.values) func ofThoseBuiltInNothingIsSuggested(_ workflow: Workflow) {
    #expect(workflow.flaws() == [] && workflow.suggestions() == [])
  }

  /// As the contract's example: it is closed by a status that it does not name for that.
  @Test func whereADeploymentEndsThatCameToNothingIsSaid() throws {
    let all =
      "when the deployment fails or is canceled, so its changes then end in `Stopped`, the first status that prevents; add a transition"
    #expect(
      short.suggestions().map(\.line) == [
        "status 1: nothing leads on from `Going` \(all) `by: deployment, on: failed` and `by: deployment, on: canceled` that leads where they shall end"
      ])
    let failure = short.adding(move("Going", "Failed", "Stopped", .deployment(.failed)))
    #expect(
      failure.suggestions().map(\.line).first?.contains("when the deployment is canceled, so its changes then end in `Stopped`") == true)
    // What it says is what happens.
    let now = Instant(milliseconds: 0)
    var change = ChangeRequest(
      id: 1, revision: 1, status: "Going", gate: .allowed, type: .normal, service: "", policy: "", workflow: "short", sha: "",
      outOfBand: false,
      createdAt: now, updatedAt: now, decidedAt: now, closedAt: nil, expiresAt: nil)
    #expect(change.follow(.deployment(.failed), in: short, at: now)?.to == "Stopped")
  }

  @Test func aDeploymentThatSucceedsAndLeadsNowhereIsSuggested() {
    let open = variant(
      transitions: short.transitions.filter { $0.trigger != .deployment(.success) } + [move("Going", "Finished", "Done")]
    ).speakingOfFailure
    #expect(open.flaws() == [])
    #expect(
      open.suggestions().map(\.line) == [
        "status 1: nothing leads on from `Going` when the deployment succeeds, so its changes are never closed; add a transition `by: deployment, on: success`"
      ])
  }

  @Test(arguments: ofParts + ofTransitions + ofWays) func isSaid(_ wrong: Wrong) {
    #expect(wrong.workflow.flaws().map(\.line) == wrong.said)
  }

  static let ofParts = [
    Wrong("no statuses", variant(statuses: []), "workflow: has no statuses; the first is where a change starts"),
    Wrong(
      "too many statuses", variant(statuses: (0..<65).map { awaiting("\($0)") }),
      "workflow: has 65 statuses; at most 64 are allowed"),
    Wrong(
      "too many transitions",
      short.adding((0..<253).map { move("Waiting", "\($0)", "Stopped") }), "workflow: has 257 transitions; at most 256 are allowed"),
    Wrong(
      "a status twice", short.adding(awaiting("WAITING")),
      "status 4: `WAITING` is there already (names do not differ by case); keep one of them"),
    Wrong(
      "it starts open", variant(statuses: [allowed("Waiting")] + short.statuses.dropFirst()),
      "status 0: a change starts in `Waiting`, the first status; its `gate` must be `awaiting`"),
    Wrong(
      "a status that is invalid", short.adding(Workflow.Status(name: "Broken", category: .done, gate: .invalid)),
      "status 4: `Broken`: `invalid` is what a gate becomes by itself; write awaiting, allowed or prevented"),
    Wrong(
      "done while it waits", short.adding(Workflow.Status(name: "Parked", category: .done, gate: .awaiting)),
      "status 4: `Parked` is `done` while its gate is `awaiting`; what still waits is not done"),
    Wrong(
      "statuses that are not there", short.adding(move("Wating", "Leave", "Stoped")),
      "transition 4: there is no status `Stoped`; declare it, or name one that is there",
      "transition 4: there is no status `Wating`; declare it, or name one that is there"),
    Wrong("a circle of one", short.adding(move("Waiting", "Stay", "Waiting")), "transition 4: `Stay` leads from `Waiting` to itself"),
    Wrong(
      "one name twice", short.adding(move("Waiting", "cancel", "Stopped")),
      "transition 4: there is a transition `cancel` from `Waiting` already; give each a name of its own"),
    Wrong(
      "two by approval", short.adding(move("Waiting", "Accept", "Going", .approval)),
      "transition 4: `Approve` from `Waiting` is taken `by: approval` already; keep one of the two"),
    Wrong(
      "two for one outcome", short.adding(move("Going", "Completed", "Done", .deployment(.success))),
      "transition 4: `Finished` from `Going` is taken `by: deployment, on: success` already; keep one of the two"),
  ]

  static let ofTransitions = [
    Wrong(
      "a click that opens", short.adding(move("Waiting", "Go", "Going")),
      "transition 4: `Go` would open the gate by a click alone, for a change comes to `Waiting` without an approval; take it `by: approval`, or lead to `Waiting` through one"
    ),
    Wrong(
      "clicks that open", short.adding(awaiting("Ready")).adding([move("Waiting", "Prepare", "Ready"), move("Ready", "Go", "Going")]),
      "transition 5: `Go` would open the gate by a click alone, for a change comes to `Ready` without an approval; take it `by: approval`, or lead to `Ready` through one"
    ),
    Wrong(
      "an approval that stops",
      short.adding(awaiting("Second")).adding([
        move("Waiting", "Ask again", "Second"), move("Second", "Approve", "Stopped", .approval),
        move("Second", "Reject", "Stopped", .rejection),
      ]),
      "transition 5: `Approve` `by: approval` leads to `Stopped`, which prevents; lead it on towards a status that allows"),
    Wrong(
      "an emergency that stops", short.adding(move("Waiting", "Override", "Stopped", .breakGlass)),
      "transition 4: `Override` `by: break_glass` leads to `Stopped`, which prevents; lead it on towards a status that allows"),
    Wrong(
      "a deadline that opens", short.adding(move("Waiting", "Expire", "Going", .expiry)),
      "transition 4: `Expire` `by: expiry` ends the waiting and leads to `Going`, which does not prevent; lead it to a status whose gate is `prevented`"
    ),
    Wrong(
      "a cancellation that opens", short.adding(move("Waiting", "Canceled", "Going", .deployment(.canceled))),
      "transition 4: `Canceled` `by: deployment, on: canceled` ends the waiting and leads to `Going`, which does not prevent; lead it to a status whose gate is `prevented`"
    ),
    Wrong(
      "waiting for what runs",
      short.adding(awaiting("Late")).adding([
        move("Waiting", "Started", "Late", .deployment(.running)), move("Late", "Cancel", "Stopped"),
      ]),
      "transition 4: `Started` `by: deployment, on: running` leads to `Late`, where the gate waits for a deployment that has begun; lead it to a status that does not wait"
    ),
    Wrong(
      "back to the start", short.adding(move("Going", "Again", "Waiting")),
      "transition 4: `Again` leads from `Going`, where the gate is decided, back to `Waiting`, where it waits; a gate is decided once"),
    Wrong(
      "turned round", short.adding(move("Stopped", "Reopen", "Going")),
      "transition 4: `Reopen` leads from `Stopped`, which prevents, to `Going`, which allows; a gate never turns round"),
    Wrong(
      "stopped in words alone", short.adding(move("Going", "Stop", "Stopped")),
      "transition 4: `Stop` leads by a click from `Going`, which allows a deployment that has not ended, to `Stopped`, which prevents; a gate never turns round: cancel the job in GitLab, and lead there `by: deployment`"
    ),
    Wrong(
      "too late to approve", short.adding(move("Stopped", "Approve", "Done", .approval)),
      "transition 4: `Approve` `by: approval` can never be taken, for the gate is decided in `Stopped`; only a person or the deployment moves a change on from there"
    ),
  ]

  static let ofWays = [
    Wrong(
      "a status apart", short.adding(allowed("Apart")),
      "status 4: no way leads from `Waiting` to `Apart`; add a transition, or leave it out"),
    Wrong(
      "no rejection", variant(transitions: short.transitions.filter { $0.trigger != .rejection }),
      "status 0: `Waiting` can be approved and not rejected; add a transition `by: rejection` from it"),
    Wrong(
      "no approval", variant(transitions: short.transitions.filter { $0.trigger != .approval }),
      "status 0: `Waiting` can be rejected and not approved; add a transition `by: approval` from it",
      "status 1: no way leads from `Waiting` to `Going`; add a transition, or leave it out",
      "status 3: no way leads from `Waiting` to `Done`; add a transition, or leave it out",
      "workflow: can never allow: no decision leads from `Waiting` to a status whose gate is `allowed`"),
    Wrong(
      "only the deployment decides",
      variant(transitions: [
        move("Waiting", "Started", "Going", .deployment(.running)), move("Waiting", "Over", "Done", .deployment(.success)),
        move("Going", "Failed", "Stopped", .deployment(.failed)),
      ]),
      "workflow: can never allow: no decision leads from `Waiting` to a status whose gate is `allowed`",
      "workflow: can never prevent: no decision leads from `Waiting` to a status whose gate is `prevented`"),
    Wrong(
      "a trap", short.adding(awaiting("Parked")).adding(move("Waiting", "Park", "Parked")),
      "status 4: no way leads on from `Parked` to a decision; a change would wait there for ever"),
  ]

  @Test func whatIsNeverClosedIsSuggested() {
    let open = short.speakingOfFailure.adding(Workflow.Status(name: "Noted", category: .inProgress, gate: .prevented)).adding(
      move("Stopped", "Note", "Noted"))
    #expect(open.flaws() == [])
    #expect(
      open.suggestions().map(\.line)
        == ["status 4: nothing leads on from `Noted`, so its changes are never closed; write `category: done`"])
  }

  @Test func reviewsThatLeadToEachOtherByApprovalsAloneAreRefused() {
    let circle = variant(
      statuses: [awaiting("A"), awaiting("B")] + short.statuses.dropFirst(),
      transitions: [
        move("A", "On", "B", .approval), move("A", "No", "Stopped", .rejection), move("B", "Back", "A", .approval),
        move("B", "No", "Stopped", .rejection), move("B", "Go", "Going"),
      ] + short.transitions.filter { $0.from != "Waiting" })
    let said = circle.flaws().map(\.line)
    #expect(said.contains("status 0: approvals alone lead from `A` back to it (A → B → A); let one of them lead on, or back `by: person`"))
  }

  struct Wrong: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var workflow: Workflow
    var said: [String]

    init(_ what: String, _ workflow: Workflow, _ said: String...) {
      (testDescription, self.workflow, self.said) = (what, workflow, said)
    }
  }
}

private let short = variant()

private func variant(statuses: [Workflow.Status]? = nil, transitions: [Workflow.Transition]? = nil) -> Workflow {
  Workflow(
    name: "short",
    statuses: statuses ?? [
      awaiting("Waiting"), allowed("Going"), Workflow.Status(name: "Stopped", category: .done, gate: .prevented),
      Workflow.Status(name: "Done", category: .done, gate: .allowed),
    ],
    transitions: transitions ?? [
      move("Waiting", "Approve", "Going", .approval), move("Waiting", "Reject", "Stopped", .rejection),
      move("Waiting", "Cancel", "Stopped"),
      move("Going", "Finished", "Done", .deployment(.success)),
    ])
}

private func awaiting(_ name: String) -> Workflow.Status { Workflow.Status(name: name, category: .toDo, gate: .awaiting) }

private func allowed(_ name: String) -> Workflow.Status { Workflow.Status(name: name, category: .inProgress, gate: .allowed) }

private func move(_ from: String, _ name: String, _ to: String, _ trigger: Workflow.Trigger = .person()) -> Workflow.Transition {
  Workflow.Transition(from: from, name: name, to: to, trigger: trigger)
}

extension Workflow {
  fileprivate var speakingOfFailure: Workflow {
    adding([
      move("Going", "Failed", "Stopped", .deployment(.failed)), move("Going", "Canceled", "Stopped", .deployment(.canceled)),
    ])
  }

  fileprivate func adding(_ status: Status) -> Workflow { Workflow(name: name, statuses: statuses + [status], transitions: transitions) }

  fileprivate func adding(_ transition: Transition) -> Workflow { adding([transition]) }

  fileprivate func adding(_ more: [Transition]) -> Workflow { Workflow(name: name, statuses: statuses, transitions: transitions + more) }
}

extension Workflow.Flaw {
  fileprivate var line: String {
    switch place {
    case .workflow: "workflow: \(message)"
    case .status(let index): "status \(index): \(message)"
    case .transition(let index): "transition \(index): \(message)"
    }
  }
}

extension Workflow {
  /// The default change workflow of JSM's ITSM template, with its two reviews enforced: there they are plain transitions that any agent may
  /// take, here only the policy's approvers approve and decline. Implementing allows; Declined and Canceled prevent.
  package static let itsm = Workflow(
    name: "itsm",
    statuses: itsmStatuses,
    transitions: itsmReviews + itsmPlanning + itsmImplementation
      + itsmStatuses.filter { $0.gate == .awaiting }.flatMap { itsmEndings(from: $0.name) })

  private static let peerReview = "Peer review / change manager approval"

  private static let itsmStatuses = [
    Status(name: peerReview, category: .toDo, gate: .awaiting),
    Status(name: "Planning", category: .inProgress, gate: .awaiting),
    Status(name: "Awaiting CAB approval", category: .inProgress, gate: .awaiting),
    Status(name: "Awaiting implementation", category: .inProgress, gate: .awaiting),
    Status(name: "Implementing", category: .inProgress, gate: .allowed),
    Status(name: "Pending", category: .inProgress, gate: .awaiting),
    Status(name: "Resolved", category: .done, gate: .allowed),
    Status(name: "Declined", category: .done, gate: .prevented),
    Status(name: "Canceled", category: .done, gate: .prevented),
    // Entered only when the gate has long turned, and then it keeps what it turned to.
    Status(name: "Closed", category: .done, gate: .prevented),
  ]

  private static let itsmReviews = [
    Transition(from: peerReview, name: "Approve", to: "Planning", trigger: .approval),
    Transition(from: peerReview, name: "Decline", to: "Declined", trigger: .rejection),
    Transition(from: peerReview, name: "Cancel", to: "Canceled", trigger: .person()),
    Transition(from: peerReview, name: "Emergency override", to: "Awaiting implementation", trigger: .breakGlass),
    Transition(from: "Awaiting CAB approval", name: "Approve", to: "Awaiting implementation", trigger: .approval),
    Transition(from: "Awaiting CAB approval", name: "Decline", to: "Declined", trigger: .rejection),
    Transition(from: "Awaiting CAB approval", name: "Emergency override", to: "Awaiting implementation", trigger: .breakGlass),
  ]

  private static let itsmPlanning = [
    Transition(from: "Planning", name: "Ready for CAB approval", to: "Awaiting CAB approval", trigger: .person()),
    Transition(from: "Planning", name: "Ready for implementation", to: "Awaiting implementation", trigger: .person()),
    Transition(from: "Planning", name: "Pending", to: "Pending", trigger: .person()),
    Transition(from: "Planning", name: "Cancel", to: "Canceled", trigger: .person()),
    Transition(from: "Pending", name: "Back to planning", to: "Planning", trigger: .person()),
    Transition(from: "Pending", name: "Ready for implementation", to: "Awaiting implementation", trigger: .person()),
    Transition(from: "Pending", name: "Cancel", to: "Canceled", trigger: .person()),
  ]

  private static let itsmImplementation = [
    Transition(from: "Awaiting implementation", name: "Start implementation", to: "Implementing", trigger: .person()),
    Transition(from: "Awaiting implementation", name: "Pending", to: "Pending", trigger: .person()),
    Transition(from: "Awaiting implementation", name: "Cancel", to: "Canceled", trigger: .person()),
    Transition(from: "Implementing", name: "Change completed", to: "Resolved", trigger: .deployment(.success)),
    // JSM has no Failed status and no way out of Implementing but the completed change. What was not completed is not Resolved; of the statuses
    // that there are, Canceled is the one that says that the change did not come about.
    Transition(from: "Implementing", name: "Deployment failed", to: "Canceled", trigger: .deployment(.failed)),
    Transition(from: "Implementing", name: "Deployment canceled", to: "Canceled", trigger: .deployment(.canceled)),
    Transition(from: "Declined", name: "Cancel", to: "Canceled", trigger: .person()),
    Transition(from: "Resolved", name: "Close", to: "Closed", trigger: .person()),
    Transition(from: "Declined", name: "Close", to: "Closed", trigger: .person()),
    Transition(from: "Canceled", name: "Close", to: "Closed", trigger: .person()),
  ]

  /// Ours: JSM leaves to automation rules what becomes of a change that still waits when its deployment, its deadline or a newer deployment ends
  /// it. One that runs before a decision shows where it is, while `ChangeRequest.follow` makes its gate `invalid`.
  private static func itsmEndings(from status: String) -> [Transition] {
    let endings: [(trigger: Trigger, to: String)] = [
      (.deployment(.running), "Implementing"), (.deployment(.success), "Resolved"), (.deployment(.failed), "Canceled"),
      (.deployment(.canceled), "Canceled"), (.expiry, "Canceled"), (.supersession, "Canceled"),
    ]
    return endings.map { Transition(from: status, name: $0.trigger.name, to: $0.to, trigger: $0.trigger) }
  }
}

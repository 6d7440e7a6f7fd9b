/// What a deployment may do. JSM's words.
package enum GateState: String, Sendable, Hashable, CaseIterable {
  case awaiting, allowed, prevented, invalid
}

/// A change request's way from asked for to done: statuses, what each means for the gate, and what moves a change between them.
///
/// A gate leaves `awaiting` once and never turns round: a status entered later (a deployment that fails after it was allowed) changes
/// the status, not the gate.
package struct Workflow: Sendable, Hashable {
  package enum Category: String, Sendable, Hashable, CaseIterable {
    case toDo = "to_do"
    case inProgress = "in_progress"
    case done
  }

  package struct Status: Sendable, Hashable {
    package var name: String
    package var category: Category
    package var gate: GateState

    package init(name: String, category: Category, gate: GateState) {
      self.name = name
      self.category = category
      self.gate = gate
    }
  }

  /// What takes a transition.
  package enum Trigger: Sendable, Hashable {
    /// The policy's approval rules are met.
    case approval
    /// One valid rejection.
    case rejection
    /// What the deployment does in GitLab.
    case deployment(DeploymentOutcome)
    /// The time in which a decision was due has passed.
    case expiry
  }

  package enum DeploymentOutcome: String, Sendable, Hashable, CaseIterable {
    case running, success, failed, canceled
  }

  package struct Transition: Sendable, Hashable {
    package var from: String
    package var name: String
    package var to: String
    package var trigger: Trigger

    package init(from: String, name: String, to: String, trigger: Trigger) {
      self.from = from
      self.name = name
      self.to = to
      self.trigger = trigger
    }
  }

  package var name: String
  /// The first is where a change starts.
  package var statuses: [Status]
  package var transitions: [Transition]

  package init(name: String, statuses: [Status], transitions: [Transition]) {
    self.name = name
    self.statuses = statuses
    self.transitions = transitions
  }

  package var initial: Status { statuses[0] }

  package func status(named name: String) -> Status? { statuses.first { $0.name == name } }

  /// Whether people approve or reject while a change has this status.
  package func isApprovalStep(_ status: String) -> Bool { transition(from: status, on: .approval) != nil }

  package func transition(from status: String, on trigger: Trigger) -> Transition? {
    transitions.first { $0.from == status && $0.trigger == trigger }
  }
}

extension Workflow {
  /// Awaiting approval → Approved → Deploying → Deployed, or Rejected, Failed, Canceled, Expired.
  package static let simple = Workflow(
    name: "simple",
    statuses: [
      Status(name: "Awaiting approval", category: .toDo, gate: .awaiting),
      Status(name: "Approved", category: .inProgress, gate: .allowed),
      Status(name: "Deploying", category: .inProgress, gate: .allowed),
      Status(name: "Deployed", category: .done, gate: .allowed),
      Status(name: "Rejected", category: .done, gate: .prevented),
      Status(name: "Failed", category: .done, gate: .prevented),
      Status(name: "Canceled", category: .done, gate: .prevented),
      Status(name: "Expired", category: .done, gate: .prevented),
    ],
    transitions: [
      Transition(from: "Awaiting approval", name: "Approve", to: "Approved", trigger: .approval),
      Transition(from: "Awaiting approval", name: "Reject", to: "Rejected", trigger: .rejection),
      Transition(from: "Awaiting approval", name: "Expire", to: "Expired", trigger: .expiry),
      Transition(from: "Awaiting approval", name: "Deployment started", to: "Deploying", trigger: .deployment(.running)),
      Transition(from: "Awaiting approval", name: "Deployment succeeded", to: "Deployed", trigger: .deployment(.success)),
      Transition(from: "Awaiting approval", name: "Deployment failed", to: "Failed", trigger: .deployment(.failed)),
      Transition(from: "Awaiting approval", name: "Deployment canceled", to: "Canceled", trigger: .deployment(.canceled)),
      Transition(from: "Approved", name: "Deployment started", to: "Deploying", trigger: .deployment(.running)),
      Transition(from: "Approved", name: "Deployment succeeded", to: "Deployed", trigger: .deployment(.success)),
      Transition(from: "Approved", name: "Deployment failed", to: "Failed", trigger: .deployment(.failed)),
      Transition(from: "Approved", name: "Deployment canceled", to: "Canceled", trigger: .deployment(.canceled)),
      Transition(from: "Deploying", name: "Deployment succeeded", to: "Deployed", trigger: .deployment(.success)),
      Transition(from: "Deploying", name: "Deployment failed", to: "Failed", trigger: .deployment(.failed)),
      Transition(from: "Deploying", name: "Deployment canceled", to: "Canceled", trigger: .deployment(.canceled)),
    ])
}

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

  /// Known by where it begins and its name: `Approve` leads elsewhere from each review.
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

  /// Those that need no configuration.
  package static let builtIn = [Workflow.simple.name: Workflow.simple, Workflow.itsm.name: .itsm]

  /// Stands for one that the configuration has lost: nothing is decided by it, and what ends the waiting still closes its changes.
  package static func lost(_ name: String) -> Workflow {
    Workflow(name: name, statuses: [Status(name: "Canceled", category: .done, gate: .prevented)], transitions: [])
  }

  package var initial: Status { statuses[0] }

  package func status(named name: String) -> Status? { statuses.first { $0.name == name } }

  package func transitions(from status: String) -> [Transition] { transitions.filter { $0.from == status } }

  package func transition(from status: String, named name: String) -> Transition? {
    transitions.first { $0.from == status && $0.name == name }
  }

  /// The transition that something other than a person takes: there is one at most.
  package func transition(from status: String, on trigger: Trigger) -> Transition? {
    transitions.first { $0.from == status && $0.trigger == trigger }
  }

  /// How a change closes whose workflow does not say how: by the first status that prevents.
  ///
  /// A deployment that failed or was canceled, a deadline, a newer deployment and a rejection given in GitLab itself end a change whether or not
  /// the workflow speaks of them; else it would wait for something that can no longer come. Nil for what ends nothing.
  package func fallback(from status: String, on trigger: Trigger) -> Transition? {
    guard trigger.endsWaiting, let target = statuses.first(where: { $0.gate == .prevented }) else { return nil }
    return Transition(from: status, name: trigger.name, to: target.name, trigger: trigger)
  }
}

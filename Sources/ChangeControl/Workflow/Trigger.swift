extension Workflow {
  /// What takes a transition.
  package enum Trigger: Sendable, Hashable {
    /// A person who has at least this role: approver, operator or admin.
    case person(role: Role = .operator)
    /// The policy's approval rules are met.
    case approval
    /// One valid rejection.
    case rejection
    /// What the deployment does in GitLab.
    case deployment(DeploymentOutcome)
    /// One of the policy's break-glass people, for a change of type emergency and with a reason; a review is owed.
    case breakGlass
    /// The time in which a decision was due has passed.
    case expiry
    /// A newer deployment to the same environment was approved.
    case supersession
  }

  package enum DeploymentOutcome: String, Sendable, Hashable, CaseIterable {
    case running, success, failed, canceled
  }
}

extension Workflow.Trigger {
  /// What the configuration calls it, under `by`.
  package var word: String {
    switch self {
    case .person: "person"
    case .approval: "approval"
    case .rejection: "rejection"
    case .deployment: "deployment"
    case .breakGlass: "break_glass"
    case .expiry: "expiry"
    case .supersession: "supersession"
    }
  }

  /// What a transition is called that a workflow leaves to us.
  var name: String {
    switch self {
    case .person: "Move"
    case .approval: "Approve"
    case .rejection: "Reject"
    case .deployment(.running): "Deployment started"
    case .deployment(.success): "Deployment succeeded"
    case .deployment(.failed): "Deployment failed"
    case .deployment(.canceled): "Deployment canceled"
    case .breakGlass: "Emergency override"
    case .expiry: "Expire"
    case .supersession: "Supersede"
    }
  }

  var isPerson: Bool { if case .person = self { true } else { false } }

  /// Whether somebody clicks it.
  var isByHand: Bool { isPerson || self == .breakGlass }

  var isDeployment: Bool { if case .deployment = self { true } else { false } }

  /// Whether nothing of the deployment is still to come then.
  var endsDeployment: Bool { isDeployment && self != .deployment(.running) }

  /// Whether a change that waits has nothing to wait for once this has happened.
  var endsWaiting: Bool {
    switch self {
    case .rejection, .deployment(.failed), .deployment(.canceled), .expiry, .supersession: true
    case .person, .approval, .deployment(.running), .deployment(.success), .breakGlass: false
    }
  }
}

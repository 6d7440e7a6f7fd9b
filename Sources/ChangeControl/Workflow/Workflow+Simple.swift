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
      Transition(from: "Awaiting approval", name: "Cancel", to: "Canceled", trigger: .person()),
      Transition(from: "Awaiting approval", name: "Emergency override", to: "Approved", trigger: .breakGlass),
      Transition(from: "Awaiting approval", name: "Expire", to: "Expired", trigger: .expiry),
      Transition(from: "Awaiting approval", name: "Supersede", to: "Canceled", trigger: .supersession),
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

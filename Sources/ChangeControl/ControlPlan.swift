/// Everything the configuration says about change control, checked: names resolve, rules can be met. What the core decides by.
package struct ControlPlan: Sendable, Hashable {
  package struct Instance: Sendable, Hashable {
    package var name: String
    package var reconcileEvery: Duration
    /// Whether the gate starts the job once GitLab counts the deployment approved (`after_approval: play`).
    package var playsAfterApproval: Bool
    /// How long a callback that GitLab refuses (401, 403) is tried again.
    package var giveUpAfter: Duration
    /// Up to which age a list of members that GitLab told is shown, and used to tell somebody that they may not decide.
    package var membershipsEvery: Duration

    package init(
      name: String, reconcileEvery: Duration, playsAfterApproval: Bool, giveUpAfter: Duration, membershipsEvery: Duration = .seconds(300)
    ) {
      self.name = name
      self.membershipsEvery = membershipsEvery
      self.reconcileEvery = reconcileEvery
      self.playsAfterApproval = playsAfterApproval
      self.giveUpAfter = giveUpAfter
    }
  }

  /// What approvers and GitLab's comments link to; no slash at the end.
  package var publicURL: String
  package var instances: [Instance]
  /// In the order of the configuration: the first that covers the project and gates the environment has the deployment.
  package var services: [Service]
  package var groups: [String: Group]
  /// Addresses that people commit with, by username in lower case: those that GitLab does not tell.
  package var emails: [String: [String]] = [:]
  package var policies: [String: Policy]
  package var workflows: [String: Workflow]
  /// How long the raw body of a delivery is kept.
  package var deliveryRetention: Duration

  package init(
    publicURL: String, instances: [Instance], services: [Service], groups: [String: Group], policies: [String: Policy],
    workflows: [String: Workflow] = Workflow.builtIn, deliveryRetention: Duration
  ) {
    self.publicURL = publicURL
    self.instances = instances
    self.services = services
    self.groups = groups
    self.policies = policies
    self.workflows = workflows
    self.deliveryRetention = deliveryRetention
  }

  package func instance(named name: String) -> Instance? { instances.first { $0.name == name } }

  package func service(id: String) -> Service? { services.first { $0.id == id } }

  /// The service that gates a deployment, if any does.
  package func service(instance: String, project: Int64, path: String?, environment: String, tier: String?) -> Service? {
    services.first {
      $0.instance == instance && $0.covers(project: project, path: path) && $0.gates(environment: environment, tier: tier)
    }
  }
}

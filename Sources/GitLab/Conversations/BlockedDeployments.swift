package import ChangeControl

/// What a list tells of one blocked deployment. Whether it waits for approvals, only `InspectConversation` can tell: plain manual jobs are
/// blocked too.
package struct BlockedDeployment: Sendable, Hashable {
  package var identity: DeploymentIdentity
  package var environment: String
  package var updatedAt: Instant?
  /// To be matched with the waiting jobs of a `PipelineHint`.
  package var jobID: Int64?

  package init(identity: DeploymentIdentity, environment: String, updatedAt: Instant?, jobID: Int64?) {
    self.identity = identity
    self.environment = environment
    self.updatedAt = updatedAt
    self.jobID = jobID
  }
}

package struct BlockedDeployments: Sendable, Hashable {
  /// Newest first, each once.
  package var deployments: [BlockedDeployment]
  /// Where to go on, when there are more than one conversation reads.
  package var cursor: String?

  package init(deployments: [BlockedDeployment], cursor: String? = nil) {
    self.deployments = deployments
    self.cursor = cursor
  }
}

extension BlockedDeployments {
  /// The deployments that a pipeline hint may mean: those whose job is one of its waiting jobs.
  package func matching(_ hint: PipelineHint) -> [DeploymentIdentity] {
    let jobs = Set(hint.jobs.map(\.id))
    return deployments.filter { $0.jobID.map(jobs.contains) ?? false }.map(\.identity)
  }
}

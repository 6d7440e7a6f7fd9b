package import ChangeControl

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

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
  /// Those that deploy with one of these jobs: what a pipeline's waiting jobs may mean.
  package func identities(ofJobs jobs: some Sequence<Int64>) -> [DeploymentIdentity] {
    let jobs = Set(jobs)
    return deployments.filter { $0.jobID.map(jobs.contains) ?? false }.map(\.identity)
  }
}

extension Result where Success == BlockedDeployments, Failure == Obstacle {
  /// What came of a `locate`: the blocked deployments of these jobs.
  package func located(jobs: some Sequence<Int64>) -> CallbackOutcome {
    switch self {
    case .success(let found): .located(found.identities(ofJobs: jobs))
    case .failure(let obstacle): obstacle.outcome
    }
  }
}

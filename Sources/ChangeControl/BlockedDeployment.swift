package import Calendar

/// What GitLab's list of deployments tells of one that is blocked. Whether it waits for approvals, only asking about it alone can tell: plain
/// manual jobs are blocked too.
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

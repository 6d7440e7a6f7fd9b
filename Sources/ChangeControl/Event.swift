internal import Calendar

/// Our translation of one webhook. GitLab's JSON ends at the translator (`GitLab`); the rest of the program knows only this.
package enum WebhookEvent: Sendable, Hashable {
  case deployment(DeploymentEvent)
  /// Before 19.3 no Deployment Hook is sent for `blocked`; a pipeline that stands at `manual` is the only hint.
  case pipeline(PipelineHint)
  /// Authentic, but nothing to a gate. The reason is for the log and the delivery's record.
  case irrelevant(reason: String)
}

/// One Deployment Hook: what a gate asks of it. All else about the deployment, GitLab's API tells.
package struct DeploymentEvent: Sendable, Hashable {
  /// What the hook says happened. `approved` and `rejected` mirror one approval row (19.3+), not the deployment.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    case created, blocked, approved, rejected, running, success, failed, canceled, skipped
  }

  package var identity: DeploymentIdentity
  package var kind: Kind
  package var environment: String
  package var tier: String?
  package var project: Project
  package var jobID: Int64?
  /// Who approved or rejected in GitLab; only with `approved` and `rejected`.
  package var approver: Person?
  package var approvalID: Int64?

  package init(
    identity: DeploymentIdentity, kind: Kind, environment: String, tier: String?, project: Project, jobID: Int64?, approver: Person?,
    approvalID: Int64?
  ) {
    self.identity = identity
    self.kind = kind
    self.environment = environment
    self.tier = tier
    self.project = project
    self.jobID = jobID
    self.approver = approver
    self.approvalID = approvalID
  }
}

/// Jobs of a pipeline that stand at `manual` and would deploy: each may be a blocked deployment. Which one, only the API can tell.
package struct PipelineHint: Sendable, Hashable {
  package struct WaitingJob: Sendable, Hashable {
    package var id: Int64
    package var environment: String
    package var tier: String?

    package init(id: Int64, environment: String, tier: String?) {
      self.id = id
      self.environment = environment
      self.tier = tier
    }
  }

  package var instance: String
  package var project: Project
  package var pipeline: Int64
  package var jobs: [WaitingJob]

  package init(instance: String, project: Project, pipeline: Int64, jobs: [WaitingJob]) {
    self.instance = instance
    self.project = project
    self.pipeline = pipeline
    self.jobs = jobs
  }
}

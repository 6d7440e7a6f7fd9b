package import Calendar

/// One deployment in one GitLab instance. `deployment` is GitLab's global id (`/deployments/:deployment_id`), not the iid.
package struct DeploymentIdentity: Sendable, Hashable {
  package var instance: String
  package var project: Int64
  package var deployment: Int64

  package init(instance: String, project: Int64, deployment: Int64) {
    self.instance = instance
    self.project = project
    self.deployment = deployment
  }
}

/// The states of GitLab's deployment state machine (app/models/deployment.rb).
package enum DeploymentStatus: String, Sendable, Hashable, CaseIterable {
  case created, blocked, running, success, failed, canceled, skipped

  /// Nothing follows it. `skipped` can go back to `created` in GitLab, but for a gate it has ended: what runs later asks anew.
  package var isFinal: Bool {
    switch self {
    case .success, .failed, .canceled, .skipped: true
    case .created, .blocked, .running: false
    }
  }
}

/// A GitLab user, as far as a gate needs one.
package struct Person: Sendable, Hashable {
  package var id: Int64
  package var username: String
  package var name: String

  package init(id: Int64, username: String, name: String) {
    self.id = id
    self.username = username
    self.name = name
  }
}

package struct Project: Sendable, Hashable {
  package var id: Int64
  /// `path_with_namespace`, for example `acme/payments/checkout`.
  package var path: String
  package var webURL: String?

  package init(id: Int64, path: String, webURL: String?) {
    self.id = id
    self.path = path
    self.webURL = webURL
  }
}

/// The CI job that a deployment waits for (`deployable` in GitLab's API). Null for deployments made through the API.
package struct Job: Sendable, Hashable {
  package var id: Int64
  package var name: String?
  /// GitLab's job status: `manual`, `pending`, `running`, `success`, `failed`, …
  package var status: String?
  package var webURL: String?
  /// Whether it has begun to run (`started_at`), whatever became of it; nil where GitLab does not say.
  package var hasBegun: Bool?

  package init(id: Int64, name: String? = nil, status: String? = nil, webURL: String? = nil, hasBegun: Bool? = nil) {
    self.id = id
    self.name = name
    self.status = status
    self.webURL = webURL
    self.hasBegun = hasBegun
  }
}

/// Somebody's yes or no recorded in GitLab itself.
package struct RecordedApproval: Sendable, Hashable {
  package var person: Person
  package var status: ApprovalStatus
  package var comment: String?
  package var createdAt: Instant?

  package init(person: Person, status: ApprovalStatus, comment: String?, createdAt: Instant?) {
    self.person = person
    self.status = status
    self.comment = comment
    self.createdAt = createdAt
  }
}

/// What one person said. GitLab's words.
package enum ApprovalStatus: String, Sendable, Hashable {
  case approved, rejected
}

/// What GitLab's API says of one deployment at one moment. It wins over anything a webhook said.
package struct DeploymentFacts: Sendable, Hashable {
  package var identity: DeploymentIdentity
  package var iid: Int64?
  package var status: DeploymentStatus
  package var environment: String
  /// `production staging testing development other`; nil when GitLab did not say.
  package var tier: String?
  package var ref: String?
  /// The full commit id.
  package var sha: String
  package var commitTitle: String?
  /// Names of who wrote the commit, as git has them.
  package var commitAuthors: [String]
  package var job: Job?
  package var pipeline: Int64?
  /// Who triggered it: `deployment.user`.
  package var triggerer: Person?
  /// How many approvals GitLab still waits for; 0 for a plain manual job and for an unprotected environment.
  package var pendingApprovals: Int
  package var approvals: [RecordedApproval]
  package var project: Project?
  package var createdAt: Instant?
  package var updatedAt: Instant?

  /// Whether anything of it has been deployed, whatever became of it since; nil where GitLab does not say.
  package var hasBegun: Bool? { status == .running || status == .success ? true : job?.hasBegun }

  package init(
    identity: DeploymentIdentity, iid: Int64?, status: DeploymentStatus, environment: String, tier: String?, ref: String?, sha: String,
    commitTitle: String?, commitAuthors: [String], job: Job?, pipeline: Int64?, triggerer: Person?, pendingApprovals: Int,
    approvals: [RecordedApproval], project: Project?, createdAt: Instant?, updatedAt: Instant?
  ) {
    self.identity = identity
    self.iid = iid
    self.status = status
    self.environment = environment
    self.tier = tier
    self.ref = ref
    self.sha = sha
    self.commitTitle = commitTitle
    self.commitAuthors = commitAuthors
    self.job = job
    self.pipeline = pipeline
    self.triggerer = triggerer
    self.pendingApprovals = pendingApprovals
    self.approvals = approvals
    self.project = project
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

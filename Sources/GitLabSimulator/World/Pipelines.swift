package import Calendar

extension World {
  package struct Pipeline: Identifiable, Sendable {
    package enum Status: String, Sendable {
      case created, pending, running, manual, success, failed, canceled, skipped

      var isFinished: Bool { self == .success || self == .failed || self == .canceled || self == .skipped }
    }

    package let id: Int64
    package let iid: Int64
    package let projectID: Int64
    package let ref: String
    package let sha: String
    package let userID: Int64
    package internal(set) var status: Status = .created
    package let createdAt: Instant
    package internal(set) var updatedAt: Instant
    package internal(set) var startedAt: Instant?
    package internal(set) var finishedAt: Instant?
  }

  package struct Job: Identifiable, Sendable {
    package enum Status: String, Sendable {
      case created, pending, running, manual, success, failed, canceled, skipped

      var isFinished: Bool { self == .success || self == .failed || self == .canceled || self == .skipped }
    }

    /// How a run ends.
    package enum Ending: Sendable, Hashable { case success, failure }

    package let id: Int64
    package let pipelineID: Int64
    package let projectID: Int64
    package let name: String
    package let stage: String
    package let environmentID: Int64?
    /// `when: manual`, by the pipeline's configuration or because the job had to wait for approvals.
    package internal(set) var isManual: Bool
    package let allowsFailure: Bool
    /// Who triggered it; from a play on, who played it.
    package internal(set) var userID: Int64
    package internal(set) var status: Status = .created
    package let createdAt: Instant
    package internal(set) var queuedAt: Instant?
    package internal(set) var startedAt: Instant?
    package internal(set) var finishedAt: Instant?
    package internal(set) var failureReason: String?
    package internal(set) var retriesCount: Int64 = 0
    /// How the run will end unless `finishJob` says otherwise.
    package var ending: Ending = .success
    /// How long it runs; nil: until `finishJob`.
    package var runsFor: Duration?
    /// When the next transition is due.
    var dueAt: Instant?
    /// The recursion id of the request that queued it, when it carried one.
    var cause: String?
    /// A newer job took this one's place in the pipeline.
    var isRetried = false
  }

  package struct Deployment: Identifiable, Sendable {
    package enum Status: String, Sendable, CaseIterable {
      case created, blocked, running, success, failed, canceled, skipped

      /// GitLab's state machine (facts A.4).
      func mayBecome(_ next: Status) -> Bool {
        switch next {
        case .blocked: self == .created
        case .running: self == .created || self == .blocked
        case .created: self == .skipped
        case .success, .failed, .canceled, .skipped: self != next
        }
      }
    }

    package let id: Int64
    package let iid: Int64
    package let projectID: Int64
    package let environmentID: Int64
    package let jobID: Int64?
    /// Who triggered it. A play does not change it.
    package let userID: Int64?
    package let ref: String
    package let sha: String
    package internal(set) var status: Status = .created
    package let createdAt: Instant
    package internal(set) var updatedAt: Instant
    package internal(set) var finishedAt: Instant?
  }

  package struct Approval: Identifiable, Sendable, Hashable {
    package enum Status: String, Sendable { case approved, rejected }

    package let id: Int64
    package let deploymentID: Int64
    package let userID: Int64
    package let ruleID: Int64?
    package internal(set) var status: Status
    package internal(set) var comment: String?
    package let createdAt: Instant
    package internal(set) var updatedAt: Instant
  }

  func deployment(ofJob jobID: Int64) -> Deployment? { deployments.all.last { $0.jobID == jobID } }

  /// The jobs that count for a pipeline's status, oldest first.
  func jobs(ofPipeline pipelineID: Int64) -> [Job] { jobs.all.filter { $0.pipelineID == pipelineID && !$0.isRetried } }

  /// The newest deployment to an environment, for tests and the demo.
  package func latestDeployment(environment: String) -> Deployment? {
    deployments.all.last { environments.find($0.environmentID)?.name == environment }
  }
}

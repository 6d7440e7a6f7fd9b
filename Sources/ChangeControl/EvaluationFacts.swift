package import Calendar

/// What an evaluation looks at: facts and an instant in, verdict out, nothing else known.
package struct EvaluationFacts: Sendable {
  package var policy: Policy
  package var directory: Directory
  package var subject: Subject
  package var now: Instant
  /// The approvals that count now, oldest first, one for each person and step.
  package var approvals: [Approval]
  package var steps: ApprovalSteps
  /// Who has asked for the change to be let through a freeze, with the right to.
  package var freezeOverrides: [FreezeOverride] = []
  /// Under which names GitLab has shown those who spoke, where there are several: all in lower case, each under every one of them.
  package var otherNames: [String: Set<String>] = [:]
  /// Why the policy is not the one that the configuration names now; nil where it is.
  package var keptRules: String?
  /// Whether its gate is open, and all that is asked is whether the decision still stands.
  package var isDecided = false
  /// Somebody has broken the glass.
  package var brokenGlass: BrokenGlass?
  /// Of the approvals those that were recorded after that, in the order of the records; nil where there is none, and times have to tell.
  package var saidAfterGlass: Set<Approval>?
  /// When the hours of automatic rules were looked at: what was decided in them stands when they are over.
  package var ruledAt: Instant
  /// Memberships that were read before this open no gate; nil where they only inform.
  package var membershipsSince: Instant?

  package init(policy: Policy, directory: Directory, subject: Subject, steps: ApprovalSteps, approvals: [Approval], at now: Instant) {
    self.policy = policy
    self.directory = directory
    self.subject = subject
    self.steps = steps
    self.approvals = approvals
    self.now = now
    ruledAt = now
  }
}

/// What is asked for.
package struct Subject: Sendable, Hashable {
  /// Who triggered the deployment, if GitLab said.
  package var requester: String?
  /// The requester's GitLab id: who changes their name stays the requester.
  package var requesterID: Int64?
  /// In lower case, all usernames under which GitLab has ever shown the owner of that id here.
  package var requesterNames: Set<String> = []
  package var tier: String?
  package var environment = ""
  package var project: Int64 = 0
  package var projectPath: String?
  package var ref: String?
  package var type: ChangeType = .normal
  package var risk: String?
  package var openedAt = Instant(milliseconds: 0)
  package var filledFields: Set<ChangeField> = []
  package var plannedStart: Instant?
  package var plannedEnd: Instant?
  /// Nil until GitLab has told it.
  package var contributions: Contributions?
  /// Why GitLab has not told the contributions so far.
  package var obstacle: String?
  /// Why GitLab has not told who somebody is, by username in lower case.
  package var strangers: [String: String] = [:]
  /// By username in lower case.
  package var people: [String: KnownPerson] = [:]

  package init(requester: String?) { self.requester = requester }
}

/// The steps of a workflow, as far as a change has come.
package struct ApprovalSteps: Sendable, Hashable {
  /// Statuses whose step is passed, in their order.
  package var passed: [String]
  /// The status that is an approval step and open now.
  package var current: String?
  /// Whether the open step leads to a status that still awaits: it is passed by people alone, whatever else the gate waits for.
  package var leadsOn: Bool
  /// Whether the workflow has no other: then its rules are all there is to tell, also once it is passed.
  package var isOnly: Bool

  package init(passed: [String] = [], current: String?, leadsOn: Bool = false, isOnly: Bool = false) {
    self.passed = passed
    self.current = current
    self.leadsOn = leadsOn
    self.isOnly = isOnly
  }

  /// - Parameter status: where the change is, if it waits there.
  package init(passed: [String], at status: String, of workflow: Workflow) {
    let isOpen = workflow.isReview(status)
    let target = workflow.transition(from: status, on: .approval).flatMap { workflow.status(named: $0.to) }
    self.init(
      passed: passed, current: isOpen ? status : nil, leadsOn: isOpen && target?.gate == .awaiting,
      isOnly: workflow.reviews.count == 1)
  }

  var all: [String] { passed + (current.map { [$0] } ?? []) }
}

/// Somebody let a deployment through at once, on their own.
package struct BrokenGlass: Sendable, Hashable {
  package var user: String
  package var reason: String
  package var at: Instant

  package init(user: String, reason: String, at: Instant) {
    self.user = user
    self.reason = reason
    self.at = at
  }
}

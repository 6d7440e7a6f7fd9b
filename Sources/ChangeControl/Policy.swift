package enum CommentRequirement: String, Sendable, Hashable, CaseIterable {
  case never
  case onRejection = "on_rejection"
  case always
}

/// What GitLab is told of a deployment that ends here without anybody's no.
package enum EndWithoutRejection: String, Sendable, Hashable, CaseIterable {
  /// Nothing: the deployment stays blocked, and whoever may can still decide in GitLab.
  case leave
  /// Rejected: GitLab fails the job for good.
  case reject
  /// The job is canceled: it can be run again.
  case cancelJob = "cancel_job"
}

/// People who may let a deployment through at once, and how soon it must be looked at afterwards.
package struct BreakGlass: Sendable, Hashable {
  /// A group of the configuration.
  package var group: String
  package var reviewWithin: Duration

  package init(group: String, reviewWithin: Duration) {
    self.group = group
    self.reviewWithin = reviewWithin
  }
}

/// Fields of a change request that a policy can ask for.
package enum ChangeField: String, Sendable, Hashable, CaseIterable {
  case risk, impact, reason
  case implementationPlan = "implementation_plan"
  case rollbackPlan = "rollback_plan"
  case plannedStart = "planned_start"
  case plannedEnd = "planned_end"
}

/// What must hold before a deployment is let through.
package struct Policy: Sendable, Hashable {
  package var name: String
  /// All of them must be met, by distinct people. Never empty: a gate that nobody guards is a configuration error.
  package var approvalRules: [ApprovalRule]
  /// Whether the person who triggered the deployment is kept from approving it.
  package var preventSelfApproval: Bool
  /// Whether who wrote a commit in it, or its merge request, is kept from approving it.
  package var preventAuthorApproval = false
  package var commentRequired: CommentRequirement
  /// Fields that must be filled in before the gate opens.
  package var requiredFields: [ChangeField] = []
  /// How long people have for their decision, from the change's opening.
  package var expiresAfter: Duration?
  /// Whether a waiting change ends when a newer deployment to the same environment is let through.
  package var supersedesOlder = false
  package var whenExpired: EndWithoutRejection = .leave
  package var whenSuperseded: EndWithoutRejection = .leave
  /// Changes that need no person's yes. A freeze holds them all the same.
  package var autoApprove: [AutomaticRule] = []
  /// Changes that are stopped at once. They win over `autoApprove`.
  package var autoReject: [AutomaticRule] = []
  package var freezeWindows: [FreezeWindow] = []
  package var breakGlass: BreakGlass?
  /// The group of the configuration whose people, two of them together, may let a change through a freeze.
  package var freezeOverride: String?

  package init(
    name: String, approvalRules: [ApprovalRule], preventSelfApproval: Bool = true, commentRequired: CommentRequirement = .onRejection
  ) {
    self.name = name
    self.approvalRules = approvalRules
    self.preventSelfApproval = preventSelfApproval
    self.commentRequired = commentRequired
  }
}

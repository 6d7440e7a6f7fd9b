package import Calendar

/// A rule says no to a person: which rule, why, and what would help.
package struct Refusal: Error, Sendable, Hashable {
  package enum Kind: Sendable, Hashable {
    /// The person may not (403).
    case forbidden
    /// There is no such thing (404).
    case notFound
    /// It is too late, or somebody was faster (409).
    case conflict
    /// A value cannot be (422).
    case invalid
  }

  package var kind: Kind
  /// Stable; what programs compare.
  package var code: String
  /// For people: which rule refused and what to do next.
  package var message: String

  package init(_ kind: Kind, _ code: String, _ message: String) {
    self.kind = kind
    self.code = code
    self.message = message
  }
}

extension Refusal {
  package static func role(_ role: Role, needs: String) -> Refusal {
    Refusal(
      .forbidden, "insufficient_role",
      "a token with the role \(role.rawValue) may not do this; it takes \(needs): ask an administrator for one")
  }

  package static func unknownChange(_ key: String) -> Refusal {
    Refusal(.notFound, "change_not_found", "there is no change request \(key); list the changes to find the one you mean")
  }

  package static func notWaiting(_ change: ChangeRequest) -> Refusal {
    let stop = change.gate == .allowed && change.closedAt == nil ? "to stop it, cancel its job in GitLab; " : ""
    return Refusal(
      .conflict, "not_waiting",
      "\(change.key) is no longer waiting for a decision: its gate is \(change.gate.rawValue) (\(change.status)); \(stop)a deployment that is run again "
        + "gets a change request of its own")
  }

  /// Which would be an approval at once, most likely by a slip in the date of one that was meant for later.
  package static func effectiveBeforeItOpened(_ effectiveAt: Instant, _ change: ChangeRequest) -> Refusal {
    Refusal(
      .invalid, "effective_too_early",
      "\(effectiveAt.iso8601) is before \(change.key) was opened, at \(change.createdAt.iso8601); "
        + "correct effective_at, or leave it out to approve at once")
  }

  package static func staleRevision(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "stale_revision",
      "\(change.key) has changed since you read it (it is at revision \(change.revision)); read it again, then decide on what it says now")
  }

  package static func ownDeployment(_ change: ChangeRequest, policy: Policy) -> Refusal {
    Refusal(
      .forbidden, "own_deployment",
      "you triggered the deployment of \(change.key), and policy \(policy.name) lets nobody approve their own (prevent_self_approval); "
        + "ask another approver: \(policy.approverList)")
  }

  package static func authorOfChange(_ change: ChangeRequest, policy: Policy) -> Refusal {
    Refusal(
      .forbidden, "author_of_change",
      "you wrote a part of what \(change.key) deploys, and policy \(policy.name) lets no author approve it (prevent_author_approval); "
        + "ask another approver: \(policy.approverList)")
  }

  package static func alreadyCounted(_ change: ChangeRequest, step: String) -> Refusal {
    Refusal(
      .forbidden, "already_counted",
      "you approved \(change.key) in an earlier step, and \(step) takes other people; ask another approver")
  }

  package static func noFreeze(_ change: ChangeRequest, policy: Policy) -> Refusal {
    Refusal(
      .conflict, "no_freeze",
      "no freeze window of policy \(policy.name) holds \(change.key) now, so there is nothing to override; one that begins later is overridden "
        + "then")
  }

  package static func stageNotOpen(_ change: ChangeRequest, stage: Int) -> Refusal {
    Refusal(
      .conflict, "stage_not_open",
      "your approval belongs to a later stage of \(change.key); stage \(stage) is not met yet: approve once it is")
  }

  package static func noOpenStep(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "no_open_step",
      "\(change.key) is in \(change.status), which asks for no approval; it waits for a transition: list those that are open to you")
  }

  /// - Parameter lists: when GitLab told the oldest of the lists that this is read from, and until when it serves; nil where it is the
  ///   configuration's alone.
  package static func notEligible(
    _ user: String, change: ChangeRequest, policy: Policy, lists: (readAt: Instant, until: Instant)? = nil
  ) -> Refusal {
    let age =
      lists.map {
        "; GitLab was asked for its members at \($0.readAt.iso8601), and whoever was added since can decide from \($0.until.iso8601) on"
      } ?? ""
    return Refusal(
      .forbidden, "not_eligible",
      "no approval rule of policy \(policy.name) lets \(user) decide on \(change.key); it takes \(policy.approverList)\(age)")
  }

  package static func notRepresenting(_ name: String, user: String, policy: Policy) -> Refusal {
    Refusal(
      .forbidden, "not_represented",
      "\(user) cannot decide as \(name): policy \(policy.name) has no such rule for that person; name a group or rule you belong to, "
        + "or none")
  }

  package static func commentRequired(_ policy: Policy) -> Refusal {
    Refusal(
      .invalid, "comment_required",
      policy.commentRequired == .always
        ? "policy \(policy.name) wants a comment with every decision; decide again, with one"
        : "policy \(policy.name) wants a reason with a rejection; reject again, with a comment")
  }

  package static func missingWorkflow(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "workflow_missing",
      "the configuration has no workflow \(change.workflow) any more, so \(change.key) cannot be decided; an administrator must put it back"
    )
  }

  package static func noWayOn(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "no_transition",
      "workflow \(change.workflow) has no way on from \(change.status) for this decision; an administrator must mend the workflow")
  }

  package static func missingPolicy(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "policy_missing",
      "the configuration has no policy \(change.policy) any more, so \(change.key) cannot be decided; an administrator must put it back")
  }
}

extension Policy {
  /// `2 from group release-managers, 1 from user eve`.
  package var approverList: String {
    approvalRules.map { "\($0.requiredApprovals) from \($0.name)" }.joined(separator: ", ")
  }
}

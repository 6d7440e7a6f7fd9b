package import Calendar

/// What a change request's workflow, and what is known of it, says no to.
extension Refusal {
  package static func closed(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "change_closed",
      "\(change.key) is closed (\(change.status)), and what was told of it stays as it was; add a comment if something is missing")
  }

  package static func endsBeforeItStarts(_ start: Instant, _ end: Instant) -> Refusal {
    Refusal(
      .invalid, "planned_end_too_early",
      "the planned end, \(end.iso8601), is not after the planned start, \(start.iso8601); send both as they shall be")
  }

  package static func noSuchTransition(_ name: String, of change: ChangeRequest, in workflow: Workflow) -> Refusal {
    let there = workflow.transitions(from: change.status).filter(\.trigger.isByHand).map(\.name)
    let help = there.isEmpty ? "nothing is to click in \(change.status)" : "in \(change.status) there are: \(there.joined(separator: ", "))"
    let others = workflow.transitions.filter { $0.name == name }.map(\.from)
    guard !others.isEmpty else {
      return Refusal(.notFound, "transition_not_found", "workflow \(change.workflow) has no transition '\(name)'; \(help)")
    }
    return Refusal(
      .conflict, "wrong_status",
      "'\(name)' leads on from \(others.joined(separator: ", ")), and \(change.key) is in \(change.status); \(help)")
  }

  /// What people have no hand in, or not by clicking.
  package static func notByHand(_ transition: Workflow.Transition, of change: ChangeRequest) -> Refusal {
    let why =
      switch transition.trigger {
      case .approval: "it is taken by the approvals that policy \(change.policy) asks for; approve \(change.key), if you may"
      case .rejection: "it is taken by a rejection; reject \(change.key), if you may"
      case .deployment(let outcome): "it is taken when GitLab says that the deployment is \(outcome.rawValue)"
      case .expiry: "it is taken when the time for a decision is over"
      case .supersession: "it is taken when a newer deployment to the same environment is approved"
      case .person, .breakGlass: "it is not taken by hand"
      }
    return Refusal(.forbidden, "not_by_hand", "'\(transition.name)' is nobody's to click: \(why)")
  }

  package static func notApproved(_ change: ChangeRequest, waitingFor: [String]) -> Refusal {
    let missing =
      waitingFor.isEmpty ? "its policy, \(change.policy), does not allow it" : "it waits for \(waitingFor.joined(separator: "; "))"
    return Refusal(.conflict, "not_approved", "\(change.key) may not go ahead yet: \(missing)")
  }

  /// Reviews that a click of who triggered the deployment would lead past.
  package static func ownReviewAhead(
    _ reviews: [String], of change: ChangeRequest, transition: Workflow.Transition, policy: Policy
  ) -> Refusal {
    Refusal(
      .forbidden, "own_deployment",
      "you triggered the deployment of \(change.key), and '\(transition.name)' would lead it past the review \(reviews.joined(separator: ", ")); policy "
        + "\(policy.name) lets nobody approve their own (prevent_self_approval): move it on to that review, or let another operator take this"
    )
  }

  /// A newer deployment has been let through, and the policy lets none go after it.
  package static func superseded(_ change: ChangeRequest, by newer: Int64) -> Refusal {
    Refusal(
      .conflict, "superseded",
      "\(ChangeRequest.key(newer)), a newer deployment to the same environment, was let through, and policy \(change.policy) lets no older one go "
        + "after it; to bring this version back, deploy it anew in GitLab")
  }

  package static func notAnEmergency(_ change: ChangeRequest) -> Refusal {
    Refusal(
      .conflict, "not_an_emergency",
      "\(change.key) is a \(change.type.rawValue) change, and only one of type emergency may go past its reviews; an operator can change its type"
    )
  }

  package static func reasonMissing(_ transition: Workflow.Transition) -> Refusal {
    Refusal(.invalid, "comment_required", "'\(transition.name)' takes a reason; send it as the comment")
  }
}

package import ChangeControl
internal import HTTPMessages

/// Approves one deployment at one commit, exactly once in effect.
package struct ApproveConversation: ActingConversation {
  package let api: GitLabAPI
  package let identity: DeploymentIdentity
  package var progress = ActingProgress.reading
  package let mayAct: Bool
  private let expectedSHA: String
  private let comment: String
  private let own: OwnApproval

  /// `comment` comes from `ApprovalComment` and begins with `key`. `ownUserID` is the service account, if known.
  package init(
    api: GitLabAPI, identity: DeploymentIdentity, expectedSHA: String, comment: String, key: String, ownUserID: Int64?,
    mayAct: Bool = true
  ) {
    self.api = api
    self.identity = identity
    self.expectedSHA = expectedSHA
    self.comment = comment
    self.mayAct = mayAct
    own = OwnApproval(key: key, userID: ownUserID)
  }

  package func judge(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> Judgement {
    if let outcome = reading.differs(from: expectedSHA) { return .settled(outcome) }
    let facts = reading.facts
    let isRecorded = own.learning(from: acted).stands(.approved, in: facts)
    guard reading.isHeld else {
      // With a plain approval count, and no rules, GitLab starts the job with the last approval.
      let hasStarted = facts.status == .running || facts.status == .success
      return .settled(isRecorded && (hasStarted || facts.pendingApprovals == 0) ? .done(facts) : .overtaken(facts))
    }
    // One rejection is enough for GitLab; an approval after it would be stored and move nothing.
    if facts.isRejected { return .settled(.overtaken(facts)) }
    if facts.pendingApprovals == 0 { return .settled(isRecorded ? .done(facts) : .outOfBand(facts)) }
    if isRecorded { return .settled(.waiting(facts, reason: reading.waitingReason)) }
    return .act(api.decide(identity, .approved, comment: comment))
  }

  package func outcome(ofFruitless answer: AnswerMeaning) -> CallbackOutcome {
    ApprovalRefusal(answer, identity: identity, instance: api.instance).obstacle.outcome
  }
}

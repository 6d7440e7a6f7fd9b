package import ChangeControl
internal import HTTPMessages

/// Rejects one deployment at one commit. GitLab then fails the deployment and its job, for good.
package struct RejectConversation: ActingConversation {
  package let api: GitLabAPI
  package let identity: DeploymentIdentity
  package var progress = ActingProgress.reading
  private let expectedSHA: String
  private let comment: String
  private let own: OwnApproval

  /// `comment` comes from `ApprovalComment` and begins with `key`. `ownUserID` is the service account, if known.
  package init(
    api: GitLabAPI, identity: DeploymentIdentity, expectedSHA: String, comment: String, key: String, ownUserID: Int64?
  ) {
    self.api = api
    self.identity = identity
    self.expectedSHA = expectedSHA
    self.comment = comment
    own = OwnApproval(key: key, userID: ownUserID)
  }

  package func judge(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> Judgement {
    if let outcome = reading.differs(from: expectedSHA) { return .settled(outcome) }
    let facts = reading.facts
    if own.learning(from: acted).stands(.rejected, in: facts) { return .settled(.done(facts)) }
    if facts.isRejected { return .settled(.outOfBand(facts)) }
    guard reading.isHeld else { return .settled(.overtaken(facts)) }
    guard facts.pendingApprovals > 0 else {
      // GitLab takes no rejection once nothing is pending ("not waiting for approvals").
      return .settled(
        .impossible(
          reason:
            "GitLab no longer waits for approvals on deployment \(identity.deployment) (approved there by others, or the environment is "
            + "no longer protected), so it takes no rejection; cancel the job in GitLab to stop it"))
    }
    return .act(api.decide(identity, .rejected, comment: comment))
  }

  package func outcome(ofFruitless answer: AnswerMeaning) -> CallbackOutcome {
    ApprovalRefusal(answer, identity: identity, instance: api.instance).obstacle.outcome
  }
}

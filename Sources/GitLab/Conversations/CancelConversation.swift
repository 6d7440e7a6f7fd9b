package import ChangeControl
internal import HTTPMessages

/// Cancels the job of a deployment that nobody rejected and nobody let through: unlike a rejected one it can be run again.
package struct CancelConversation: ActingConversation {
  package let api: GitLabAPI
  package let identity: DeploymentIdentity
  package var progress = ActingProgress.reading
  private let expectedSHA: String

  package init(api: GitLabAPI, identity: DeploymentIdentity, expectedSHA: String) {
    self.api = api
    self.identity = identity
    self.expectedSHA = expectedSHA
  }

  package func judge(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> Judgement {
    if let outcome = reading.differs(from: expectedSHA) { return .settled(outcome) }
    let facts = reading.facts
    // The job is canceled before its deployment is, which follows it.
    if facts.status == .canceled || facts.job?.status == "canceled" { return .settled(.done(facts)) }
    guard reading.isHeld else { return .settled(.overtaken(facts)) }
    switch reading.job(to: "cancel", orElse: "end it", at: api.instance) {
    case .failure(let obstacle): return .settled(obstacle.outcome)
    case .success((let id, let status)):
      // Approved by others meanwhile, and started: that is theirs to stop.
      let waits = ["manual", "created", "scheduled"].contains(status)
      return waits ? .act(api.cancel(job: id, project: identity.project)) : .settled(.overtaken(facts))
    }
  }

  package func outcome(ofFruitless answer: AnswerMeaning) -> CallbackOutcome {
    let doing = "canceling the job of deployment \(identity.deployment) of project \(identity.project)"
    switch answer {
    case .content: return .retry(reason: "GitLab \(api.instance) accepted \(doing), but does not show it canceled yet", after: nil)
    case .forbidden(let message):
      return .refused(
        reason:
          "GitLab \(api.instance) forbids \(doing) (\(message)); make the service account a Developer of the project, with a token of scope api"
      )
    case .notFound(let message, _):
      return .refused(
        reason: "GitLab \(api.instance) shows no job when \(doing) (\(message)); cancel it in GitLab, or make the account a Developer")
    default: return answer.obstacle(doing, at: api.instance).outcome
    }
  }
}

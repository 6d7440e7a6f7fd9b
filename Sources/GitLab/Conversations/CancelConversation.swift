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
    guard let job = facts.job else {
      return .settled(
        .impossible(
          reason: "deployment \(identity.deployment) was made through GitLab's API and has no job to cancel; whoever made it must end it"))
    }
    // Approved by others meanwhile, and started: that is theirs to stop.
    guard job.status == "manual" || job.status == "created" || job.status == "scheduled" else {
      return .settled(
        job.status == nil ? .retry(reason: "GitLab \(api.instance) does not say how the job stands", after: nil) : .overtaken(facts))
    }
    return .act(api.cancel(job: job.id, project: identity.project))
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

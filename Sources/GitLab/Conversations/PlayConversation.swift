package import ChangeControl
internal import HTTPMessages

/// Starts the job of a deployment that GitLab counts as approved.
///
/// Only ever after a reading that shows the job at `manual`: GitLab takes "play" on a job that has moved on for "retry", and a retried job
/// is a second deployment (app/services/ci/play_build_service.rb).
package struct PlayConversation: ActingConversation {
  package let api: GitLabAPI
  package let identity: DeploymentIdentity
  package var progress = ActingProgress.reading
  package let mayAct: Bool
  private let expectedSHA: String
  private let ownUserID: Int64?
  private let mayHaveBeenSent: Bool

  /// - Parameter mayHaveBeenSent: whether an attempt before may have sent it: a job that runs already may have been started by us, its answer lost.
  package init(
    api: GitLabAPI, identity: DeploymentIdentity, expectedSHA: String, ownUserID: Int64?, mayHaveBeenSent: Bool, mayAct: Bool = true
  ) {
    self.api = api
    self.identity = identity
    self.expectedSHA = expectedSHA
    self.ownUserID = ownUserID
    self.mayHaveBeenSent = mayHaveBeenSent
    self.mayAct = mayAct
  }

  package func judge(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> Judgement {
    if let outcome = reading.differs(from: expectedSHA) { return .settled(outcome) }
    let facts = reading.facts
    switch facts.status {
    case .failed, .canceled, .skipped: return .settled(.overtaken(facts))
    case .running, .success: return .settled(started(reading, after: acted))
    case .blocked, .created: break
    }
    if facts.isRejected { return .settled(.overtaken(facts)) }
    if facts.pendingApprovals > 0 { return .settled(waiting(facts, reason: reading.waitingReason)) }
    // To "play" a job that has moved on is to run it a second time.
    switch reading.job(to: "start", orElse: "run it", at: api.instance) {
    case .failure(let obstacle): return .settled(obstacle.outcome)
    case .success((let id, "manual")): return .act(api.play(job: id, project: identity.project))
    case .success((_, let status)) where status == "created" || status == "scheduled":
      return .settled(waiting(facts, reason: "its job is '\(status)' in GitLab and has not had its turn"))
    case .success((_, let status)):
      let hasEnded = ["failed", "canceled", "canceling", "skipped"].contains(status)
      return .settled(hasEnded ? .overtaken(facts) : started(reading, after: acted))
    }
  }

  /// It does not run, and cannot yet. Who only looks has seen enough: what an attempt before has sent, if it has, did not start it.
  private func waiting(_ facts: DeploymentFacts, reason: String) -> CallbackOutcome {
    mayAct ? .waiting(facts, reason: reason) : .untouched(facts)
  }

  /// Whose start it was. GitLab makes whoever plays a job its user, so our own account there is proof; a third person's is proof against;
  /// the triggerer's tells nothing, and then it counts whether we have sent it.
  private func started(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> CallbackOutcome {
    let triggerer = reading.facts.triggerer?.id
    if let player = reading.jobUserID, let triggerer, player != triggerer, let ownUserID {
      return player == ownUserID ? .done(reading.facts) : .outOfBand(reading.facts)
    }
    let mayBeOurs = mayHaveBeenSent || acted?.mayHaveTakenEffect == true
    return mayBeOurs ? .done(reading.facts) : .outOfBand(reading.facts)
  }

  package func outcome(ofFruitless answer: AnswerMeaning) -> CallbackOutcome {
    let doing = "starting the job of deployment \(identity.deployment) of project \(identity.project)"
    switch answer {
    case .content: return .retry(reason: "GitLab \(api.instance) accepted \(doing), but does not show it started yet", after: nil)
    case .forbidden(let message):
      return .refused(
        reason: "GitLab \(api.instance) forbids \(doing) (\(message)); add the service account to 'allowed to deploy' of the protected "
          + "environment, with a token of scope api")
    case .notFound(let message, _):
      return .refused(
        reason: "GitLab \(api.instance) shows no job when \(doing) (\(message)); start it in GitLab, or make the account a Developer")
    case .invalid(let message, _):
      return .refused(reason: "GitLab \(api.instance) does not let the job start (\(message)); if it is archived, run a new pipeline")
    default: return answer.obstacle(doing, at: api.instance).outcome
    }
  }
}

/// A step of what the gate does in GitLab, or asks of it.
package enum CallbackStep: String, Sendable, Hashable, CaseIterable {
  /// Read one deployment. Opens a change request, or moves one on.
  case inspect
  /// Find the blocked deployments of a pipeline's waiting jobs (the hint of GitLab before 19.3).
  case locate
  /// Ask what a gate waits to know: members, a person, contributions.
  case ask
  case approve
  case play
  case reject
  /// Cancel the job of what ended without anybody's no.
  case cancel

  /// Whether it lets the job of a deployment run. GitLab may start it with the last approval already.
  package var letsGo: Bool { self == .approve || self == .play }

  /// Whether GitLab is only asked.
  package var isQuestion: Bool {
    switch self {
    case .inspect, .locate, .ask: true
    case .approve, .play, .reject, .cancel: false
    }
  }
}

/// What came of one callback, settled by reading back wherever an answer was lost. Never decided by the wording of an answer alone.
package enum CallbackOutcome: Sendable, Hashable {
  /// The effect stands in GitLab and it is ours: done now, or found done by an earlier attempt of ours.
  case done(DeploymentFacts)
  /// The effect stands in GitLab, but somebody else brought it about.
  case outOfBand(DeploymentFacts)
  /// The deployment has moved on (running, finished, canceled, skipped): the effect is no longer possible or needed.
  case overtaken(DeploymentFacts)
  /// Our part is recorded, but GitLab waits for more (other approval rules). Look again later.
  case waiting(DeploymentFacts, reason: String)
  /// The effect does not stand, and was only looked for (`Instruction.Effect.mayAct`).
  case untouched(DeploymentFacts)
  /// GitLab has no such deployment any more.
  case gone(reason: String)
  /// Not reachable, rate limited, or out of order: try again, not before `after` if GitLab said so.
  case retry(reason: String, after: Duration?)
  /// GitLab refuses for a cause that an administrator can mend (401, 403): tried again until `give_up_after`.
  case refused(reason: String)
  /// It can never succeed.
  case impossible(reason: String)
  /// `locate` only: the deployments that stand blocked.
  case located([DeploymentIdentity])
  /// `ask` only.
  case told(Disclosure)
}

package import ChangeControl
package import HTTPMessages

/// Read the deployment, act once if the facts ask for it, read back, and let the facts decide.
///
/// Every step of a callback has this shape, and from it follows that nothing is done twice: a POST always has a fresh reading before it;
/// whatever its answer, or none, what counts is whether its effect stands in GitLab afterwards; and if even that cannot be read, the next
/// attempt begins by reading.
package protocol ActingConversation: Conversation where Outcome == CallbackOutcome {
  var api: GitLabAPI { get }
  var identity: DeploymentIdentity { get }
  var progress: ActingProgress { get set }
  /// False where it only looks whether the effect stands.
  var mayAct: Bool { get }

  /// What the facts say. `acted` is what our POST's meaning was, once there has been one; only `settled` ends the matter then.
  func judge(_ reading: DeploymentReading, after acted: AnswerMeaning?) -> Judgement

  /// The effect does not stand, although we acted: why, told from the answer we got.
  func outcome(ofFruitless answer: AnswerMeaning) -> CallbackOutcome
}

/// How far an acting conversation has come.
package enum ActingProgress: Sendable, Hashable {
  case reading
  case acting
  case readingBack(AnswerMeaning)
}

extension ActingProgress {
  /// Whether GitLab may have been told to act, and may have done so.
  var mayHaveActed: Bool {
    switch self {
    case .reading: false
    case .acting: true
    case .readingBack(let acted): acted.mayHaveTakenEffect
    }
  }
}

extension Conversation where Outcome == CallbackOutcome {
  /// Whether it has sent something so far that GitLab may have carried out. What only asks never has.
  package var mayHaveActed: Bool { (self as? any ActingConversation)?.progress.mayHaveActed ?? false }
}

/// What a reading calls for.
package enum Judgement: Sendable {
  case settled(CallbackOutcome)
  case act(Request)
}

extension ActingConversation {
  package var mayAct: Bool { true }

  package mutating func start() -> ConversationMove<CallbackOutcome> {
    progress = .reading
    return .send(api.deployment(identity))
  }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> {
    switch progress {
    case .reading:
      switch api.reading(of: answer, for: identity) {
      case .failure(let obstacle): return .end(obstacle.outcome)
      case .success(let reading):
        switch judge(reading, after: nil) {
        case .settled(let outcome): return .end(outcome)
        case .act where !mayAct: return .end(.untouched(reading.facts))
        case .act(let request):
          progress = .acting
          return .send(request)
        }
      }
    case .acting:
      progress = .readingBack(api.meaning(of: answer))
      return .send(api.deployment(identity))
    case .readingBack(let acted):
      switch api.reading(of: answer, for: identity) {
      case .failure(let obstacle): return .end(obstacle.outcome)
      case .success(let reading):
        switch judge(reading, after: acted) {
        case .settled(let outcome): return .end(outcome)
        case .act: return .end(outcome(ofFruitless: acted))
        }
      }
    }
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome { .retry(reason: reason, after: nil) }
}

extension DeploymentReading {
  /// An approval serves one deployment at one commit and no other (promise 5).
  func differs(from expectedSHA: String) -> CallbackOutcome? {
    guard facts.sha.lowercased() != expectedSHA.lowercased() else { return nil }
    return .impossible(
      reason: "the decision was for commit \(expectedSHA.prefix(12)), but GitLab deploys \(facts.sha.prefix(12)) as deployment "
        + "\(facts.identity.deployment); it needs a decision of its own")
  }

  /// Whether GitLab still holds the deployment. `created` is where GitLab of early 16.x put it once approved.
  var isHeld: Bool { facts.status == .blocked || facts.status == .created }

  /// The deployment's job, where there is one and GitLab says how it stands.
  ///
  /// - Parameters:
  ///   - act: what is to be done with it: `start`.
  ///   - remedy: what whoever made a deployment without one must do instead.
  func job(
    to act: String, orElse remedy: String, at instance: String
  ) -> Result<(id: Int64, status: String), Obstacle> {
    let deployment = facts.identity.deployment
    guard let job = facts.job else {
      return .failure(
        .impossible(
          reason: "deployment \(deployment) was made through GitLab's API and has no job to \(act); whoever made it must \(remedy)"))
    }
    guard let status = job.status else {
      return .failure(.retry(reason: "GitLab \(instance) does not say how the job of deployment \(deployment) stands", after: nil))
    }
    return .success((job.id, status))
  }

  /// The rules that still wait, or the bare number where there are none.
  var waitingReason: String {
    guard waitingRules.isEmpty else { return "GitLab still waits for " + waitingRules.joined(separator: ", ") }
    return "GitLab still waits for \(facts.pendingApprovals) more approval\(facts.pendingApprovals == 1 ? "" : "s")"
  }
}

package import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads one deployment, and, while it waits for approvals, what a change request needs to know besides: the project's path, the
/// environment's tier, and who wrote the commit.
///
/// A deployment that waits for nobody opens no change request, so for it one request is enough.
package struct InspectConversation: Conversation {
  package typealias Outcome = CallbackOutcome

  /// What is asked next. Project and tier decide whether a deployment is gated, so without them there are no facts; authors do not.
  private enum Step: Sendable, CaseIterable {
    case deployment, project, environment, commit
  }

  private let api: GitLabAPI
  private let identity: DeploymentIdentity
  private let wantsFullFacts: Bool
  private var step = Step.deployment
  private var project: Project?
  private var tier: String?
  private var reading: DeploymentReading?

  /// `knownProject` and `knownTier` are not asked for again. Without `wantsFullFacts` only the deployment itself is read.
  package init(api: GitLabAPI, identity: DeploymentIdentity, knownProject: Project?, knownTier: String?, wantsFullFacts: Bool) {
    self.api = api
    self.identity = identity
    self.wantsFullFacts = wantsFullFacts
    project = knownProject
    tier = knownTier
  }

  package mutating func start() -> ConversationMove<CallbackOutcome> { .send(api.deployment(identity)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> {
    switch step {
    case .deployment:
      switch api.reading(of: answer, for: identity) {
      case .failure(let obstacle): return .end(obstacle.outcome)
      case .success(let reading):
        self.reading = reading
        tier = tier ?? reading.facts.tier
      }
    case .project:
      if let outcome = hearProject(answer) { return .end(outcome) }
    case .environment:
      if let outcome = hearEnvironment(answer) { return .end(outcome) }
    case .commit:
      hearCommit(answer)
    }
    return next()
  }

  /// The next question that is still open, or the end.
  private mutating func next() -> ConversationMove<CallbackOutcome> {
    guard let reading else {
      return .end(.retry(reason: "GitLab \(api.instance) told nothing of the deployment", after: nil))
    }
    var facts = reading.facts
    if wantsFullFacts, facts.pendingApprovals > 0, reading.isHeld, let request = nextRequest(for: facts) { return .send(request) }
    facts.project = project
    facts.tier = tier
    return .end(.done(facts))
  }

  private mutating func nextRequest(for facts: DeploymentFacts) -> Request? {
    if step == .deployment {
      step = .project
      if project == nil { return api.project(identity.project) }
    }
    if step == .project {
      step = .environment
      if tier == nil {
        if let id = reading?.environmentID { return api.environment(id, project: identity.project) }
        tier = guessedTier(ofEnvironment: facts.environment)
      }
    }
    if step == .environment {
      step = .commit
      if facts.commitAuthors.isEmpty || facts.commitTitle == nil { return api.commit(facts.sha, project: identity.project) }
    }
    return nil
  }

  /// A project that shows us its deployments and not itself has the path of its pipeline's page. Any other trouble is no reason to look there:
  /// under a relative URL root, or behind a proxy, pages and API need not share their beginning.
  private mutating func hearProject(_ answer: Answer) -> CallbackOutcome? {
    switch api.project(in: answer, doing: "reading project \(identity.project)") {
    case .success(let project): self.project = project
    case .failure(let obstacle):
      switch api.meaning(of: answer) {
      case .forbidden, .notFound: project = reading?.pipelineURL.flatMap { api.address.project(identity.project, ofPage: $0) }
      default: break
      }
      if project == nil { return obstacle.outcome }
    }
    return nil
  }

  /// An environment that we may not read has the tier that GitLab would give it by its name. Any other trouble is no reason to guess.
  private mutating func hearEnvironment(_ answer: Answer) -> CallbackOutcome? {
    let meaning = api.meaning(of: answer)
    switch meaning {
    case .content(let value) where value.text("tier") != nil: tier = value.text("tier")
    // GitLab before 13.11 has no tiers.
    case .content(let value) where value.text("name") != nil: tier = nil
    case .forbidden, .notFound: tier = nil
    default: return meaning.obstacle("reading the environment of deployment \(identity.deployment)", at: api.instance).outcome
    }
    tier = tier ?? reading.map { guessedTier(ofEnvironment: $0.facts.environment) }
    return nil
  }

  /// Nice to have: whatever goes wrong here, the deployment still waits for people.
  private mutating func hearCommit(_ answer: Answer) {
    guard case .content(let value) = api.meaning(of: answer) else { return }
    if let title = value.text("title") { reading?.facts.commitTitle = title }
    if !value.commitAuthors.isEmpty { reading?.facts.commitAuthors = value.commitAuthors }
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome { .retry(reason: reason, after: nil) }
}

extension GitLabAPI {
  /// Reads `{id, path_with_namespace, web_url}`.
  func project(in answer: Answer, doing: String) -> Result<Project, Obstacle> {
    let meaning = meaning(of: answer)
    if case .content(let value) = meaning, let project = value.project { return .success(project) }
    guard case .notFound(let message, _) = meaning else { return .failure(meaning.obstacle(doing, at: instance)) }
    return .failure(AnswerMeaning.notFound(message, project: true).obstacle(doing, at: instance))
  }
}

package import ChangeControl
package import HTTPMessages
internal import JSON

/// Reads what a deployment brings to its environment: the commits since the last deployment that succeeded there before it, who wrote and
/// committed them, their merge requests, and the files that differ.
///
/// The commits come from the list and not from the comparison: the list has pages, and a large comparison is one answer that GitLab may cut or
/// never give. So only the files can stay unknown. For an environment's first deployment it is the commit, and what its merge requests brought.
package struct ContributionsConversation: Conversation {
  package typealias Outcome = CallbackOutcome

  private enum Step: Sendable {
    case deployments, base, commits, comparison, firstCommit, mergeRequests, commitsOfMergeRequest
  }

  let api: GitLabAPI
  let identity: DeploymentIdentity
  private let environment: String
  let sha: String
  private let isLastTry: Bool
  private var step = Step.deployments
  private var pages: PageTurner
  /// Commits that the environment had before, newest first; the first of them that the repository still has is the base.
  private var bases: [String] = []
  var contributions = Contributions(base: nil, identities: [], mergeRequests: [], files: nil)
  /// Whose merge requests are to be asked for, the one whose turn it is last.
  private var commits: [String] = []
  /// Whose commits are to be asked for.
  private var requests: [Int64] = []

  /// - Parameter attempt: which one it is, from 1. The first few insist on a comparison.
  package init(api: GitLabAPI, identity: DeploymentIdentity, environment: String, sha: String, attempt: Int) {
    isLastTry = attempt >= Limits.comparisonTries
    self.api = api
    self.identity = identity
    self.environment = environment
    self.sha = sha
    pages = PageTurner(
      api.successes(project: identity.project, environment: environment), doing: "reading what was deployed to \(environment) before",
      api: api)
  }

  package mutating func start() -> ConversationMove<CallbackOutcome> { .send(pages.request) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<CallbackOutcome> {
    let meaning = api.meaning(of: answer)
    switch step {
    case .base:
      if case .notFound(let message, _) = meaning { return baseIsGone(message) }
      guard case .content(let value) = meaning, value.text("id") != nil else { return trouble(meaning) }
      contributions.base = bases.first
      return list(
        .commits, api.commits(from: bases[0], to: sha, project: identity.project), "listing the commits since \(bases[0].prefix(8))")
    case .comparison:
      // What stays unknown may keep a gate shut for good: only GitLab's word on this very comparison leaves it so.
      guard !meaning.isPutOff(untilLastTry: isLastTry) else { return trouble(meaning) }
      contributions.files = meaning.comparedFiles
      if case .content = meaning {
      } else {
        let doing = "comparing \(bases[0].prefix(8)) with \(sha.prefix(8))"
        contributions.filesObstacle = meaning.obstacle(doing, at: api.instance).reason
      }
      return askForMergeRequests()
    case .firstCommit:
      guard case .content(let value) = meaning, value.text("id") != nil else { return trouble(meaning) }
      contributions.add(commit: value)
      commits = [sha]
      return askForMergeRequests()
    case .deployments, .commits, .mergeRequests, .commitsOfMergeRequest:
      guard case .content(.array(let elements)) = meaning else { return trouble(meaning) }
      take(elements)
      if step == .deployments, !bases.isEmpty { return askForBase() }
      switch pages.turn(answer, isEmpty: elements.isEmpty) {
      case .failure(let obstacle): return .end(obstacle.outcome)
      case .success(.next(let request)): return .send(request)
      case .success(.end): return listHasEnded()
      }
    }
  }

  private mutating func take(_ elements: [JSONValue]) {
    switch step {
    case .deployments: bases += elements.compactMap { base(in: $0) }.prefix(Limits.basesTried)
    case .commits:
      for element in elements { contributions.add(commit: element) }
      // Newest first, as GitLab lists them.
      commits += elements.compactMap { $0.text("id", limit: 64) }
    case .commitsOfMergeRequest: for element in elements { contributions.add(commit: element) }
    case .mergeRequests:
      for element in elements {
        guard let iid = contributions.add(mergeRequest: element), contributions.base == nil else { continue }
        requests.append(iid)
      }
    case .base, .comparison, .firstCommit: break
    }
  }

  /// What succeeded after this deployment was asked for is not what it comes after.
  private func base(in element: JSONValue) -> String? {
    guard let id = element.id("id"), id < identity.deployment, let sha = element.text("sha", limit: 64) else { return nil }
    return sha
  }

  // MARK: What comes next

  private mutating func askForBase() -> ConversationMove<CallbackOutcome> {
    if bases[0] == sha {
      contributions.base = sha
      contributions.files = []
      return .end(.told(.contributions(contributions)))
    }
    // A range from a commit that is gone would be an empty list, and look as if nobody had written anything.
    step = .base
    return .send(api.commit(bases[0], project: identity.project))
  }

  /// What was deployed before that has more commits after it, never fewer.
  private mutating func baseIsGone(_ message: String) -> ConversationMove<CallbackOutcome> {
    let gone = bases.removeFirst()
    guard bases.isEmpty else { return askForBase() }
    return .end(
      .refused(
        reason: "GitLab \(api.instance) no longer has the commit \(gone.prefix(8)) that \(environment) has now, nor those before it "
          + "(\(message)), so nobody can tell who wrote what comes after; push it again"))
  }

  private mutating func listHasEnded() -> ConversationMove<CallbackOutcome> {
    switch step {
    case .deployments:
      step = .firstCommit
      return .send(api.commit(sha, project: identity.project))
    case .commits:
      contributions.commitsWithoutMergeRequests = max(0, commits.count - Limits.commitsWithMergeRequests)
      commits = commits.prefix(Limits.commitsWithMergeRequests).reversed()
      step = .comparison
      return .send(api.comparison(from: bases[0], to: sha, project: identity.project))
    case .mergeRequests: return askForMergeRequests()
    case .base, .comparison, .firstCommit, .commitsOfMergeRequest: return askForCommitsOfMergeRequests()
    }
  }

  private mutating func askForMergeRequests() -> ConversationMove<CallbackOutcome> {
    guard let commit = commits.popLast() else { return askForCommitsOfMergeRequests() }
    return list(
      .mergeRequests, api.mergeRequests(ofCommit: commit, project: identity.project), "listing the merge requests of \(commit.prefix(8))")
  }

  private mutating func askForCommitsOfMergeRequests() -> ConversationMove<CallbackOutcome> {
    guard let iid = requests.popLast() else { return .end(.told(.contributions(contributions))) }
    return list(
      .commitsOfMergeRequest, api.commits(ofMergeRequest: iid, project: identity.project), "listing the commits of merge request !\(iid)")
  }

  private mutating func list(_ step: Step, _ request: Request, _ doing: String) -> ConversationMove<CallbackOutcome> {
    self.step = step
    pages = PageTurner(request, doing: doing, api: api)
    return .send(request)
  }

  private func trouble(_ meaning: AnswerMeaning) -> ConversationMove<CallbackOutcome> {
    let doing = step == .base || step == .firstCommit ? "reading a commit of project \(identity.project)" : pages.doing
    // A list that is not there is one that our account may not see.
    if case .notFound(let message, _) = meaning {
      return .end(AnswerMeaning.notFound(message, project: true).obstacle(doing, at: api.instance).outcome)
    }
    return .end(meaning.obstacle(doing, at: api.instance).outcome)
  }

  package func outcome(cutOffBecause reason: String) -> CallbackOutcome { .retry(reason: reason, after: nil) }
}

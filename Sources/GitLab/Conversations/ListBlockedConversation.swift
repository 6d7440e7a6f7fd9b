internal import ChangeControl
package import HTTPMessages
internal import JSON

/// Lists the blocked deployments of one project, page by page, at most 100 pages of 100.
package struct ListBlockedConversation: Conversation {
  package typealias Outcome = Result<BlockedDeployments, Obstacle>

  private let api: GitLabAPI
  private let project: Int64
  private var request: Request
  private var pagesLeft = Limits.pages
  private var found: [BlockedDeployment] = []
  private var seen: Set<Int64> = []
  /// The pages asked for.
  private var visited: Set<String> = []

  /// `cursor` is where an earlier conversation ended.
  package init(api: GitLabAPI, project: Int64, cursor: String? = nil) {
    self.api = api
    self.project = project
    request = cursor.flatMap { api.address.path(ofLink: $0) }.map { api.get(page: $0) } ?? api.blockedDeployments(project: project)
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(request) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let doing = "listing the blocked deployments of project \(project)"
    let meaning = api.meaning(of: answer)
    guard case .content(.array(let elements)) = meaning else {
      guard case .notFound(let message, _) = meaning else { return .end(.failure(meaning.obstacle(doing, at: api.instance))) }
      return .end(.failure(AnswerMeaning.notFound(message, project: true).obstacle(doing, at: api.instance)))
    }
    for element in elements { add(element) }
    // GitLab has no empty page but the last.
    if elements.isEmpty { return .end(.success(BlockedDeployments(deployments: found))) }
    pagesLeft -= 1
    visited.insert(request.head.path ?? "")
    switch api.nextPage(after: answer, to: request) {
    case .none: return .end(.success(BlockedDeployments(deployments: found)))
    case .path(let path) where visited.contains(path):
      return .end(
        .failure(
          .retry(
            reason: "GitLab \(api.instance) goes round in a circle when \(doing); look for a proxy in between that mixes up its answers",
            after: nil)))
    case .path(let path) where pagesLeft == 0: return .end(.success(BlockedDeployments(deployments: found, cursor: path)))
    case .path(let path):
      request = api.get(page: path)
      return .send(request)
    case .elsewhere:
      // Half a list that looks whole would leave deployments waiting unseen.
      return .end(
        .failure(
          .refused(reason: "GitLab \(api.instance) continues \(doing) at another address than ours; set the instance's url to GitLab's own")
        ))
    }
  }

  /// While pages are read deployments come and go, so that one can stand on two pages.
  private mutating func add(_ element: JSONValue) {
    guard let id = element.id("id"), let environment = element["environment"]?.text("name"), seen.insert(id).inserted else { return }
    found.append(
      BlockedDeployment(
        identity: DeploymentIdentity(instance: api.instance, project: project, deployment: id), environment: environment,
        updatedAt: element.instant("updated_at"), jobID: element["deployable"]?.id("id")))
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { .failure(.retry(reason: reason, after: nil)) }
}

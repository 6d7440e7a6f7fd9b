internal import HTTPMessages
internal import JSON

/// Reads a list of GitLab's page by page, to its end or not at all: half a list that looks whole would leave people out, or let them in.
struct PageTurner: Sendable {
  enum Turn: Sendable {
    case next(Request)
    case end
  }

  private let api: GitLabAPI
  /// What is read, for reasons: `reading the members of acme/security`.
  let doing: String
  private(set) var request: Request
  private var visited: Set<String> = []

  init(_ request: Request, doing: String, api: GitLabAPI) {
    self.request = request
    self.doing = doing
    self.api = api
  }

  /// What comes after a page that was understood.
  mutating func turn(_ answer: Answer, isEmpty: Bool) -> Result<Turn, Obstacle> {
    // GitLab has no empty page but the last.
    if isEmpty { return .success(.end) }
    visited.insert(request.head.path ?? "")
    switch api.nextPage(after: answer, to: request) {
    case .none: return .success(.end)
    case .path(let path) where visited.contains(path):
      return .failure(
        .retry(
          reason: "GitLab \(api.instance) goes round in a circle when \(doing); look for a proxy in between that mixes up its answers",
          after: nil))
    case .path where visited.count >= Limits.pages:
      return .failure(
        .refused(
          reason: "GitLab \(api.instance) does not come to an end when \(doing): more than \(Limits.pages * Limits.perPage) are not read"))
    case .path(let path):
      request = api.get(page: path)
      return .success(.next(request))
    case .elsewhere:
      return .failure(
        .refused(reason: "GitLab \(api.instance) continues \(doing) at another address than ours; set the instance's url to GitLab's own"))
    }
  }
}

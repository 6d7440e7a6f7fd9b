internal import HTTPMessages
package import JSON

/// What an answer of GitLab's means, told by its status and shape. The words in it are kept for people; only `ApprovalRefusal` looks at
/// them, and only to choose among refusals.
package enum AnswerMeaning: Sendable, Hashable {
  /// 2xx with JSON, or with no body at all (`.null`).
  case content(JSONValue)
  /// 401 in GitLab's own words: the token is wrong, expired or revoked.
  case unauthorized(String)
  /// 403: the account may not, or the token's scope is too small.
  case forbidden(String)
  /// 404 in GitLab's own words. `project`: the project itself is not there, or not for this account; GitLab does not tell which.
  case notFound(String, project: Bool)
  /// 3xx: GitLab answers a moved project with 301, a proxy its sign-in page with 302. Never followed with the token.
  case moved(String)
  /// Any other 4xx: GitLab read the request and did not do it.
  case invalid(String, status: Int)
  /// Not now: 408, 425, 429, 5xx, and whatever does not come from GitLab.
  case unavailable(String, after: Duration?, mayHaveTakenEffect: Bool)
  /// Nothing came back.
  case unheard(String, mayHaveTakenEffect: Bool)

  /// Whether the request may have been carried out. A clear no from GitLab says that it was not.
  var mayHaveTakenEffect: Bool {
    switch self {
    case .content: true
    case .unauthorized, .forbidden, .notFound, .moved, .invalid: false
    case .unavailable(_, _, let mayHave), .unheard(_, let mayHave): mayHave
    }
  }

  /// Whether any other question would fare no better now: GitLab is away, asks us to wait, or does not know our token. GitLab.com shuts out
  /// an address that keeps coming with a wrong one.
  var concernsEverything: Bool {
    switch self {
    case .unauthorized, .unheard: true
    case .unavailable(_, let after, _): after != nil
    case .content, .forbidden, .notFound, .moved, .invalid: false
    }
  }
}

extension AnswerMeaning {
  /// Why the question has no answer. `doing` is what was asked: `reading deployment 815`.
  func obstacle(_ doing: String, at instance: String) -> Obstacle {
    switch self {
    case .content:
      .retry(reason: "GitLab \(instance) answered \(doing) in a form that is not GitLab's; look for a proxy in between", after: nil)
    case .unauthorized(let message):
      .refused(
        reason: "GitLab \(instance) does not know our token (\(message)) when \(doing); give the service account a new one with scope api "
          + "and reload the configuration, or restart where the token comes from the environment")
    case .forbidden(let message) where UserStanding.state(inRefusal: message) != nil:
      .refused(
        reason: "GitLab \(instance) lets our account do nothing (\(message)), when \(doing): "
          + UserStanding.remedy(for: UserStanding.state(inRefusal: message) ?? "", id: nil))
    case .forbidden(let message):
      .refused(
        reason: "GitLab \(instance) forbids \(doing) (\(message)); make the service account a Developer of the project, with a token of "
          + "scope api")
    case .notFound(let message, project: true):
      .refused(
        reason: "GitLab \(instance) shows our service account no such project when \(doing) (\(message)); make the account a member "
          + "(Developer), unless the project is gone")
    case .notFound(let message, project: false): .gone(reason: "GitLab \(instance) has nothing there any more when \(doing) (\(message))")
    case .moved(let message):
      .refused(
        reason: "GitLab \(instance) redirects \(doing) (\(message)), which is not followed with the token; correct `projects` where "
          + "one was renamed or moved, and else set the instance's url to where GitLab now is")
    case .invalid(let message, _): .refused(reason: "GitLab \(instance) refuses \(doing) (\(message))")
    case .unavailable(let message, let after, _): .retry(reason: "GitLab \(instance) cannot serve \(doing) now (\(message))", after: after)
    case .unheard(let message, _): .retry(reason: "GitLab \(instance) did not answer \(doing) (\(message))", after: nil)
    }
  }
}

/// Why a part of a survey is not there. Whether GitLab forbids it or has not such a thing makes a difference to what mends it.
package enum SurveyGap: Error, Sendable, Hashable {
  /// The account may not: protected environments and webhooks are shown to Maintainers, those of groups to their owners (facts E, G).
  case forbidden(String)
  /// 404: not there, not in this plan, or not shown to this account.
  case missing(String)
  /// GitLab did not tell.
  case untold(String)

  package var reason: String {
    switch self {
    case .forbidden(let reason), .missing(let reason), .untold(let reason): reason
    }
  }

  /// What to do: nothing that is configured is at fault where GitLab only does not answer now.
  func remedy(_ otherwise: String) -> String { if case .untold = self { "run this again when GitLab answers" } else { otherwise } }

  init(_ meaning: AnswerMeaning, _ doing: String, at instance: String) {
    switch meaning {
    case .unauthorized(let message), .forbidden(let message): self = .forbidden(message)
    case .notFound(let message, _): self = .missing(message)
    default: self = .untold(meaning.obstacle(doing, at: instance).reason)
    }
  }
}

package import HTTPMessages
internal import HTTPTypes
package import JSON

/// One page of the protected environments of a place, as GitLab pages them.
package struct ProtectedEnvironmentPage: Sendable, Hashable {
  /// The elements as GitLab wrote them.
  package var elements: [JSONValue]
  package var page: Int64
  package var perPage: Int64
  package var nextPage: Int64?
  package var previousPage: Int64?
  /// Nil where there are too many for GitLab to count.
  package var total: Int64?
  package var totalPages: Int64?
}

/// Reads one page. How many pages there are is the client's to follow, by our links in place of GitLab's.
package struct ListProtectedEnvironmentsConversation: Conversation {
  package typealias Outcome = Result<ProtectedEnvironmentPage, RelayedRefusal>

  private let api: GitLabAPI
  private let place: GovernedPlace
  private let page: Int64
  private let perPage: Int64

  package init(api: GitLabAPI, place: GovernedPlace, page: Int64, perPage: Int64) {
    self.api = api
    self.place = place
    self.page = page
    self.perPage = perPage
  }

  private var request: Request { api.protectedEnvironments(of: place, page: page, perPage: perPage) }

  private var doing: String { "listing the protected environments of \(place.text)" }

  package mutating func start() -> ConversationMove<Outcome> { .send(request) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    if let refusal = api.refusal(in: answer, doing: doing) {
      return .end(.failure(refusal.status == 404 ? refusal.adding(ProtectedEnvironmentRefusals.unlicensed(api.instance)) : refusal))
    }
    guard case .content(.array(let elements)) = api.meaning(of: answer), case .success(let response) = answer else {
      return .end(.failure(api.misshapen(doing: doing)))
    }
    let fields = response.head.headerFields
    func number(_ name: String) -> Int64? {
      HTTPField.Name(name).flatMap { fields[$0] }.flatMap { Int64($0) }.flatMap { $0 < 0 ? nil : $0 }
    }
    return .end(
      .success(
        ProtectedEnvironmentPage(
          elements: elements, page: page, perPage: perPage, nextPage: nextPage(after: answer),
          previousPage: number("X-Prev-Page") ?? (page > 1 ? page - 1 : nil), total: number("X-Total"),
          totalPages: number("X-Total-Pages"))))
  }

  /// A proxy may leave out either of the two that tell it; a list that looks whole and is not would mislead.
  private func nextPage(after answer: Answer) -> Int64? {
    switch api.nextPage(after: answer, to: request) {
    case .none: return nil
    // It says that there is more, by a name that GitLab has for itself and we have not.
    case .elsewhere: return page + 1
    case .path(let path):
      let query = path.split(separator: "?", maxSplits: 1).last ?? ""
      let number = query.split(separator: "&").first { $0.hasPrefix("page=") }.flatMap { Int64($0.dropFirst(5)) }
      return number ?? page + 1
    }
  }

  package func outcome(cutOffBecause reason: String) -> Outcome {
    .failure(RelayedRefusal(status: 504, message: "504 Gateway Timeout - \(reason)"))
  }
}

/// What GitLab's words alone would leave open.
enum ProtectedEnvironmentRefusals {
  /// Where the place itself was found, there is no other cause (facts E: a feature that the plan lacks is 404).
  static func unlicensed(_ instance: String) -> String {
    "GitLab \(instance) has no protected environments there: they need Premium or Ultimate with a valid licence"
  }
}

package import Calendar
package import HTTPMessages
internal import HTTPTypes
internal import JSON

/// What an account shows of its own tokens to the one of them that asks.
package struct OwnTokens: Sendable, Hashable {
  /// The one that asked; nil where GitLab did not say.
  package var own: AccessTokenReading?
  /// Those too that serve no more; nil where they were not listed.
  package var all: [AccessTokenReading]?
  /// GitLab's clock.
  package var clock: Instant?
}

/// Reads them. Whatever is not told is left out: nothing depends on it but how much can be told afterwards.
package struct OwnTokensConversation: Conversation {
  package typealias Outcome = OwnTokens

  private let api: GitLabAPI
  private let account: Int64
  private var tokens = OwnTokens()
  private var pages: PageTurner?
  private var elements: [JSONValue] = []

  package init(api: GitLabAPI, account: Int64) {
    self.api = api
    self.account = account
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.ownAccessToken()) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    if case .success(let response) = answer, let date = response.head.headerFields[.date].flatMap(instant(httpDate:)) {
      tokens.clock = date
    }
    guard pages != nil else {
      guard case .content(let value) = meaning else { return .end(tokens) }
      tokens.own = value.accessToken
      // A service account is shown its own, as everybody is (facts F).
      let request = api.accessTokens(of: account, in: .instance, all: true)
      pages = PageTurner(request, doing: "listing the account's tokens", api: api)
      return .send(request)
    }
    guard case .content(.array(let page)) = meaning else { return .end(tokens) }
    elements += page
    switch pages?.turn(answer, isEmpty: page.isEmpty) {
    case .success(.next(let request)): return .send(request)
    case .failure: return .end(tokens)
    case .success(.end), nil: break
    }
    let read = elements.compactMap(\.accessToken)
    // One that cannot be read might be taken for new.
    if read.count == elements.count { tokens.all = read }
    return .end(tokens)
  }

  package func outcome(cutOffBecause reason: String) -> OwnTokens { tokens }
}

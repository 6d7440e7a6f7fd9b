package import Calendar
package import HTTPMessages
internal import JSON

/// The token that has taken another's place, at the one moment at which its text is known.
package struct RotatedToken: Sendable, CustomStringConvertible {
  package var id: Int64
  package var token: String

  package var description: String { "access token \(id)" }
}

/// What came of asking a token to rotate itself, the troubles a sentence each.
package enum TokenRotation: Sendable {
  case rotated(RotatedToken)
  /// The old one serves as before.
  case refused(String)
  /// The same: GitLab gives nobody a token that lives so long. The sentence says what to do.
  case refusedLifetime(String)
  /// The old one may be dead, and the new one lost with the answer.
  case unknown(String)
}

/// Has GitLab rotate the token that asks. There is no second chance: the old one is revoked with the request, and asking again with it would
/// revoke the new one too (GitLab's reuse detection), so it is asked once.
package struct RotateTokenConversation: Conversation {
  package typealias Outcome = TokenRotation

  private let api: GitLabAPI
  private let expiresOn: String
  private let today: CivilDate?

  package init(api: GitLabAPI, expiresOn: String, today: CivilDate? = nil) {
    self.api = api
    self.expiresOn = expiresOn
    self.today = today
  }

  package mutating func start() -> ConversationMove<Outcome> { .send(api.rotateOwnAccessToken(expiresOn: expiresOn)) }

  package mutating func hear(_ answer: Answer) -> ConversationMove<Outcome> {
    let meaning = api.meaning(of: answer)
    if case .content(let value) = meaning, let id = value.id("id"), let token = value["token"]?.string, !token.isEmpty {
      return .end(.rotated(RotatedToken(id: id, token: token)))
    }
    let message = SetupFault(meaning)?.message ?? "it has no token in it"
    let sentence = "GitLab \(api.instance) did not answer with a new token (\(message))"
    if case .invalid(let words, _) = meaning,
      let remedy = TokenLifetime.remedy(forRefusal: words, of: TokenLifetime(from: today, to: expiresOn), on: today)
    {
      return .end(.refusedLifetime("\(sentence): \(remedy)"))
    }
    // Of a token that served a moment ago: somebody in between may have asked twice, and the first time has made one.
    if case .unauthorized = meaning { return .end(.unknown(sentence)) }
    return .end(meaning.mayHaveTakenEffect ? .unknown(sentence) : .refused(sentence))
  }

  package func outcome(cutOffBecause reason: String) -> Outcome { .unknown(reason) }
}

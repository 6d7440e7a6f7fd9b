internal import HTTPMessages
package import JSON

/// A no, in the shape in which GitLab says it: GitLab's own, passed on, or one of ours about the way to GitLab.
package struct RelayedRefusal: Error, Sendable, Hashable {
  package var status: Int
  /// `{"message": …}` or `{"error": …}`.
  package var body: JSONValue
  /// GitLab asked for quiet.
  package var pause: Duration?
  /// One line for the audit log.
  package var reason: String

  package init(status: Int, message: String, pause: Duration? = nil) {
    self.status = status
    body = ["message": .string(message)]
    self.pause = pause
    reason = message
  }

  /// Several things are wrong, as GitLab's validation says it: a list.
  package init(status: Int, messages: [String]) {
    self.status = status
    body = ["message": .array(messages.map(JSONValue.string))]
    reason = messages.joined(separator: "; ")
  }

  fileprivate init(status: Int, body: JSONValue, pause: Duration?, reason: String) {
    self.status = status
    self.body = body
    self.pause = pause
    self.reason = reason
  }

  /// Whether GitLab would say the same to whoever asked again: it is GitLab's own no, and not one of the way to it.
  package var isFinal: Bool { (400..<500).contains(status) && status != 429 }

  /// The same with a sentence after it.
  func adding(_ sentence: String) -> RelayedRefusal {
    guard let message = body["message"]?.string else { return self }
    var refusal = self
    refusal.body = ["message": .string("\(message); \(sentence)")]
    refusal.reason = "\(reason); \(sentence)"
    return refusal
  }
}

extension GitLabAPI {
  /// Why an answer is not what was asked for; nil where it is content. GitLab's own no is passed on with its status and text. What concerns the gate's
  /// own account or the way to GitLab is not the client's to mend, and must not look as if its token were wrong.
  func refusal(in answer: Answer, doing: String) -> RelayedRefusal? {
    let meaning = meaning(of: answer)
    switch meaning {
    case .content: return nil
    case .unauthorized(let message) where speaker == .administrator:
      return RelayedRefusal(
        status: 502,
        message: "502 Bad Gateway - GitLab \(instance) does not know the token in admin_token (\(message)) when \(doing): put a "
          + "valid one of a Maintainer there, of scope api to change, read_api to look, and SIGHUP the server; in the place of one that it has made "
          + "`gatehouse setup apply` puts another")
    case .unauthorized, .moved:
      return RelayedRefusal(status: 502, message: "502 Bad Gateway - \(meaning.obstacle(doing, at: instance).reason)")
    case .forbidden(let message):
      return RelayedRefusal(
        status: 403,
        message: "403 Forbidden - GitLab \(instance) refuses the gate's own account \(doing) (\(message)); \(remedy(forbidden: message))")
    case .notFound(let message, _), .invalid(let message, _): return passedOn(answer, message, pause: nil)
    case .unavailable(let message, let pause, _):
      if case .success(let response) = answer, response.status.code == 429 { return passedOn(answer, message, pause: pause) }
      let status = pause == nil ? 502 : 503
      return RelayedRefusal(
        status: status,
        message:
          "\(status == 502 ? "502 Bad Gateway" : "503 Service Unavailable") - \(meaning.obstacle(doing, at: instance).reason); try again "
          + "when it can", pause: pause)
    case .unheard(_, let mayHaveTakenEffect):
      let status = mayHaveTakenEffect ? "504 Gateway Timeout" : "502 Bad Gateway"
      return RelayedRefusal(
        status: mayHaveTakenEffect ? 504 : 502, message: "\(status) - \(meaning.obstacle(doing, at: instance).reason)")
    }
  }

  /// Where a token's scope is too small, who its account is does not matter: the one that `setup` makes for `admin_token` is a Maintainer's, and looks
  /// only.
  private func remedy(forbidden message: String) -> String {
    guard message.contains("insufficient") && message.contains("scope") else {
      return
        "make the account of admin_token (or of token, where there is none) a Maintainer there; scope read_api is enough to look, api to change. "
        + "One that `gatehouse setup apply` has made sees what is configured, and no more: for anything else put another's token there"
    }
    return
      "the token in admin_token may only look, as the one that `gatehouse setup apply` makes with scope read_api: to change this, have "
      + "admin_token name another file with a token of scope api of a Maintainer there, SIGHUP the server, and name the former file again "
      + "afterwards"
  }

  /// For content that is not in GitLab's form.
  func misshapen(doing: String) -> RelayedRefusal {
    RelayedRefusal(
      status: 502, message: "502 Bad Gateway - \(AnswerMeaning.content(.null).obstacle(doing, at: instance).reason)")
  }

  /// GitLab's own body, without our token. What is none of GitLab's shapes is told in one of them.
  private func passedOn(_ answer: Answer, _ message: String, pause: Duration?) -> RelayedRefusal {
    guard case .success(let response) = answer else { return misshapen(doing: "a request") }
    let body = withoutToken(response.body)
    let value = body.count <= Limits.errorBodyBytes ? try? JSONValue.parse(body) : nil
    let isGitLabs = value?["message"] != nil || value?["error"] != nil
    return RelayedRefusal(
      status: response.status.code, body: isGitLabs ? value ?? .null : ["message": .string(message)], pause: pause, reason: message)
  }
}

/// Something that goes wrong with a request on purpose.
package struct Fault: Sendable {
  package enum Action: Sendable, Hashable {
    /// GitLab, or something in front of it, answers this and does nothing.
    case answer(status: Int, headers: [String: String] = [:], body: String = "")
    /// The connection is reset and nothing was done.
    case resetBeforeEffect
    /// Everything is done; then the connection is reset instead of the answer.
    case resetAfterEffect
    /// No answer ever, and nothing was done.
    case hangBeforeEffect
    /// Everything is done, and no answer ever.
    case hangAfterEffect
    /// Everything is done; the answer stops in the middle of its body.
    case truncate
    /// Everything is done; the body of the answer is not JSON.
    case garble
    /// A proxy did not hear the answer and asked again: everything is done twice, and the second answer is passed on.
    case askedTwice
    /// Everything is done; the answer comes late.
    case delay(Duration)

    /// 429 as GitLab's request limiter sends it: plain text.
    package static func tooManyRequests(retryAfter seconds: Int) -> Action {
      .answer(status: 429, headers: ["Content-Type": "text/plain", "Retry-After": String(seconds)], body: "Retry later\n")
    }

    /// 502 as the proxy in front of GitLab sends it: a page.
    package static let badGateway = Action.answer(
      status: 502, headers: ["Content-Type": "text/html"],
      body: "<!DOCTYPE html><html><body><h1>502</h1>Whoops, GitLab is taking too much time to respond.</body></html>")

    package static let internalError = Action.answer(
      status: 500, headers: ["Content-Type": "application/json"], body: #"{"message":"500 Internal Server Error"}"#)
  }

  /// Nil matches every method.
  package var method: String?
  /// The path after `/api/v4`, without the query; `*` stands for one segment, `**` at the end for all that follow.
  package var path: String
  /// How many matching requests go well before.
  package var skip: Int
  /// How many it strikes.
  package var times: Int
  package var action: Action

  /// `Fault(.resetAfterEffect, on: "POST", "projects/*/deployments/*/approval")`
  package init(_ action: Action, on method: String? = nil, _ path: String = "**", skip: Int = 0, times: Int = 1) {
    self.method = method
    self.path = path
    self.skip = skip
    self.times = times
    self.action = action
  }

  func matches(method: String, segments: [String]) -> Bool {
    guard self.method == nil || self.method == method else { return false }
    var pattern = path.split(separator: "/").map(String.init)
    let isOpen = pattern.last == "**"
    if isOpen { pattern.removeLast() }
    guard isOpen ? segments.count >= pattern.count : segments.count == pattern.count else { return false }
    return zip(pattern, segments).allSatisfy { $0 == "*" || $0 == $1 }
  }
}

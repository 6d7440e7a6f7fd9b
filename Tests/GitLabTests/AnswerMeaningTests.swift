import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct AnswerMeaningTests {
  private func meaning(_ answer: Answer) throws -> AnswerMeaning { try GitLabAPI.sample().meaning(of: answer) }

  @Test(arguments: [
    (#"{"message":"400 Bad request"}"#, "400 Bad request"),
    (#"{"message":{"name":["is missing","is short"],"url":["is bad"]}}"#, "400: name is missing, is short, url is bad"),
    (#"{"message":["one","two"]}"#, "400: one, two"),
    (#"{"error":"status is missing"}"#, "400: status is missing"),
    (#"{"error":"invalid_token","error_description":"Token was revoked."}"#, "400: invalid_token: Token was revoked."),
    ("Retry later\n", "400: Retry later"), ("<html>no</html>", "400"), ("", "400"), ("{}", "400"), ("{\"message\":", "400"),
    (#"{"message":null,"error":"x"}"#, "400: x"),
  ])
  func errorBodiesOfEveryShape(body: String, message: String) throws {
    #expect(try meaning(.text(400, body)) == .invalid(message, status: 400))
  }

  @Test func messagesAreBoundedAndHoldNoSecret() throws {
    let long = "a\u{7}b\u{202E}c \(GitLabAPI.secret) " + String(repeating: "x", count: 1_000)
    guard case .invalid(let message, _) = try meaning(.message(400, long)) else {
      Issue.record("it is invalid")
      return
    }
    #expect(message.hasPrefix("400: a b c [REDACTED] xxx"))
    #expect(message.hasSuffix("…") && message.unicodeScalars.count <= 210)
    let failure = TransportFailure(effect: .none, reason: "bad header \(GitLabAPI.secret)")
    #expect(try meaning(.failure(failure)) == .unheard("bad header [REDACTED]", mayHaveTakenEffect: false))
  }

  @Test func whatTheTransportSaysToDoIsNotCut() throws {
    let reason = "is not trusted: SSL: \(String(repeating: "x", count: 200)); set url to a name that the certificate has"
    let failure = TransportFailure(effect: .none, reason: reason)
    #expect(try meaning(.failure(failure)) == .unheard(reason, mayHaveTakenEffect: false))
  }

  @Test func noWayOfPrintingShowsTheToken() throws {
    let api = try GitLabAPI.sample()
    for text in ["\(api)", String(reflecting: api), "\([api])", "\(ProbeConversation(api: api))"] {
      #expect(!text.contains(GitLabAPI.secret))
    }
  }

  @Test func onlyGitLabsOwnWordsMakeAThingGone() throws {
    #expect(try meaning(.message(404, "404 Not found")) == .notFound("404 Not found", project: false))
    #expect(try meaning(.message(404, "404 Project Not Found")) == .notFound("404 Project Not Found", project: true))
    for body in [#"{"error":"404 Not Found"}"#, "404 page not found", "<html>404</html>", ""] {
      guard case .unavailable(_, nil, mayHaveTakenEffect: false) = try meaning(.text(404, body)) else {
        Issue.record("\(body) may come from anybody")
        return
      }
    }
  }

  @Test("a page with 401 may stand in the place of any answer: it may have been done", arguments: ["<html>Sign in</html>", ""])
  func page(_ body: String) throws {
    let meaning = try meaning(.text(401, body))
    guard case .unavailable(let words, nil, mayHaveTakenEffect: true) = meaning else {
      Issue.record("\(meaning)")
      return
    }
    #expect(words.contains("not from GitLab") && words.contains("whether the token still serves"))
  }

  @Test("an account that may do nothing is let again by somebody, and who and how is said") func barred() throws {
    for (words, state, deed) in [
      ("Your account has been blocked.", "blocked", "POST /users/ID/unblock"),
      ("Your account has been deactivated by your administrator.", "deactivated", "POST /users/ID/activate"),
    ] {
      let meaning = try meaning(.message(403, "403 Forbidden - \(words)"))
      let reason = meaning.obstacle("reading deployment 815", at: "main").reason
      #expect(reason.contains(words) && reason.contains(deed) && reason.contains("have an administrator of GitLab"), "\(reason)")
      // It stays known for what it is: the way out speaks of other states too.
      #expect(UserStanding.state(inRefusal: reason) == state)
    }
  }

  @Test func emptySuccessIsContent() throws {
    #expect(try meaning(.text(204, "")) == .content(.null))
    #expect(try meaning(.text(200, "[1]")) == .content([1]))
  }

  @Test(
    arguments: [
      ("Retry-After", "7", 429, Duration.seconds(7)), ("Retry-After", " 0 ", 429, .seconds(1)), ("Retry-After", "-5", 429, .seconds(1)),
      ("Retry-After", "999999999", 503, .seconds(3_600)), ("Retry-After", "Thu, 03 Sep 2026 09:15:32 GMT", 503, .seconds(30)),
      ("Retry-After", "Thu, 03 Sep 2026 09:00:00 GMT", 429, .seconds(1)), ("RateLimit-Reset", "1788426932", 429, .seconds(30)),
      ("RateLimit-Reset", "1788426932", 503, nil), ("RateLimit-Reset", "9999999999999999", 429, nil), ("Retry-After", "soon", 429, nil),
      ("Retry-After", "Thursday, 03-Sep-26 09:15:32 GMT", 429, nil), ("X-Other", "1", 429, nil),
    ] as [(String, String, Int, Duration?)])
  func obeysWhatGitLabAsks(field: String, value: String, status: Int, after: Duration?) throws {
    var fields: HTTPFields = [.date: "Thu, 03 Sep 2026 09:15:02 GMT"]
    fields[try #require(HTTPField.Name(field))] = value
    guard case .unavailable(_, let pause, _) = try meaning(.text(status, "", fields)) else {
      Issue.record("\(status) is not now")
      return
    }
    #expect(pause == after)
  }

  @Test func withoutADateOnlySecondsCanBeObeyed() throws {
    for fields: HTTPFields in [[.retryAfter: "Thu, 03 Sep 2026 09:15:32 GMT"], [.rateLimitReset: "1788426932"]] {
      guard case .unavailable(_, nil, _) = try meaning(.text(429, "", fields)) else {
        Issue.record("a point in time needs another to be measured against")
        return
      }
    }
  }

  @Test(arguments: [
    ("https://gitlab.example.com", "https", "gitlab.example.com", "/api/v4"),
    ("HTTPS://GitLab.Example.com:443/", "https", "gitlab.example.com", "/api/v4"),
    ("http://127.0.0.1:8080", "http", "127.0.0.1:8080", "/api/v4"), ("http://[::1]:80//", "http", "[::1]", "/api/v4"),
    ("https://example.com/gitlab/", "https", "example.com", "/gitlab/api/v4"),
  ])
  func addresses(url: String, scheme: String, authority: String, root: String) throws {
    let address = try GitLabAddress(url)
    #expect(address.scheme == scheme && address.authority == authority && address.apiRoot == root)
  }

  @Test(arguments: [
    "", "gitlab.example.com", "ftp://h", "https://", "https:///x", "https://u:p@h", "https://h?x", "https://h#x", "https://h h",
    "https://h\r\nX: y",
  ])
  func noAddresses(url: String) {
    #expect(throws: MalformedAddress.self) { try GitLabAddress(url) }
  }

  @Test(arguments: [
    ("abc", 3, "abc"), ("abcd", 3, "ab…"), ("a\nb", 9, "a b"), ("ééé", 2, "é…"), ("", 1, ""),
    ("\u{1F469}\u{200D}\u{1F4BB}x", 3, "\u{1F469}\u{200D}…"),
  ])
  func textsAreBounded(text: String, limit: Int, bounded: String) {
    #expect(text.bounded(to: limit) == bounded)
  }
}

import HTTPMessages
import HTTPTypes
import JSON

@testable import GitLab

extension Result where Success == Response, Failure == TransportFailure {
  static func json(_ status: Int, _ value: JSONValue, _ fields: HTTPFields = [:]) -> Answer {
    .success(Response(head: HTTPResponse(status: .init(code: status), headerFields: fields), body: value.bytes))
  }

  static func text(_ status: Int, _ text: String, _ fields: HTTPFields = [:]) -> Answer {
    .success(Response(head: HTTPResponse(status: .init(code: status), headerFields: fields), body: Array(text.utf8)))
  }

  static func message(_ status: Int, _ message: String) -> Answer { .json(status, ["message": .string(message)]) }
}

extension GitLabAPI {
  static let secret = "glpat-not-a-real-token"

  static func sample() throws -> GitLabAPI {
    GitLabAPI(
      instance: "main", address: try GitLabAddress("https://gitlab.example.com"), token: secret, requestID: "request-7", version: "0.1")
  }
}

/// What can go wrong with one exchange.
struct Fault: Sendable, CustomStringConvertible {
  var name: String
  var answer: Answer
  /// Whether the request may have been carried out all the same.
  var isAmbiguous: Bool

  var description: String { name }

  static let all: [Fault] = [
    Fault(name: "401", answer: .message(401, "401 Unauthorized"), isAmbiguous: false),
    Fault(name: "403", answer: .message(403, "403 Forbidden"), isAmbiguous: false),
    Fault(name: "403 scope", answer: insufficientScope, isAmbiguous: false),
    Fault(name: "404 project", answer: .message(404, "404 Project Not Found"), isAmbiguous: false),
    Fault(name: "404", answer: .message(404, "404 Not found"), isAmbiguous: false),
    Fault(name: "404 of a proxy", answer: .text(404, "<html>Not Found</html>"), isAmbiguous: false),
    Fault(name: "429", answer: .text(429, "Retry later\n", [.retryAfter: "7"]), isAmbiguous: false),
    Fault(name: "500", answer: .message(500, "500 Internal Server Error"), isAmbiguous: true),
    Fault(name: "502", answer: .text(502, "<html>GitLab is not responding</html>"), isAmbiguous: true),
    Fault(name: "503", answer: .text(503, "", [.retryAfter: "60"]), isAmbiguous: true),
    Fault(name: "reset, not sent", answer: .failure(TransportFailure(effect: .none, reason: "connection refused")), isAmbiguous: false),
    Fault(name: "reset, unknown", answer: .failure(TransportFailure(effect: .unknown, reason: "connection reset")), isAmbiguous: true),
    Fault(name: "timeout", answer: .failure(TransportFailure(effect: .unknown, reason: "timed out after 30 s")), isAmbiguous: true),
    Fault(name: "malformed JSON", answer: .text(200, "{\"id\": 815,"), isAmbiguous: true),
    Fault(name: "a page with 200", answer: .text(200, "<html>Sign in</html>"), isAmbiguous: true),
    Fault(name: "301", answer: .text(301, "Moved", [.location: "https://gitlab.example.com/api/v4/projects/31"]), isAmbiguous: false),
  ]

  private static let insufficientScope = Answer.json(
    403, ["error": "insufficient_scope", "error_description": "The request requires higher privileges", "scope": "api"])
}

import HTTPMessages
import HTTPTypes

@testable import HTTPClient

let secret = "glpat-very-secret"

/// A request with a token, a query and a body that must never be seen in a reason.
func request(
  _ method: HTTPRequest.Method, _ authority: String, scheme: String = "http", path: String = "/api/v4/version?private=\(secret)",
  body: String = ""
) -> Request {
  var head = HTTPRequest(method: method, scheme: scheme, authority: authority, path: path)
  head.headerFields[.authorization] = "Bearer \(secret)"
  return Request(head: head, body: Array(body.utf8))
}

func request(_ authority: String, scheme: String = "http", path: String = "/api/v4/version?private=\(secret)") -> Request {
  request(.get, authority, scheme: scheme, path: path)
}

extension ClientLimits {
  /// Defaults with a few changes.
  static func with(_ change: (inout ClientLimits) -> Void) -> ClientLimits {
    var limits = ClientLimits()
    change(&limits)
    return limits
  }
}

extension Answer {
  var response: Response? { try? get() }

  var failure: TransportFailure? {
    if case .failure(let failure) = self { failure } else { nil }
  }
}

extension Response {
  var text: String { String(decoding: body, as: UTF8.self) }
}

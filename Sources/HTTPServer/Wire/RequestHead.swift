internal import HTTPTypes

/// A complete head: the request as the handler sees it, and what it means for the connection.
struct RequestHead: Sendable {
  var request: HTTPRequest
  var isVersion10: Bool
  var framing: BodyFraming
  /// Whether the client wants the connection kept (RFC 9112 §9.3).
  var keepsAlive: Bool
  /// Whether the client waits for 100 (Continue) before it sends the body.
  var expectsContinue: Bool
}

/// How the end of the body is known (RFC 9112 §6.3).
enum BodyFraming: Sendable, Hashable {
  case none
  case length(Int)
  case chunked
}

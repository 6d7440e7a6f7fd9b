package import HTTPTypes

/// A whole HTTP request: head and body. The server hands one to a handler, the client sends one, GitLab's language makes and reads them.
package struct Request: Sendable, Hashable {
  package var head: HTTPRequest
  package var body: [UInt8]
  /// Who sent it, as text, when it came in over a socket: the address of the other end, or of the client that a trusted proxy names.
  package var peer: String?

  package init(head: HTTPRequest, body: [UInt8] = [], peer: String? = nil) {
    self.head = head
    self.body = body
    self.peer = peer
  }
}

/// A whole HTTP response: head and body.
package struct Response: Sendable, Hashable {
  package var head: HTTPResponse
  package var body: [UInt8]

  package init(head: HTTPResponse, body: [UInt8] = []) {
    self.head = head
    self.body = body
  }

  package var status: HTTPResponse.Status { head.status }
}

/// Why no response came back. What matters to a caller is whether the request may have taken effect all the same.
package struct TransportFailure: Error, Sendable, Hashable {
  package enum Effect: Sendable, Hashable {
    /// Nothing was sent: no connection, no name, no TLS. Safe to send again.
    case none
    /// The request may have been carried out. Read back before anything else.
    case unknown
  }

  package var effect: Effect
  /// One sentence for the log and the change; never holds a header, a token or a body.
  package var reason: String

  package init(effect: Effect, reason: String) {
    self.effect = effect
    self.reason = reason
  }
}

/// What came of sending one request.
package typealias Answer = Result<Response, TransportFailure>

/// Sends one request and reports what came of it. libcurl in production (`HTTPClient`); nothing else in the program opens a socket outward.
package protocol Transport: Sendable {
  func send(_ request: Request) async -> Answer
}

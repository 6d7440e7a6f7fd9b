package import Calendar
package import HTTPTypes

/// Who wants to be told of events, and from where on.
package struct Subscription: Sendable {
  package var head: HTTPResponse
  /// What goes out first.
  package var opening: [UInt8]
  /// The last event that the client has heard of.
  package var after: Int64
  /// The newest entry of the audit log when this was asked for.
  package var newest: Int64
  /// Only events of this change request, if there is one.
  package var change: Int64?
  /// Whose token it is, and until when it may be used: with it ends the subscription.
  package var token: String
  package var expiresAt: Instant

  /// A line that says nothing (WHATWG HTML §9.2.7): to the client that the server is there, to proxies that the connection is not idle, and to
  /// the server whether anybody still hears it.
  package static let heartbeat = Array(":\n\n".utf8)
}

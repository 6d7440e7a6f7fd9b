/// What is worth a line in the log. Never holds a field, a path or a body: those may be secret.
package enum ServerEvent: Sendable, Hashable {
  /// A request was refused by the server itself; `peer` is the address of the client.
  case refused(RequestFault, peer: String)
  /// So many connections are open that further ones are answered 503. Told at most once in `Limits.reportInterval`.
  case connectionLimitReached(limit: Int)
  /// So many connections come from one address (of an IPv6 client, from its /64) that further ones are answered 503. Told at most once in
  /// `Limits.reportInterval`, whatever the address.
  case addressLimitReached(limit: Int, peer: String)
  /// No connection can be accepted for the moment; accepting resumes by itself. Told at most once in `Limits.reportInterval`.
  case acceptFailed(code: Int32, reason: String)
  /// Connections that were still open when the time to drain was over, and were closed.
  case drainTimedOut(connections: Int)

  package var message: String {
    switch self {
    case .refused(let fault, let peer): "refused a request from \(peer): \(fault.code)"
    case .connectionLimitReached(let limit): "all \(limit) connections are taken; more are answered 503"
    case .addressLimitReached(let limit, let peer): "\(peer) has \(limit) connections, all that one address may have; more are answered 503"
    case .acceptFailed(let code, let reason): "cannot accept connections (errno \(code): \(reason)); will try again"
    case .drainTimedOut(let connections): "closed \(connections) connections that did not finish in time"
    }
  }
}

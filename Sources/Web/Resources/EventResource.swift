internal import ChangeControl
internal import HTTPMessages
internal import HTTPTypes
internal import Storage

/// What happens to change requests, as it happens: server-sent events (WHATWG HTML §9.2).
enum EventResource {
  static let routes: [Route] = [Route(.get, "/api/v1/events", query: ["change"], .subscribe(subscribe))]

  private static func subscribe(_ call: Call) throws -> Route.Subscribes {
    let lastID = try lastEventID(call.request.head.headerFields)
    let key = try call.query.text("change")
    return { caller, reading in
      var change: Int64?
      if let key {
        guard let id = ChangeRequest.id(fromKey: key), try reading.change(id: id) != nil else { throw Refusal.unknownChange(key) }
        change = id
      }
      let head = try reading.auditHead().seq
      // nginx would collect the answer before passing it on; this field of its own tells it not to.
      let fields: HTTPFields = [.contentType: "text/event-stream", .accelBuffering: "no"]
      return Subscription(
        head: HTTPResponse(status: .ok, headerFields: fields), opening: Array(opening(lastID, head: head).utf8),
        after: lastID.map { min($0, head) } ?? head, newest: head, change: change, token: caller.token.id, expiresAt: caller.token.expiresAt
      )
    }
  }

  /// An id without data is no event, but a client that is cut off before the first one comes back with it and misses nothing.
  private static func opening(_ lastID: Int64?, head: Int64) -> String {
    let retry = "retry: \(Limits.eventRetryMilliseconds)\n"
    guard let lastID else { return "\(retry)id: \(head)\n\n" }
    // The database is not the one that gave this id, or an older copy of it: what the client knows may not be so.
    guard lastID <= head else { return "\(retry)id: \(head)\nevent: reset\ndata: {\"id\":\(head),\"event\":\"reset\"}\n\n" }
    return "\(retry)\n"
  }

  private static func lastEventID(_ fields: HTTPFields) throws(Fault) -> Int64? {
    guard let value = fields[.lastEventID], !value.isEmpty else { return nil }
    guard value.utf8.count <= 18, value.utf8.allSatisfy(\.isDigit), let id = Int64(value) else { throw .malformedLastEventID }
    return id
  }
}

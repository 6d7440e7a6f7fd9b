internal import Calendar
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// Remarks on a change request, oldest first. They decide nothing.
enum CommentResource {
  static let routes: [Route] = [
    Route(.get, "/api/v1/changes/{key}/comments", query: ["limit", "cursor"], .stream(list)),
    Route(.post, "/api/v1/changes/{key}/comments", needs: .decide, content: .json, .write(add)),
  ]

  private static func list(_ call: Call) throws -> Route.Streams {
    let limit = try call.query.limit()
    let cursor = try call.query.cursor()
    return { _, reading in
      let found = try call.gate.comments(key: call.key, after: cursor ?? 0, limit: limit + 1, in: reading)
      return try Page(found, limit: limit) { $0.id }.response("comments", to: call, in: reading) { comment, _, json in
        write(comment.comment, user: comment.user, createdAt: comment.createdAt, to: &json)
      }
    }
  }

  private static func add(_ call: Call) throws -> Route.Writes {
    let precondition = try Precondition(call.request.head.headerFields)
    guard let comment = try JSONMembers(call.request.body, known: ["comment"]).comment("comment") else { throw Fault.commentMissing }
    return { caller, transaction in
      try precondition.check(call.key, in: transaction)
      let view = try call.gate.comment(comment, key: call.key, by: caller.actor, requestID: call.requestID, in: transaction)
      return .json(status: .created, fields: [.eTag: EntityTags.tag(of: view.change.revision)]) { json in
        write(comment, user: caller.actor.user, createdAt: transaction.now, to: &json)
      }
    }
  }

  private static func write(_ comment: String, user: String, createdAt: Instant, to json: inout JSONWriter) {
    json.object { json in
      json.member("user", user)
      json.member("comment", comment)
      json.member("created_at", createdAt.iso8601)
    }
  }
}

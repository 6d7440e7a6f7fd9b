internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// Change requests, to be read.
enum ChangeResource {
  static let routes: [Route] = [
    Route(
      .get, "/api/v1/changes",
      query: [
        "gate", "status", "service", "project", "environment", "tier", "requested_by", "review", "since", "until", "q", "limit", "cursor",
      ], .stream(list)),
    Route(.get, "/api/v1/changes/{key}", .read(show)),
  ]

  /// GitLab's `deployment_tier`.
  private static let tiers = ["production", "staging", "testing", "development", "other"]

  private static func list(_ call: Call) throws -> Route.Streams {
    let filter = try filter(call.query)
    let limit = try call.query.limit()
    let cursor = try call.query.cursor()
    return { _, reading in
      let found = try reading.changes(filter, before: cursor, limit: limit + 1)
      return try Page(found, limit: limit) { $0.change.id }.response("changes", to: call, in: reading) { record, reading, json in
        try call.gate.view(record, in: reading).write(to: &json, in: call.gate)
      }
    }
  }

  private static func filter(_ query: QueryParameters) throws -> ChangeFilter {
    var filter = ChangeFilter()
    filter.gate = try query.choice("gate", of: GateState.allCases.map(\.rawValue)).flatMap(GateState.init)
    filter.status = try query.text("status")
    filter.service = try query.text("service")
    filter.project = try query.text("project")
    filter.environment = try query.text("environment")
    filter.tier = try query.choice("tier", of: tiers)
    filter.requestedBy = try query.text("requested_by")
    filter.review = try query.choice("review", of: ReviewState.allCases.map(\.rawValue)).flatMap(ReviewState.init)
    filter.since = try query.instant("since")
    filter.until = try query.instant("until")
    filter.query = try query.text("q")
    return filter
  }

  private static func show(_ call: Call) -> Route.Reads {
    // A malformed If-None-Match matches nothing: the whole answer is always right.
    let tags = call.request.head.headerFields.values(of: .ifNoneMatch)
    let known = tags.isEmpty ? nil : EntityTags(tags.joined(separator: ", "))
    return { [gate = call.gate, kept = call.kept, key = call.key] _, reading in
      // Everybody who may read changes is shown the same.
      guard let known else { return try kept.answer(key, in: reading) { .change(try gate.view(key: key, in: reading), in: gate) } }
      let view = try gate.view(key: key, in: reading)
      guard known.matchesWeakly(view.change.revision), try !gate.mayHaveMoved(view, in: reading) else { return .change(view, in: gate) }
      return .empty(.notModified, fields: [.eTag: EntityTags.tag(of: view.change.revision)])
    }
  }
}

extension Response {
  /// A change request with the tag that `If-Match` takes.
  static func change(_ view: ChangeView, in gate: Gate, status: HTTPResponse.Status = .ok) -> Response {
    .json(status: status, fields: [.eTag: EntityTags.tag(of: view.change.revision)]) { view.write(to: &$0, in: gate) }
  }
}

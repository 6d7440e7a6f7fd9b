internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import JSON
internal import Storage

/// What happened, oldest first: of one change for all who may read it, of everything for auditors.
enum AuditResource {
  static let routes: [Route] = [
    Route(.get, "/api/v1/audit", needs: .audit, query: ["change"] + filters, .read(list)),
    Route(.get, "/api/v1/changes/{key}/audit", query: filters, .read(listOfChange)),
  ]

  private static let filters = ["actor", "action", "since", "until", "q", "limit", "cursor"]

  private static func list(_ call: Call) throws -> Route.Reads {
    var wanted = try Wanted(call.query)
    if let key = try call.query.text("change") {
      guard let id = ChangeRequest.id(fromKey: key) else {
        throw Fault.invalidValue("change", "is the key of a change request, such as CHG-42")
      }
      wanted.filter.change = id
    }
    return { [wanted] _, reading in try wanted.answer(call, from: reading) }
  }

  private static func listOfChange(_ call: Call) throws -> Route.Reads {
    let wanted = try Wanted(call.query)
    return { _, reading in
      guard let id = ChangeRequest.id(fromKey: call.key), try reading.change(id: id) != nil else { throw Refusal.unknownChange(call.key) }
      var wanted = wanted
      wanted.filter.change = id
      return try wanted.answer(call, from: reading)
    }
  }

  /// Which entries, and how many.
  private struct Wanted: Sendable {
    var filter = AuditFilter()
    var after: Int64
    var limit: Int

    init(_ query: QueryParameters) throws(Fault) {
      limit = try query.limit()
      after = try query.cursor() ?? 0
      filter.actor = try query.text("actor")
      filter.action = try query.choice("action", of: AuditAction.allCases.map(\.rawValue))
      filter.since = try query.instant("since")
      filter.until = try query.instant("until")
      filter.query = try query.text("q")
    }

    func answer(_ call: Call, from reading: Reading) throws -> Response {
      let found = try reading.auditEntries(filter, after: after, limit: limit + 1)
      return Page(found, limit: limit) { $0.seq }.response("entries", to: call, json: \.json)
    }
  }
}

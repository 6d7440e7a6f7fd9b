internal import ChangeControl
internal import Gate
internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// What happened, oldest first: of one change for all who may read it, of everything for auditors.
enum AuditResource {
  static let routes: [Route] = [
    Route(.get, "/api/v1/audit", needs: .audit, query: ["change"] + filters + page, .stream(list)),
    Route(.get, "/api/v1/audit/export", needs: .audit, query: ["change", "format"] + filters, .stream(export)),
    Route(.get, "/api/v1/changes/{key}/audit", query: filters + page, .stream(listOfChange)),
  ]

  private static let filters = ["actor", "action", "since", "until", "q"]
  private static let page = ["limit", "cursor"]

  private static func list(_ call: Call) throws -> Route.Streams {
    let wanted = try Wanted(call.query)
    return { _, reading in try wanted.answer(call, from: reading) }
  }

  /// All that there is, oldest first, in one answer.
  private static func export(_ call: Call) throws -> Route.Streams {
    let wanted = try Wanted(call.query)
    let name = try call.query.choice("format", of: AuditExport.allCases.map(\.rawValue))
    let format = name.flatMap(AuditExport.init) ?? .json
    return { _, reading in
      // What is written from now on is left out: an export must come to its end.
      let head = try reading.auditHead().seq
      let fields: HTTPFields = [.contentType: format.mediaType, .contentDisposition: "attachment; filename=\"audit.\(format.rawValue)\""]
      return StreamedResponse(
        head: HTTPResponse(status: .ok, headerFields: fields),
        content: try wanted.export(format.heading, as: format, after: 0, through: head, from: reading))
    }
  }

  private static func listOfChange(_ call: Call) throws -> Route.Streams {
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
      if let key = try query.text("change") {
        guard let id = ChangeRequest.id(fromKey: key) else {
          throw .invalidValue("change", "is the key of a change request, such as CHG-42")
        }
        filter.change = id
      }
      filter.actor = try query.text("actor")
      filter.action = try query.choice("action", of: AuditAction.allCases.map(\.rawValue))
      filter.since = try query.instant("since")
      filter.until = try query.instant("until")
      filter.query = try query.text("q")
    }

    func answer(_ call: Call, from reading: Reading) throws -> StreamedResponse {
      let found = try reading.auditEntries(filter, after: after, limit: limit + 1)
      return try Page(found, limit: limit) { $0.seq }.response("entries", to: call, in: reading) { entry, _, json in
        json.element(entry.json)
      }
    }

    func export(_ heading: String?, as format: AuditExport, after: Int64, through head: Int64, from reading: Reading) throws
      -> StreamedResponse.Content
    {
      let found = try reading.auditEntries(filter, after: after, limit: Limits.exportedEntries)
      var bytes: [UInt8] = []
      if let heading { bytes += "\(heading)\n".utf8 }
      for entry in found where entry.seq <= head {
        bytes += format.line(entry).utf8
        bytes.append(UInt8(ascii: "\n"))
      }
      guard found.count == Limits.exportedEntries, let last = found.last?.seq, last < head else { return .init(bytes: bytes) }
      return .init(bytes: bytes) { try export(nil, as: format, after: last, through: head, from: $0) }
    }
  }
}

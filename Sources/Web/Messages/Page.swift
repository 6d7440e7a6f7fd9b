internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// One page of a list, and where the next begins. Made from one element more than the page takes.
struct Page<Element> {
  var elements: ArraySlice<Element>
  var nextCursor: Int64?

  init(_ found: [Element], limit: Int, cursor: (Element) -> Int64) {
    elements = found.prefix(limit)
    nextCursor = found.count > limit ? elements.last.map(cursor) : nil
  }

  /// `{"<name>": […], "next_cursor": …}`, with a `Link` to the next page (RFC 8288) that keeps the filters.
  func response(_ name: String, to call: Call, json: (Element) throws -> JSONValue) rethrows -> Response {
    let body: JSONValue = [
      name: .array(try elements.map(json)), "next_cursor": .optional(nextCursor.map { String($0) }),
    ]
    var fields: HTTPFields = [:]
    if let nextCursor {
      let query = call.query.asking(for: String(nextCursor), as: "cursor")
      fields[.link] = "<\(call.gate.plan.publicPath)\(call.target.path)?\(query)>; rel=\"next\""
    }
    return .json(body, fields: fields)
  }
}

internal import HTTPMessages
internal import HTTPTypes
internal import JSON
internal import Storage

/// One page of a list, and where the next begins. Made from one element more than the page takes.
struct Page<Element: Sendable> {
  var elements: ArraySlice<Element>
  var nextCursor: Int64?

  init(_ found: [Element], limit: Int, cursor: (Element) -> Int64) {
    elements = found.prefix(limit)
    nextCursor = found.count > limit ? elements.last.map(cursor) : nil
  }

  /// `{"<name>": […], "next_cursor": …}`, with a `Link` to the next page (RFC 8288) that keeps the filters.
  /// `write` is called on whichever view the element's piece is made.
  func response(
    _ name: String, to call: Call, in reading: Reading, write: @escaping @Sendable (Element, Reading, inout JSONWriter) throws -> Void
  ) throws -> StreamedResponse {
    var fields: HTTPFields = [.contentType: "application/json"]
    if let nextCursor {
      let query = call.query.asking(for: String(nextCursor), as: "cursor")
      fields[.link] = "<\(call.gate.plan.publicPath)\(call.target.path)?\(query)>; rel=\"next\""
    }
    let cursor = JSONValue.optional(nextCursor.map { String($0) })
    return StreamedResponse(
      head: HTTPResponse(status: .ok, headerFields: fields),
      content: try .list(
        Array("{\"\(name)\":[".utf8), elements, Array("],\"next_cursor\":\(cursor.text)}\n".utf8), in: reading
      ) { element, reading in
        var json = JSONWriter()
        try write(element, reading, &json)
        return json.bytes
      })
  }
}

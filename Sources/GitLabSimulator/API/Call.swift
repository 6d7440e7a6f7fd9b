internal import HTTPMessages
internal import HTTPTypes
internal import JSON

/// One request whose sender is known and whose route is found.
struct Call {
  /// What the path's first segment speaks of, where one handler serves several.
  enum Level { case project, group, instance }

  var level: Level
  /// As far as the token goes: in Admin Mode an administrator is one only by a token of that scope.
  var user: World.User
  var isAdministratorInName: Bool
  var token: World.PersonalAccessToken
  /// The path's own parameters, decoded.
  var path: [String: String]
  var parameters: Parameters
  /// Base URL and path without the query, for `Link`.
  var url: String

  /// A parameter of the path that must be a number.
  func id(_ name: String) throws(APIError) -> Int64 {
    guard let id = Int64(path[name] ?? "") else { throw .parameter("\(name) is invalid") }
    return id
  }
}

extension Response {
  static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok) -> Response {
    Response(head: HTTPResponse(status: status, headerFields: [.contentType: "application/json"]), body: value.bytes)
  }

  /// What GitLab answers when something is gone.
  static let noContent = Response(head: HTTPResponse(status: .noContent), body: [])
}

extension World {
  /// One page of rows with GitLab's paging headers (facts D.1). Rows are made into JSON only for the page.
  func page<Row>(_ rows: [Row], _ call: Call, entity: (Row) -> JSONValue) throws(APIError) -> Response {
    let size = min(max(1, try call.parameters.number("per_page") ?? Limits.rowsOnAPage), Limits.mostRowsOnAPage)
    let page = max(1, try call.parameters.number("page") ?? 1)
    let lastPage = max(1, (rows.count + size - 1) / size)
    let start = min(rows.count, (page - 1) * size)
    var response = Response.json(.array(rows[start..<min(rows.count, start + size)].map(entity)))
    let next = page < lastPage ? page + 1 : nil
    let previous = page > 1 ? page - 1 : nil
    let isCounted = rows.count <= instance.countedRows
    func set(_ name: String, _ value: String) { response.head.headerFields[.known(name)] = value }
    set("x-page", String(page))
    set("x-per-page", String(size))
    set("x-next-page", next.map(String.init) ?? "")
    set("x-prev-page", previous.map(String.init) ?? "")
    if isCounted {
      set("x-total", String(rows.count))
      set("x-total-pages", String(lastPage))
    }
    let links = [("prev", previous), ("next", next), ("first", 1), ("last", isCounted ? lastPage : nil)]
    set("Link", links.compactMap { name, number in number.map { link(name, page: $0, size: size, call) } }.joined(separator: ", "))
    return response
  }

  private func link(_ relation: String, page: Int, size: Int, _ call: Call) -> String {
    var query = call.parameters.query.filter { $0.name != "page" && $0.name != "per_page" }
    query += [("page", String(page)), ("per_page", String(size))]
    let text = query.map { PercentCoding.encode($0.name) + "=" + PercentCoding.encode($0.value) }.joined(separator: "&")
    return "<\(call.url)?\(text)>; rel=\"\(relation)\""
  }
}

internal import HTTPMessages
internal import HTTPTypes
internal import JSON

extension Response {
  /// A line of text, so that a terminal's next prompt stands on its own.
  static func json(_ value: JSONValue, status: HTTPResponse.Status = .ok, fields: HTTPFields = [:]) -> Response {
    var fields = fields
    fields[.contentType] = "application/json"
    var body = value.bytes
    body.append(UInt8(ascii: "\n"))
    return Response(head: HTTPResponse(status: status, headerFields: fields), body: body)
  }

  /// The one form of every error.
  static func error(status: HTTPResponse.Status, code: String, message: String, requestID: String, fields: HTTPFields = [:]) -> Response {
    json(
      ["error": ["code": .string(code), "message": .string(Tokens.redacted(message)), "request_id": .string(requestID)]], status: status,
      fields: fields)
  }

  static func empty(_ status: HTTPResponse.Status, fields: HTTPFields = [:]) -> Response {
    Response(head: HTTPResponse(status: status, headerFields: fields))
  }

  func stamped(_ requestID: String) -> Response {
    var stamped = self
    stamped.head.stamp(requestID)
    return stamped
  }
}

extension HTTPResponse {
  /// Adds what every answer carries: its request's id; never to be kept by a cache, for it is one person's view of one moment; and never to be
  /// taken for anything but what it says it is.
  mutating func stamp(_ requestID: String) {
    headerFields[.requestID] = requestID
    headerFields[.cacheControl] = "no-store"
    headerFields[.xContentTypeOptions] = "nosniff"
  }
}

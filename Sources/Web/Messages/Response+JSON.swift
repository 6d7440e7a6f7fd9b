internal import Credentials
internal import HTTPMessages
internal import HTTPTypes
internal import JSON

extension Response {
  /// What `write` writes, as a line of text, so that a terminal's next prompt stands on its own.
  static func json(status: HTTPResponse.Status = .ok, fields: HTTPFields = [:], _ write: (inout JSONWriter) throws -> Void) rethrows
    -> Response
  {
    var json = JSONWriter()
    try write(&json)
    json.endLine()
    var fields = fields
    fields.append(.json)
    return Response(head: HTTPResponse(status: status, headerFields: fields), body: json.bytes)
  }

  /// The one form of every error.
  static func error(status: HTTPResponse.Status, code: String, message: String, requestID: String, fields: HTTPFields = [:]) -> Response {
    json(status: status, fields: fields) { json in
      json.object { json in
        json.object("error") { json in
          json.member("code", code)
          json.member("message", TokenText.redacted(message))
          json.member("request_id", requestID)
        }
      }
    }
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
    headerFields.append(HTTPField(name: .requestID, value: requestID))
    headerFields.append(.neverKept)
    headerFields.append(.neverGuessed)
  }
}

/// Made once, for each look at a field's value takes its time.
extension HTTPField {
  fileprivate static let json = HTTPField(name: .contentType, value: "application/json")
  fileprivate static let neverKept = HTTPField(name: .cacheControl, value: "no-store")
  fileprivate static let neverGuessed = HTTPField(name: .xContentTypeOptions, value: "nosniff")
}

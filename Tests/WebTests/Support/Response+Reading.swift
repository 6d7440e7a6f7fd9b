import HTTPMessages
import HTTPTypes
import JSON

extension Response {
  /// The body as JSON; null when it is none.
  var json: JSONValue { (try? JSONValue.parse(body)) ?? .null }

  var text: String { String(decoding: body, as: UTF8.self) }

  /// The code of an error.
  var code: String? { json["error"]?["code"]?.string }

  var message: String { json["error"]?["message"]?.string ?? "" }

  subscript(_ name: String) -> String? { HTTPField.Name(name).flatMap { head.headerFields[$0] } }
}

extension JSONValue {
  /// The keys of the change requests of a list.
  var keys: [String] { (self["changes"]?.array ?? []).compactMap { $0["key"]?.string } }
}

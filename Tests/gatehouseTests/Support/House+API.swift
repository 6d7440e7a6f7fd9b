import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON

/// What a caller of the API gets.
struct Got: Sendable, CustomStringConvertible {
  var response: Response

  var status: Int { response.status.code }
  var text: String { String(decoding: response.body, as: UTF8.self) }
  var json: JSONValue? { try? JSONValue.parse(response.body) }
  /// The stable code of an error.
  var code: String? { json?["error"]?["code"]?.string }
  var message: String? { json?["error"]?["message"]?.string }

  func header(_ name: String) -> String? { HTTPField.Name(name).flatMap { response.head.headerFields[$0] } }

  var description: String { "\(status) \(text)" }
}

extension House {
  /// One request, as somebody whose token `gatehouse token create` has made; nil: without any. Throws when no answer comes.
  func send(
    _ method: HTTPRequest.Method, _ path: String, as user: String? = nil, body: JSONValue? = nil, headers: [String: String] = [:]
  ) async throws -> Got {
    var fields: HTTPFields = [:]
    if let user { fields[.authorization] = "Bearer \(try await token(of: user))" }
    if body != nil { fields[.contentType] = "application/json" }
    for (name, value) in headers { if let name = HTTPField.Name(name) { fields[name] = value } }
    return Got(response: try await send(method, path, fields, body?.bytes ?? []).get())
  }

  func send(_ method: HTTPRequest.Method, _ path: String, _ fields: HTTPFields, _ body: [UInt8]) async -> Answer {
    let authority = String(url.dropFirst("http://".count))
    let head = HTTPRequest(method: method, scheme: "http", authority: authority, path: path, headerFields: fields)
    let answer = await client.send(Request(head: head, body: body))
    if case .success(let response) = answer { note(response) }
    return answer
  }

  func get(_ path: String, as user: String = "alice") async throws -> JSONValue {
    let got = try await send(.get, path, as: user)
    guard got.status == 200, let json = got.json else { throw NeverCame(description: "GET \(path) was answered \(got)") }
    return json
  }

  func change(_ key: String) async throws -> JSONValue { try await get("/api/v1/changes/\(key)") }

  func decide(
    _ key: String, _ status: String, as user: String, comment: String? = "looked at it", representedAs: String? = nil,
    ifMatch tag: String? = nil
  ) async throws -> Got {
    var body: JSONObject = ["status": .string(status)]
    if let representedAs { body["represented_as"] = .string(representedAs) }
    if let comment { body["comment"] = .string(comment) }
    return try await send(
      .post, "/api/v1/changes/\(key)/approval", as: user, body: .object(body), headers: tag.map { ["If-Match": $0] } ?? [:])
  }

  /// All change requests, newest first.
  func changes() async throws -> [JSONValue] { try await get("/api/v1/changes?limit=100")["changes"]?.array ?? [] }

  /// The audit entries of one change, oldest first.
  func audit(_ key: String) async throws -> [JSONValue] { try await get("/api/v1/changes/\(key)/audit?limit=100")["entries"]?.array ?? [] }
}

extension Program.Run {
  var json: JSONValue? { try? JSONValue.parse(Array(output.utf8)) }
}

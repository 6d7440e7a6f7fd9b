import ChangeControl
import HTTPTypes
import JSON
import Testing

/// What people tell of a change request, and when they may.
@Suite struct EditTests {
  let house: House
  let path: String

  init() throws {
    house = try House()
    path = "/api/v1/changes/" + (try house.deployment(.blocked()))
  }

  private static let names = ["risk", "impact", "reason", "implementation_plan", "rollback_plan", "planned_start", "planned_end"]

  @Test func everyFieldIsTakenShownAndEmptied() throws {
    for name in Self.names { #expect(house.send(.get, path, as: "vera").json[name] == .null, "\(name)") }
    let fields: JSONValue = [
      "type": "emergency", "risk": "low", "impact": "high", "reason": "carts are lost", "implementation_plan": "deploy\nthen watch",
      "rollback_plan": "deploy the last one", "planned_start": "2026-09-04T20:00:00.000Z", "planned_end": "2026-09-04T21:00:00.000Z",
    ]
    let response = house.send(.patch, path, as: "oscar", fields: [.ifMatch: "\"1\""], body: fields.text)
    #expect(response.status == .ok)
    #expect(response["ETag"] == "\"2\"")
    for name in ["type"] + Self.names { #expect(response.json[name] == fields[name], "\(name)") }
    #expect(house.send(.get, path, as: "vera").json == response.json)

    let emptied = house.send(.patch, path, as: "adam", body: JSONValue.object(JSONObject(members: Self.names.map { ($0, .null) })).text)
    #expect(emptied.status == .ok)
    for name in Self.names { #expect(emptied.json[name] == .null, "\(name)") }
    #expect(emptied.json["type"]?.string == "emergency")
  }

  @Test func theAuditLogHasWhatWasAndWhatIs() throws {
    house.send(.patch, path, as: "oscar", body: #"{"risk":"low","reason":" too slow "}"#)
    house.send(.patch, path, as: "oscar", body: #"{"risk":"high","impact":null,"type":"normal"}"#)
    let entries = try house.auditEntries(.edited)
    #expect(entries.map(\.actor) == ["oscar", "oscar"])
    let details = entries.map { try? JSONValue.parse($0.detail) }
    #expect(details.map { $0?["before"] } == [["reason": nil, "risk": nil], ["risk": "low"]])
    #expect(details.map { $0?["after"] } == [["reason": "too slow", "risk": "low"], ["risk": "high"]])
    guard case .holds = try house.auditChain() else {
      Issue.record("the audit chain is broken")
      return
    }
  }

  @Test func whoListensIsTold() throws {
    house.send(.patch, path, as: "oscar", body: #"{"risk":"low"}"#)
    let told = try house.connection.reading(at: house.now) { try house.application.events(after: 0, limit: 100, in: $0) }
    let last = String(decoding: try #require(told.events.last).bytes, as: UTF8.self)
    #expect(last.contains("event: changed\n") && last.contains(#""action":"change.edited""#), "\(last)")
  }

  @Test func whatIsSoAlreadyIsNoChange() throws {
    house.send(.patch, path, as: "oscar", body: #"{"risk":"low"}"#)
    let before = try house.rowCounts()
    #expect(house.send(.patch, path, as: "oscar", body: #"{"risk":"low","reason":" "}"#).status == .ok)
    #expect(try house.rowCounts() == before)
  }

  struct RefusedEdit: Sendable, CustomTestStringConvertible {
    var user = "oscar"
    var body: String
    var ifMatch: String?
    var status: Int
    var code: String
    var testDescription: String { "\(user) \(body.prefix(60)) → \(status) \(code)" }
  }

  static let refused = [
    RefusedEdit(user: "alice", body: #"{"risk":"low"}"#, status: 403, code: "insufficient_role"),
    RefusedEdit(user: "vera", body: "no json", status: 403, code: "insufficient_role"),
    RefusedEdit(body: #"{"risk":"low"}"#, ifMatch: "\"7\"", status: 409, code: "stale_revision"),
    RefusedEdit(body: "{}", status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"risk":"lwo"}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"impact":3}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"type":"urgent"}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"type":null}"#, status: 422, code: "missing_member"),
    RefusedEdit(body: #"{"reason":["x"]}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"reason":"\#(String(repeating: "a", count: 10_001))"}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"rollback_plan":"\u0007"}"#, status: 422, code: "invalid_value"),
    RefusedEdit(body: #"{"planned_start":"tomorrow"}"#, status: 422, code: "invalid_value"),
    RefusedEdit(
      body: #"{"planned_start":"2026-09-04T20:00:00Z","planned_end":"2026-09-04T20:00:00Z"}"#, status: 422, code: "planned_end_too_early"),
    RefusedEdit(body: #"{"status":"Approved"}"#, status: 422, code: "unknown_member"),
    RefusedEdit(body: #"{"risk":"low","risk":"high"}"#, status: 400, code: "repeated_member"),
    RefusedEdit(body: "risk=low", status: 400, code: "not_json"),
  ]

  @Test(arguments: refused) func refusesAndWritesNothing(_ edit: RefusedEdit) throws {
    let before = try house.rowCounts()
    let fields: HTTPFields = edit.ifMatch.map { [.ifMatch: $0] } ?? [:]
    let response = house.send(.patch, path, as: edit.user, fields: fields, body: edit.body)
    #expect(response.status.code == edit.status)
    #expect(response.code == edit.code)
    #expect(response.message.count > 10)
    #expect(try house.rowCounts() == before)
  }

  /// Each may be right by itself; together they must be.
  @Test func theEndIsComparedWithTheStartThatIsThere() {
    #expect(house.send(.patch, path, as: "oscar", body: #"{"planned_end":"2026-09-04"}"#).status == .ok)
    #expect(house.send(.patch, path, as: "oscar", body: #"{"planned_start":"2026-09-05"}"#).code == "planned_end_too_early")
    #expect(house.send(.patch, path, as: "oscar", body: #"{"planned_start":"2026-09-05","planned_end":"2026-09-06"}"#).status == .ok)
  }

  @Test func theTypeStandsOnceTheGateIsDecidedAndAllOnceItIsClosed() throws {
    for user in ["alice", "bob"] { house.send(.post, path + "/approval", as: user, body: #"{"status":"approved"}"#) }
    #expect(house.send(.patch, path, as: "oscar", body: #"{"type":"standard"}"#).code == "not_waiting")
    #expect(house.send(.patch, path, as: "oscar", body: #"{"type":"normal","risk":"low"}"#).status == .ok)
    try house.deployment(.blocked().with { $0.status = .success })
    let before = try house.rowCounts()
    let response = house.send(.patch, path, as: "oscar", body: #"{"risk":"high"}"#)
    #expect(response.status == .conflict)
    #expect(response.code == "change_closed")
    #expect(try house.rowCounts() == before)
  }

  @Test func anUnknownChangeIsNotFound() {
    #expect(house.send(.patch, "/api/v1/changes/CHG-9", as: "oscar", body: #"{"risk":"low"}"#).code == "change_not_found")
  }
}

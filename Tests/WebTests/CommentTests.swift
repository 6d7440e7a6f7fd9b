import Calendar
import ChangeControl
import HTTPTypes
import JSON
import Testing

@Suite struct CommentTests {
  let house: House
  let path = "/api/v1/changes/CHG-1/comments"

  init() throws {
    house = try House()
    try house.deployment(.blocked())
  }

  @Test func addsAndLists() throws {
    let added = house.send(.post, path, as: "alice", body: #"{"comment":"  first\nline  "}"#)
    #expect(added.status == .created)
    #expect(added.json["comment"] == "first\nline")
    #expect(added.json["user"] == "alice")
    #expect(added["ETag"] == "\"2\"")
    house.now = house.now + .seconds(1)
    house.send(.post, path, as: "oscar", fields: [.ifMatch: "\"2\""], body: #"{"comment":"second"}"#)
    house.send(.post, path, as: "dana", body: #"{"comment":"third"}"#)

    let first = house.send(.get, path + "?limit=2", as: "vera").json
    #expect(first["comments"]?.array?.compactMap { $0["comment"]?.string } == ["first\nline", "second"])
    #expect(first["comments"]?.array?.first?["created_at"] == .string(House.start.iso8601))
    let cursor = try #require(first["next_cursor"]?.string)
    let rest = house.send(.get, path + "?limit=2&cursor=\(cursor)", as: "vera").json
    #expect(rest["comments"]?.array?.compactMap { $0["user"]?.string } == ["dana"])
    #expect(rest["next_cursor"] == .null)
    #expect(try house.auditEntries(.commented).map(\.actor) == ["alice", "oscar", "dana"])
    #expect(house.send(.get, "/api/v1/changes/CHG-1", as: "vera").json["gate"] == "awaiting")
  }

  @Test func tenThousandCharactersAreTaken() {
    let body = #"{"comment":"\#(String(repeating: "é", count: 10_000))"}"#
    #expect(house.send(.post, path, as: "alice", body: body).status == .created)
  }

  @Test(arguments: [
    (#"{"comment":""}"#, 422, "comment_required"), (#"{"comment":"   "}"#, 422, "comment_required"), (#"{}"#, 422, "comment_required"),
    (#"{"comment":null}"#, 422, "comment_required"), (#"{"comment":{}}"#, 422, "invalid_value"),
    (#"{"comment":"\#(String(repeating: "é", count: 10_001))"}"#, 422, "invalid_value"), (#"{"comment":"a\u0000b"}"#, 422, "invalid_value"),
    (#"{"comment":"a","to":"b"}"#, 422, "unknown_member"), (#""text""#, 422, "invalid_value"), (#"{"comment":"a""#, 400, "not_json"),
    ("", 400, "not_json"), (#"{"comment":[\#(String(repeating: "1,", count: 1_000))1]}"#, 413, "body_too_large"),
  ])
  func whatIsNoCommentIsRefused(_ body: String, status: Int, code: String) throws {
    let before = try house.rowCounts()
    let response = house.send(.post, path, as: "alice", body: body)
    #expect(response.status.code == status)
    #expect(response.code == code)
    #expect(try house.rowCounts() == before)
  }

  @Test func aStaleReaderIsTold() throws {
    house.send(.post, path, as: "alice", body: #"{"comment":"first"}"#)
    let before = try house.rowCounts()
    let response = house.send(.post, path, as: "bob", fields: [.ifMatch: "\"1\""], body: #"{"comment":"second"}"#)
    #expect(response.status == .conflict)
    #expect(response.code == "stale_revision")
    #expect(try house.rowCounts() == before)
  }

  @Test func anUnknownChangeTakesNone() {
    let response = house.send(.post, "/api/v1/changes/CHG-9/comments", as: "alice", fields: [.ifMatch: "\"1\""], body: #"{"comment":"x"}"#)
    #expect(response.code == "change_not_found")
  }
}

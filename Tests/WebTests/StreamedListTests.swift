import ChangeControl
import HTTPTypes
import JSON
import Storage
import Testing
import Web

/// Long lists and exports: made in pieces, and the same as if they were made at once.
@Suite struct StreamedListTests {
  let house: House

  /// Twenty changes with a long comment each.
  init() throws {
    house = try House()
    for index in 1...20 {
      let key = try house.deployment(.blocked(Int64(index)))
      house.send(
        .post, "/api/v1/changes/\(key)/comments", as: "alice", body: #"{"comment":"\#(String(repeating: "long ", count: 1_500))"}"#)
    }
  }

  @Test func aLongListIsOneListInPieces() throws {
    let response = house.send(.get, "/api/v1/audit?limit=100", as: "audrey")
    #expect(house.pieces.count > 3)
    #expect(house.pieces.allSatisfy { $0.count < 60_000 })
    let entries = try #require(response.json["entries"]?.array)
    #expect(entries.compactMap { $0["seq"]?.integer } == Array(1...Int64(entries.count)))
    #expect(response.text.hasSuffix("\"next_cursor\":null}\n"))
  }

  @Test func aShortListIsOnePiece() {
    house.send(.get, "/api/v1/changes?limit=2", as: "vera")
    #expect(house.pieces.count == 1)
  }

  @Test func anEmptyListIsAList() {
    #expect(house.send(.get, "/api/v1/changes?service=none", as: "vera").text == "{\"changes\":[],\"next_cursor\":null}\n")
  }

  /// A token that is revoked meanwhile ends what it began.
  @Test func eachPieceAsksForTheTokenAnew() throws {
    let token = try house.token("mallory", .auditor)
    var head = HTTPRequest(method: .get, scheme: nil, authority: "a", path: "/api/v1/audit?limit=100")
    head.headerFields[.authorization] = "Bearer \(token)"
    guard case .body(let admitted) = house.application.admit(head),
      case .stream(let body) = admitted.work(for: .init(head: head), requestID: "r", at: house.now)
    else {
      Issue.record("the list is not streamed")
      return
    }
    let first = try house.connection.reading(at: house.now, body)
    let next = try #require(first.content.next)
    _ = try house.connection.reading(at: house.now, next)
    let id = try #require(try house.connection.reading(at: house.now) { try $0.tokens() }.first { $0.user == "mallory" }?.id)
    try house.write { _ = try Tokens.revoke(id: id, by: "test", in: $0) }
    #expect(throws: (any Error).self) { try house.connection.reading(at: house.now, next) }
  }

  @Test func theExportHasEveryEntryOnceOnItsLine() throws {
    for index in 21...90 { try house.deployment(.blocked(Int64(index))) }
    let response = house.send(.get, "/api/v1/audit/export", as: "audrey")
    #expect(response["Content-Type"] == "application/jsonl")
    #expect(house.pieces.count > 1)
    let lines = response.text.split(separator: "\n")
    let entries = try lines.map { try JSONValue.parse(Array($0.utf8)) }
    let head = try house.connection.reading(at: house.now) { try $0.auditHead() }
    #expect(entries.map { $0["seq"]?.integer } == (1...head.seq).map { $0 })
    #expect(entries.last?["hash"]?.string == head.hash)
  }

  @Test func theExportSpeaksCSV() throws {
    let response = house.send(.get, "/api/v1/audit/export?format=csv&change=CHG-3", as: "audrey")
    #expect(response["Content-Type"] == "text/csv; charset=utf-8")
    #expect(response["Content-Disposition"] == "attachment; filename=\"audit.csv\"")
    let lines = response.text.split(separator: "\n")
    #expect(lines.first == "seq,at,actor,action,change,detail,previous_hash,hash")
    #expect(lines.count == 3)
    #expect(lines.dropFirst().allSatisfy { $0.contains(",CHG-3,") })
  }

  @Test func theExportIsForAuditors() {
    #expect(house.send(.get, "/api/v1/audit/export", as: "vera").status == .forbidden)
    #expect(house.send(.get, "/api/v1/audit/export?format=xml", as: "audrey").code == "invalid_value")
    #expect(house.send(.get, "/api/v1/audit/export?limit=3", as: "audrey").code == "unknown_parameter")
  }
}

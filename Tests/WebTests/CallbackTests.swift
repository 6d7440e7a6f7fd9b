import ChangeControl
import Gate
import HTTPTypes
import JSON
import Testing

@Suite struct CallbackTests {
  let house: House
  let path = "/api/v1/changes/CHG-1/callbacks/retry"

  init() throws {
    house = try House()
    try house.deployment(.blocked())
  }

  private func abandon() throws {
    house.send(.post, "/api/v1/changes/CHG-1/approval", as: "alice", body: #"{"status":"rejected","comment":"no"}"#)
    try house.write { transaction in
      let claim = try #require(try house.gate.claim(instance: "main", limit: 10, in: transaction).first)
      _ = try house.gate.settle(claim, .impossible(reason: "the account may not"), in: transaction)
    }
  }

  @Test func anOperatorHasItTriedAgain() throws {
    try abandon()
    let shown = house.send(.get, "/api/v1/changes/CHG-1", as: "vera")
    #expect(shown.json["callbacks"]?.array?.first?["state"] == "abandoned")
    let response = house.send(.post, path, as: "oscar", fields: [.ifMatch: shown["ETag"] ?? ""])
    #expect(response.status == .ok)
    #expect(response["ETag"] != shown["ETag"])
    #expect(response.json["callbacks"]?.array?.first?["state"] == "pending")
    #expect(response.json["callbacks"]?.array?.first?["attempts"] == 0)
    #expect(try house.auditEntries(.callbackRetried).map(\.actor) == ["oscar"])
    #expect(house.send(.post, path, as: "oscar").code == "nothing_abandoned")
  }

  @Test func whatIsNotAbandonedOrNotThereIsRefused() throws {
    let before = try house.rowCounts()
    #expect(house.send(.post, path, as: "oscar").code == "nothing_abandoned")
    #expect(house.send(.post, path, as: "oscar", fields: [.ifMatch: "\"5\""]).code == "stale_revision")
    #expect(house.send(.post, "/api/v1/changes/CHG-2/callbacks/retry", as: "adam").code == "change_not_found")
    #expect(try house.rowCounts() == before)
  }
}

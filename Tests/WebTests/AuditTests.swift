import Calendar
import ChangeControl
import Cryptography
import HTTPTypes
import JSON
import Storage
import Testing

@Suite struct AuditTests {
  let house: House

  init() throws {
    house = try House()
    try house.deployment(.blocked(1))
    try house.deployment(.blocked(2))
    house.now = House.start + .seconds(60)
    house.send(.post, "/api/v1/changes/CHG-1/approval", as: "alice", body: #"{"status":"rejected","comment":"Too RISKY"}"#)
    house.send(.post, "/api/v1/changes/CHG-2/comments", as: "bob", body: #"{"comment":"hm"}"#)
  }

  private func actions(_ target: String, as user: String = "audrey") -> [String] {
    (house.send(.get, target, as: user).json["entries"]?.array ?? []).compactMap { $0["action"]?.string }
  }

  @Test func tellsEverythingTheHashIsTakenOver() throws {
    let entries = try #require(house.send(.get, "/api/v1/audit?limit=100", as: "audrey").json["entries"]?.array)
    #expect(entries.count == 13)
    var previous = String(repeating: "0", count: 64)
    for (index, entry) in entries.enumerated() {
      #expect(entry["seq"]?.integer == Int64(index + 1))
      #expect(entry["previous_hash"]?.string == previous)
      var content = try #require(entry.object)
      content["hash"] = nil
      #expect(Digest.sha256Text(JSONValue.object(content).canonicalBytes) == entry["hash"]?.string)
      previous = try #require(entry["hash"]?.string)
    }
    guard case .holds(let head) = try house.auditChain() else {
      Issue.record("the audit chain is broken")
      return
    }
    #expect(head.hash == previous)
  }

  @Test(arguments: [
    ("?change=CHG-1", ["change.opened", "approval.recorded", "gate.turned"]), ("?change=chg-2", ["change.opened", "change.commented"]),
    ("?change=CHG-99", []), ("?actor=BOB", ["change.commented"]), ("?action=gate.turned", ["gate.turned"]),
    ("?since=2026-09-03T09:16:02Z", ["approval.recorded", "gate.turned", "change.commented"]),
    ("?until=2026-09-03T09:16:02Z&change=CHG-1", ["change.opened"]), ("?q=too+risky", ["approval.recorded", "gate.turned"]),
    ("?action=change.opened&limit=1", ["change.opened"]),
  ])
  func filters(_ query: String, expected: [String]) {
    let found = actions("/api/v1/audit" + query)
    // Whether the evaluation in an entry repeats a comment is not this test's business.
    #expect(query.hasPrefix("?q=") ? found.first == expected.first : found == expected)
  }

  @Test func pagesToTheEnd() throws {
    var seen: [Int64] = []
    var target = "/api/v1/audit?limit=5&until=2027-01-01"
    while true {
      let page = house.send(.get, target, as: "adam")
      seen += (page.json["entries"]?.array ?? []).compactMap { $0["seq"]?.integer }
      guard let link = page["Link"] else { break }
      target = String(link.dropFirst().prefix { $0 != ">" })
    }
    #expect(seen == Array(1...13))
  }

  @Test func oneChangesEntriesAreForAllWhoMayReadIt() {
    #expect(actions("/api/v1/changes/CHG-2/audit", as: "vera") == ["change.opened", "change.commented"])
    #expect(actions("/api/v1/changes/CHG-2/audit?action=change.commented", as: "vera") == ["change.commented"])
    #expect(house.send(.get, "/api/v1/changes/CHG-2/audit?change=CHG-1", as: "vera").code == "unknown_parameter")
  }

  @Test(arguments: [
    ("?change=1", 422, "invalid_value"), ("?action=gate.opened", 422, "invalid_value"), ("?limit=1000", 422, "invalid_value"),
    ("?since=now", 422, "invalid_value"), ("?gate=awaiting", 400, "unknown_parameter"), ("?cursor=x", 422, "invalid_value"),
  ])
  func whatCannotBeIsRefused(_ query: String, status: Int, code: String) {
    let response = house.send(.get, "/api/v1/audit" + query, as: "audrey")
    #expect(response.status.code == status)
    #expect(response.code == code)
    // Who may not read it is not told what would be right.
    #expect(house.send(.get, "/api/v1/audit" + query, as: "alice").code == "insufficient_role")
  }
}

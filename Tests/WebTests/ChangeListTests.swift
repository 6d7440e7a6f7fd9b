import Calendar
import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Lists: filters, pages, and queries that cannot be.
@Suite struct ChangeListTests {
  let house: House

  /// CHG-1 … CHG-7, an hour apart.
  init() throws {
    house = try House()
    for index in 0..<7 {
      house.now = House.start + .seconds(Int64(index) * 3_600)
      try house.deployment(
        .blocked(
          Int64(800 + index), environment: index % 2 == 0 ? "production" : "staging", tier: index % 2 == 0 ? "production" : "staging",
          project: index < 5 ? 30 : 31, path: index < 5 ? "checkout" : "ledger", triggerer: index == 3 ? "Erin" : "dana",
          title: index == 6 ? "Fix the 100% bug & more" : "Ordinary"))
    }
    house.send(.post, "/api/v1/changes/CHG-2/approval", as: "alice", body: #"{"status":"rejected","comment":"no"}"#)
  }

  private func list(_ query: String) -> Response { house.send(.get, "/api/v1/changes" + query, as: "vera") }

  @Test(arguments: [
    ("", [7, 6, 5, 4, 3, 2, 1]), ("?gate=prevented", [2]), ("?gate=awaiting&environment=staging", [6, 4]), ("?status=rejected", [2]),
    ("?status=Awaiting%20approval&project=31", [7, 6]), ("?status=Awaiting+approval&project=31", [7, 6]),
    ("?service=checkout&limit=2", [7, 6]),
    ("?service=other", []), ("?project=acme/payments/ledger", [7, 6]), ("?project=acme%2Fpayments%2Fledger", [7, 6]),
    ("?tier=staging", [6, 4, 2]), ("?requested_by=erin", [4]), ("?since=2026-09-03T14:15:02Z", [7, 6]),
    ("?until=2026-09-03T10:15:02Z", [1]), ("?since=2026-09-03T10:15:02.000Z&until=2026-09-03T12:15:02Z", [3, 2]),
    ("?since=2026-09-03T16:15:02%2B02:00", [7, 6]), ("?since=2026-09-04", []), ("?q=100%25+bug+%26", [7]),
    ("?q=ORDINARY&tier=production", [5, 3, 1]),
    ("?q=chg-3", [3]), ("?", [7, 6, 5, 4, 3, 2, 1]), ("?limit=100", [7, 6, 5, 4, 3, 2, 1]), ("?cursor=3", [2, 1]),
  ])
  func filters(_ query: String, expected: [Int64]) {
    let response = list(query)
    #expect(response.status == .ok)
    #expect(response.json.keys == expected.map(ChangeRequest.key))
  }

  @Test func pagesToTheEndWithoutMissingOrRepeatingOne() throws {
    var keys: [String] = []
    var target = "/api/v1/changes?gate=awaiting&q=Ordinary&limit=2"
    for _ in 0..<10 {
      let page = house.send(.get, target, as: "vera")
      #expect(page.status == .ok)
      keys += page.json.keys
      guard let cursor = page.json["next_cursor"]?.string else {
        #expect(page.json["next_cursor"] == .null)
        #expect(page["Link"] == nil)
        break
      }
      let link = try #require(page["Link"])
      #expect(link == "</api/v1/changes?gate=awaiting&q=Ordinary&limit=2&cursor=\(cursor)>; rel=\"next\"")
      target = String(link.dropFirst().prefix { $0 != ">" })
    }
    #expect(keys == ["CHG-6", "CHG-5", "CHG-4", "CHG-3", "CHG-1"])
  }

  @Test func aFullLastPageHasNoNext() {
    #expect(list("?limit=7").json["next_cursor"] == .null)
    #expect(list("?limit=6").json["next_cursor"]?.string == "2")
  }

  @Test func theLinkKeepsFiltersAndTheProxysPath() throws {
    var plan = ControlPlan.example
    plan.publicURL = "https://tools.example.com/gate"
    let behindProxy = try House(plan: plan)
    for id in 1...2 { try behindProxy.deployment(.blocked(Int64(id), title: "a&b=c/d é")) }
    let link = behindProxy.send(.get, "/api/v1/changes?limit=1&q=a%26b%3Dc/d+%C3%A9", as: "vera")["Link"]
    #expect(link == "</gate/api/v1/changes?limit=1&q=a%26b%3Dc%2Fd%20%C3%A9&cursor=2>; rel=\"next\"")
  }

  static let refused: [(query: String, status: Int, code: String, says: String)] = [
    ("?gate=open", 422, "invalid_value", "awaiting, allowed, prevented, invalid"), ("?gate=", 422, "invalid_value", "empty"),
    ("?gate", 422, "invalid_value", "empty"), ("?gate=Awaiting", 422, "invalid_value", "awaiting"),
    ("?tier=prod", 422, "invalid_value", "production"), ("?limit=0", 422, "invalid_value", "100"),
    ("?limit=101", 422, "invalid_value", "100"),
    ("?limit=-1", 422, "invalid_value", "100"), ("?limit=%2B5", 422, "invalid_value", "100"), ("?limit=ten", 422, "invalid_value", "100"),
    ("?limit=99999999999999999999", 422, "invalid_value", "100"), ("?cursor=abc", 422, "invalid_value", "next_cursor"),
    ("?cursor=-1", 422, "invalid_value", "next_cursor"), ("?since=yesterday", 422, "invalid_value", "ISO 8601"),
    ("?until=2026-02-30", 422, "invalid_value", "ISO 8601"), ("?since=2026-09-03T16:15:02+02:00", 422, "invalid_value", "%2B"),
    ("?statsu=x", 400, "unknown_parameter", "did you mean 'status'?"), ("?page=2", 400, "unknown_parameter", "cursor"),
    ("?gate=awaiting&gate=awaiting", 400, "repeated_parameter", "gate"), ("?q=%zz", 400, "malformed_query", "%25"),
    ("?q=%", 400, "malformed_query", "%25"), ("?q=%f", 400, "malformed_query", "%25"), ("?q=%ff", 400, "malformed_query", "UTF-8"),
    ("?q=%00", 400, "malformed_query", "UTF-8"), ("?=x", 400, "malformed_query", "name=value"),
    ("?q=\(String(repeating: "a", count: 256))", 422, "invalid_value", "255"),
  ]

  @Test(arguments: refused) func whatCannotBeIsRefused(_ row: (query: String, status: Int, code: String, says: String)) {
    let response = list(row.query)
    #expect(response.status.code == row.status)
    #expect(response.code == row.code)
    #expect(response.message.contains(row.says))
  }
}

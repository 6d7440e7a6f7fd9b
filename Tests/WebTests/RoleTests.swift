import ChangeControl
import HTTPTypes
import Storage
import Testing

/// Each role at each endpoint: the status of the answer, and that a refusal leaves everything as it was.
@Suite struct RoleTests {
  struct Row: Sendable, CustomTestStringConvertible {
    var method: HTTPRequest.Method
    var path: String
    var body: String?
    /// In the order of `roles`.
    var statuses: [Int]
    var testDescription: String { "\(method) \(path)" }
  }

  /// The approver is eligible, so are the operator and the admin.
  static let roles = [("vera", "viewer"), ("alice", "approver"), ("oscar", "operator"), ("audrey", "auditor"), ("adam", "admin")]

  static let rows: [Row] = [
    Row(method: .get, path: "/api/v1/me", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/changes", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/changes/CHG-1", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/changes/CHG-1/evaluation", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/changes/CHG-1/comments", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/changes/CHG-1/audit", statuses: [200, 200, 200, 200, 200]),
    Row(method: .get, path: "/api/v1/audit", statuses: [403, 403, 403, 200, 200]),
    Row(
      method: .post, path: "/api/v1/changes/CHG-1/approval", body: #"{"status":"approved"}"#, statuses: [403, 201, 201, 403, 201]),
    Row(method: .delete, path: "/api/v1/changes/CHG-1/approval", statuses: [403, 404, 404, 403, 404]),
    Row(method: .post, path: "/api/v1/changes/CHG-1/comments", body: #"{"comment":"x"}"#, statuses: [403, 201, 201, 403, 201]),
    Row(method: .post, path: "/api/v1/changes/CHG-1/callbacks/retry", statuses: [403, 403, 409, 403, 409]),
  ]

  @Test(arguments: rows) func eachRoleMayDoWhatItMay(_ row: Row) throws {
    for ((user, role), status) in zip(RoleTests.roles, row.statuses) {
      let house = try House()
      try house.deployment(.blocked())
      let before = try house.rowCounts()
      let response = house.send(row.method, row.path, as: user, body: row.body)
      #expect(response.status.code == status, "\(role)")
      if status == 403 {
        #expect(response.code == "insufficient_role")
        #expect(response.message.contains(role))
      }
      if status != 201 { #expect(try house.rowCounts() == before, "\(role)") }
    }
  }

  @Test func withoutATokenThereIsNothing() throws {
    let house = try House()
    try house.deployment(.blocked())
    let before = try house.rowCounts()
    for row in RoleTests.rows {
      let response = house.send(row.method, row.path, body: row.body)
      #expect(response.code == "token_missing")
      #expect(response["WWW-Authenticate"] == "Bearer")
    }
    #expect(try house.rowCounts() == before)
  }
}

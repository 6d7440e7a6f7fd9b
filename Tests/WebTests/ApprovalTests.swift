import ChangeControl
import HTTPTypes
import JSON
import Storage
import Testing

/// Who may say yes and no, when, and what is written then.
@Suite struct ApprovalTests {
  let house: House
  let key: String
  var path: String { "/api/v1/changes/\(key)/approval" }

  init() throws {
    house = try House()
    key = try house.deployment(.blocked())
  }

  private func approve(as user: String, _ body: String = #"{"status":"approved"}"#, fields: HTTPFields = [:]) -> (Int, String?) {
    let response = house.send(.post, path, as: user, fields: fields, body: body)
    return (response.status.code, response.code)
  }

  @Test func twoApprovalsOpenTheGateAndOweTheCallbacks() throws {
    let first = house.send(.post, path, as: "alice", body: #"{"status":"approved","comment":" Looks good. "}"#)
    #expect(first.status == .created)
    #expect(first["ETag"] == "\"2\"")
    #expect(first.json["gate"]?.string == "awaiting")
    #expect(first.json["waiting_for"]?.array == ["1 more approval from group release-managers"])
    #expect(first.json["approvals"]?.array?.first?["comment"]?.string == "Looks good.")
    #expect(first.json["approvals"]?.array?.first?["rule"]?.integer == 0)

    let second = house.send(.post, path, as: "bob", fields: [.ifMatch: "\"2\""], body: #"{"status":"approved"}"#)
    #expect(second.status == .created)
    #expect(second.json["gate"]?.string == "allowed")
    #expect(second.json["callbacks"]?.array?.compactMap { $0["step"]?.string } == ["approve", "play"])
    #expect(second.json["callbacks"]?.array?.allSatisfy { $0["state"]?.string == "pending" && $0["attempts"]?.integer == 0 } == true)

    let entries = try house.auditEntries(.approvalRecorded)
    #expect(entries.map(\.actor) == ["alice", "bob"])
    #expect(entries.last?.detail.contains("\"revision_seen\":2") == true)
    #expect(entries.last?.detail.contains("\"request_id\":\"fresh-id\"") == true)
    #expect(try house.auditEntries(.gateTurned).count == 1)
    guard case .holds = try house.auditChain() else {
      Issue.record("the audit chain is broken")
      return
    }
  }

  @Test func oneRejectionStopsIt() throws {
    let response = house.send(.post, path, as: "alice", body: #"{"status":"rejected","comment":"not on a Friday"}"#)
    #expect(response.status == .created)
    #expect(response.json["gate"]?.string == "prevented")
    #expect(response.json["approvals"]?.array?.first?["rule"] == .null)
    #expect(response.json["callbacks"]?.array?.compactMap { $0["step"]?.string } == ["reject"])
  }

  struct RefusedDecision: Sendable, CustomTestStringConvertible {
    var user: String
    var body: String
    var ifMatch: String?
    var status: Int
    var code: String
    var testDescription: String { "\(user) \(body.prefix(60)) \(ifMatch ?? "") → \(status) \(code)" }

    init(_ user: String, _ body: String, ifMatch: String? = nil, _ status: Int, _ code: String) {
      (self.user, self.body, self.ifMatch, self.status, self.code) = (user, body, ifMatch, status, code)
    }
  }

  static let refused: [RefusedDecision] = [
    RefusedDecision("dana", #"{"status":"approved"}"#, 403, "own_deployment"),
    RefusedDecision("eve", #"{"status":"approved"}"#, 403, "not_eligible"),
    RefusedDecision("vera", #"{"status":"approved"}"#, 403, "insufficient_role"),
    RefusedDecision("audrey", #"{"status":"approved"}"#, 403, "insufficient_role"),
    RefusedDecision("alice", #"{"status":"approved","represented_as":"security"}"#, 403, "not_represented"),
    RefusedDecision("alice", #"{"status":"rejected"}"#, 422, "comment_required"),
    RefusedDecision("alice", #"{"status":"rejected","comment":" \n "}"#, 422, "comment_required"),
    RefusedDecision("alice", #"{"status":"rejected","comment":null}"#, 422, "comment_required"),
    RefusedDecision("alice", #"{"status":"maybe"}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"status":1}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"status":"approved","comment":7}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"status":"approved","comment":"\u0000"}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"status":"approved","comment":"\#(String(repeating: "a", count: 10_001))"}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"status":"approved","represented_as":"a\nb"}"#, 422, "invalid_value"),
    RefusedDecision("alice", #"{"comment":"yes"}"#, 422, "missing_member"),
    RefusedDecision("alice", #"{"status":null}"#, 422, "missing_member"),
    RefusedDecision("alice", #"{"status":"approved","coment":"x"}"#, 422, "unknown_member"),
    RefusedDecision("alice", #"{"status":"rejected","comment":"no","status":"approved"}"#, 400, "repeated_member"),
    RefusedDecision("alice", #"["approved"]"#, 422, "invalid_value"),
    RefusedDecision("alice", "status=approved", 400, "not_json"),
    RefusedDecision("alice", "", 400, "not_json"),
    RefusedDecision("alice", #"{"status":"approved"}"#, ifMatch: "\"9\"", 409, "stale_revision"),
    RefusedDecision("alice", #"{"status":"approved"}"#, ifMatch: "W/\"1\"", 409, "stale_revision"),
    RefusedDecision("alice", #"{"status":"approved"}"#, ifMatch: "\"not ours\"".replacing(" ", with: "-"), 409, "stale_revision"),
    RefusedDecision("alice", #"{"status":"approved"}"#, ifMatch: "1", 400, "malformed_if_match"),
    RefusedDecision("alice", #"{"status":"approved"}"#, ifMatch: "\"1", 400, "malformed_if_match"),
    // Who may not ask is told nothing about what would be right.
    RefusedDecision("vera", "not json", ifMatch: "1", 403, "insufficient_role"),
  ]

  @Test(arguments: refused) func refusesAndWritesNothing(_ decision: RefusedDecision) throws {
    let before = try house.rowCounts()
    let fields: HTTPFields = decision.ifMatch.map { [.ifMatch: $0] } ?? [:]
    let response = house.send(.post, path, as: decision.user, fields: fields, body: decision.body)
    #expect(response.status.code == decision.status)
    #expect(response.code == decision.code)
    #expect(response.message.count > 10)
    #expect(try house.rowCounts() == before)
  }

  @Test(arguments: ["*", "\"1\"", "\"7\", \"1\"", "W/\"3\" , \"1\""]) func actsOnWhatTheCallerHasSeen(_ ifMatch: String) {
    #expect(approve(as: "alice", fields: [.ifMatch: ifMatch]) == (201, nil))
  }

  @Test func anUnknownMemberIsNamedWithTheNearestKnownOne() {
    let response = house.send(.post, path, as: "alice", body: #"{"status":"approved","coment":"x"}"#)
    #expect(response.message.contains("'coment'"))
    #expect(response.message.contains("did you mean 'comment'?"))
  }

  @Test func theSameAgainChangesNothing() throws {
    #expect(approve(as: "alice") == (201, nil))
    let before = try house.rowCounts()
    #expect(approve(as: "alice") == (201, nil))
    #expect(try house.rowCounts() == before)
  }

  @Test func aDecidedChangeTakesNoMore() throws {
    _ = approve(as: "alice")
    _ = approve(as: "bob")
    let before = try house.rowCounts()
    #expect(approve(as: "oscar") == (409, "not_waiting"))
    let withdrawal = house.send(.delete, path, as: "alice")
    #expect(withdrawal.status == .conflict)
    #expect(withdrawal.code == "not_waiting")
    #expect(try house.rowCounts() == before)
  }

  @Test func withdrawsOnesOwn() throws {
    #expect(house.send(.delete, path, as: "alice").code == "nothing_to_withdraw")
    _ = approve(as: "alice")
    #expect(house.send(.delete, path, as: "bob").status == .notFound)
    #expect(house.send(.delete, path, as: "alice", fields: [.ifMatch: "\"1\""]).code == "stale_revision")
    let response = house.send(.delete, path, as: "alice", fields: [.ifMatch: "\"2\""])
    #expect(response.status == .ok)
    #expect(response["ETag"] == "\"3\"")
    #expect(response.json["approvals"]?.array == [])
    #expect(try house.auditEntries(.approvalWithdrawn).map(\.actor) == ["alice"])
  }

  @Test(arguments: ["CHG-99", "CHG-0", "CHG", "1", "%20"]) func anUnknownChangeIsNotFound(_ unknown: String) {
    for (method, body) in [(HTTPRequest.Method.post, #"{"status":"approved"}"#), (.delete, "")] {
      let response = house.send(method, "/api/v1/changes/\(unknown)/approval", as: "alice", body: body)
      #expect(response.status == .notFound)
      #expect(response.code == "change_not_found")
    }
  }
}

import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Steps along the workflow: which there are, who may take them, and what comes of it.
@Suite struct TransitionTests {
  private func house(_ workflow: String) throws -> House {
    var plan = ControlPlan.example
    plan.services[0].workflow = workflow
    plan.workflows["roles"] = .roles
    let house = try House(plan: plan)
    try house.deployment(.blocked())
    return house
  }

  private let path = "/api/v1/changes/CHG-1"

  private func take(_ name: String, _ house: House, as user: String = "oscar", comment: String? = nil) -> Response {
    let body: JSONValue = ["name": .string(name), "comment": .optional(comment)]
    return house.send(.post, path + "/transitions", as: user, body: body.text)
  }

  private func approve(_ house: House) {
    for user in ["alice", "bob"] {
      #expect(house.send(.post, path + "/approval", as: user, body: #"{"status":"approved"}"#).status == .created)
    }
  }

  @Test func aCancellationPreventsAndOwesGitLabTheRejection() throws {
    let house = try house("simple")
    let response = take("Cancel", house, comment: "the release is off")
    #expect(response.status == .created)
    #expect(response["ETag"] == "\"2\"")
    #expect(response.json["status"]?.string == "Canceled")
    #expect(response.json["gate"]?.string == "prevented")
    #expect(response.json["decided_by"]?.string == "oscar")
    #expect(response.json["decided_at"]?.string != nil && response.json["closed_at"]?.string != nil)
    #expect(response.json["callbacks"]?.array?.compactMap { $0["step"]?.string } == ["reject"])
    let comments = house.send(.get, path + "/comments", as: "vera").json["comments"]?.array ?? []
    #expect(comments.map { $0["comment"]?.string } == ["the release is off"])

    let entry = try #require(try house.auditEntries(.gateTurned).first)
    #expect(entry.actor == "oscar")
    for words in [#""transition":"Cancel""#, #""gate":"prevented""#, #""comment":"the release is off""#, #""request_id":"fresh-id""#] {
      #expect(entry.detail.contains(words), "\(entry.detail)")
    }
    guard case .holds = try house.auditChain() else {
      Issue.record("the audit chain is broken")
      return
    }
  }

  @Test func anITSMChangeGoesItsWay() throws {
    let house = try house("itsm")
    approve(house)
    let planned = house.send(.get, path, as: "vera").json
    #expect(planned["status"]?.string == "Planning")
    #expect(planned["gate"]?.string == "awaiting" && planned["decided_at"] == .null && planned["callbacks"]?.array == [])

    #expect(take("Ready for implementation", house).json["status"]?.string == "Awaiting implementation")
    let started = take("Start implementation", house, comment: "go")
    #expect(started.status == .created)
    #expect(started.json["status"]?.string == "Implementing")
    #expect(started.json["gate"]?.string == "allowed")
    #expect(started.json["callbacks"]?.array?.compactMap { $0["step"]?.string } == ["approve", "play"])
    #expect(try house.auditEntries(.statusChanged).map(\.actor) == ["gatehouse", "oscar"])
    #expect(try house.auditEntries(.gateTurned).map(\.actor) == ["oscar"])

    try house.deployment(.blocked().with { $0.status = .success })
    #expect(house.send(.get, path, as: "vera").json["status"]?.string == "Resolved")
    #expect(take("Close", house).json["status"]?.string == "Closed")
    #expect(house.send(.get, path, as: "vera").json["gate"]?.string == "allowed")
  }

  /// A yes that is taken back before the start is missing at the start.
  @Test func nobodyStartsWhatIsNotApprovedAnyMore() throws {
    let house = try house("itsm")
    approve(house)
    _ = take("Ready for implementation", house)
    #expect(house.send(.delete, path + "/approval", as: "bob").status == .ok)
    let before = try house.rowCounts()
    let response = take("Start implementation", house)
    #expect(response.status == .conflict)
    #expect(response.code == "not_approved")
    #expect(response.message.contains("1 more approval from group release-managers"))
    #expect(try house.rowCounts() == before)
  }

  @Test func theListSaysWhatIsOpenAndWhyTheRestIsNot() throws {
    let house = try house("simple")
    let response = house.send(.get, path + "/transitions", as: "oscar")
    #expect(response.status == .ok && response["ETag"] == "\"1\"")
    #expect(response.json["status"]?.string == "Awaiting approval")
    let transitions = response.json["transitions"]?.array ?? []
    #expect(
      transitions.first {
        $0["name"]?.string == "Cancel"
      } == ["name": "Cancel", "to": "Canceled", "gate": "prevented", "by": "person", "open": true, "why_not": nil])
    #expect(
      transitions.map { $0["why_not"]?["code"]?.string } == [
        "not_by_hand", "not_by_hand", nil, "break_glass_not_allowed", "not_by_hand", "not_by_hand", "not_by_hand", "not_by_hand",
        "not_by_hand", "not_by_hand",
      ])
    let others = house.send(.get, path + "/transitions", as: "vera").json["transitions"]?.array ?? []
    #expect(others.allSatisfy { $0["open"]?.bool == false })
    #expect(others[2]["why_not"]?["code"]?.string == "insufficient_role")
    #expect(house.send(.get, "/api/v1/changes/CHG-9/transitions", as: "vera").code == "change_not_found")
  }

  @Test(
    arguments: [
      ("alice", "For approvers", 201, nil), ("alice", "For operators", 403, "insufficient_role"),
      ("oscar", "For operators", 201, nil), ("oscar", "For admins", 403, "insufficient_role"), ("adam", "For admins", 201, nil),
      ("audrey", "For approvers", 403, "insufficient_role"), ("vera", "For approvers", 403, "insufficient_role"),
    ] as [(String, String, Int, String?)])
  func aTransitionTakesItsRole(_ user: String, _ name: String, _ status: Int, _ code: String?) throws {
    let response = take(name, try house("roles"), as: user)
    #expect(response.status.code == status)
    #expect(response.code == code)
  }

  struct RefusedStep: Sendable, CustomTestStringConvertible {
    var user = "oscar"
    var workflow = "simple"
    var body: String
    var ifMatch: String?
    var status: Int
    var code: String
    var says = ""
    var testDescription: String { "\(workflow) \(user) \(body.prefix(60)) → \(status) \(code)" }
  }

  static let refused = [
    RefusedStep(body: #"{"name":"Approve"}"#, status: 403, code: "not_by_hand", says: "approvals that policy two-people asks for"),
    RefusedStep(body: #"{"name":"Reject"}"#, status: 403, code: "not_by_hand", says: "reject CHG-1"),
    RefusedStep(user: "adam", workflow: "itsm", body: #"{"name":"Approve"}"#, status: 403, code: "not_by_hand"),
    RefusedStep(body: #"{"name":"Deployment failed"}"#, status: 403, code: "not_by_hand", says: "failed"),
    RefusedStep(body: #"{"name":"Expire"}"#, status: 403, code: "not_by_hand"),
    RefusedStep(body: #"{"name":"Emergency override","comment":"down"}"#, status: 403, code: "break_glass_not_allowed"),
    RefusedStep(body: #"{"name":"Ship it"}"#, status: 404, code: "transition_not_found", says: "there are: Cancel, Emergency override"),
    RefusedStep(body: #"{"name":"cancel"}"#, status: 404, code: "transition_not_found"),
    RefusedStep(
      workflow: "itsm", body: #"{"name":"Start implementation"}"#, status: 409, code: "wrong_status",
      says: "leads on from Awaiting implementation, and CHG-1 is in Peer review"),
    RefusedStep(user: "alice", body: #"{"name":"Cancel"}"#, status: 403, code: "insufficient_role", says: "operator or admin"),
    RefusedStep(user: "vera", body: "no json", status: 403, code: "insufficient_role"),
    RefusedStep(body: #"{"name":"Cancel"}"#, ifMatch: "\"3\"", status: 409, code: "stale_revision"),
    RefusedStep(body: #"{"comment":"why"}"#, status: 422, code: "missing_member"),
    RefusedStep(body: #"{"name":" "}"#, status: 422, code: "missing_member"),
    RefusedStep(body: #"{"name":"Cancel","to":"Approved"}"#, status: 422, code: "unknown_member"),
    RefusedStep(body: #"{"name":["Cancel"]}"#, status: 422, code: "invalid_value"),
    RefusedStep(body: "Cancel", status: 400, code: "not_json"),
  ]

  @Test(arguments: refused) func refusesAndWritesNothing(_ step: RefusedStep) throws {
    let house = try house(step.workflow)
    let before = try house.rowCounts()
    let fields: HTTPFields = step.ifMatch.map { [.ifMatch: $0] } ?? [:]
    let response = house.send(.post, path + "/transitions", as: step.user, fields: fields, body: step.body)
    #expect(response.status.code == step.status)
    #expect(response.code == step.code)
    #expect(response.message.contains(step.says) && response.message.count > 10, "\(response.message)")
    #expect(try house.rowCounts() == before)
  }

  @Test func anUnknownChangeIsNotFound() throws {
    let response = try house("simple").send(.post, "/api/v1/changes/CHG-9/transitions", as: "oscar", body: #"{"name":"Cancel"}"#)
    #expect(response.code == "change_not_found")
  }
}

extension Workflow {
  /// One transition for each role that can have one.
  fileprivate static let roles = Workflow(
    name: "roles",
    statuses: [
      Status(name: "Waiting", category: .toDo, gate: .awaiting), Status(name: "Going", category: .done, gate: .allowed),
      Status(name: "Stopped", category: .done, gate: .prevented),
    ],
    transitions: [
      Transition(from: "Waiting", name: "Approve", to: "Going", trigger: .approval),
      Transition(from: "Waiting", name: "Reject", to: "Stopped", trigger: .rejection),
      Transition(from: "Waiting", name: "For approvers", to: "Stopped", trigger: .person(role: .approver)),
      Transition(from: "Waiting", name: "For operators", to: "Stopped", trigger: .person(role: .operator)),
      Transition(from: "Waiting", name: "For admins", to: "Stopped", trigger: .person(role: .admin)),
    ])
}

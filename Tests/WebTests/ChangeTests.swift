import Calendar
import ChangeControl
import HTTPTypes
import JSON
import Testing

/// One change request, as the contract words it.
@Suite struct ChangeTests {
  let house: House
  let path: String

  init() throws {
    house = try House()
    path = "/api/v1/changes/" + (try house.deployment(.blocked()))
  }

  @Test func showsTheContractsObject() throws {
    house.now = House.start + .seconds(1)
    house.send(.post, path + "/approval", as: "alice", body: #"{"status":"approved","represented_as":"release-managers"}"#)
    let expected: JSONValue = [
      "key": "CHG-1", "status": "Awaiting approval", "gate": "awaiting", "type": "normal", "revision": 2,
      "url": "https://gatehouse.example.com/changes/CHG-1", "service": "checkout", "service_name": "Checkout", "policy": "two-people",
      "policy_kept": nil, "workflow": "simple", "instance": "main",
      "project": [
        "id": 30, "path": "acme/payments/checkout", "web_url": "https://gitlab.example.com/acme/payments/checkout",
      ],
      "environment": ["name": "production", "tier": "production"],
      "deployment": [
        "id": 815, "iid": 12, "status": "blocked", "job_id": 79_601, "job_name": "deploy", "job_status": "manual",
        "job_url": "https://gitlab.example.com/jobs/79601", "pipeline_id": 901, "ref": "main",
        "sha": "279484c09fbe69ededfced8c1bb6e6d24616b468", "commit_title": "Round up \"taxes\"",
        "commit_authors": ["Erin <erin@example.com>"], "pending_approval_count": 1,
      ],
      "requested_by": ["id": 12, "username": "dana", "name": "Dana Doe"], "risk": nil, "impact": nil, "reason": nil,
      "implementation_plan": nil, "rollback_plan": nil, "planned_start": nil, "planned_end": nil, "out_of_band": false,
      "created_at": "2026-09-03T09:15:02.000Z", "updated_at": "2026-09-03T09:15:03.000Z", "expires_at": nil, "decided_at": nil,
      "decided_by": nil, "closed_at": nil, "ended": nil, "break_glass": nil, "review": nil,
      "approvals": [
        [
          "user": "alice", "status": "approved", "comment": nil, "represented_as": "release-managers",
          "created_at": "2026-09-03T09:15:03.000Z", "rule": 0, "step": "Awaiting approval", "effective_at": nil,
        ]
      ],
      "freeze_overrides": [], "gitlab_approvals": [], "callbacks": [], "drift": [],
      "waiting_for": ["1 more approval from group release-managers"],
      "who_could": [["waiting_for": "1 more approval from group release-managers", "users": ["bob", "oscar", "adam"], "others": 0]],
    ]
    let response = house.send(.get, path, as: "vera")
    #expect(response.json == expected)
    // A list shows the very same.
    #expect(house.send(.get, "/api/v1/changes", as: "vera").json["changes"] == .array([expected]))
  }

  @Test func tellsWhatGitLabDidNotSayAsNull() throws {
    let key = try house.deployment(
      .blocked(816).with { facts in
        facts.triggerer = nil
        facts.job = nil
        facts.iid = nil
        facts.pipeline = nil
        facts.ref = nil
        facts.commitTitle = nil
        facts.commitAuthors = []
      })
    let change = house.send(.get, "/api/v1/changes/\(key)", as: "vera").json
    #expect(change["requested_by"] == .null)
    for name in ["iid", "job_id", "job_name", "job_status", "job_url", "pipeline_id", "ref", "commit_title"] {
      #expect(change["deployment"]?[name] == .null, "\(name)")
    }
    #expect(change["waiting_for"]?.array?.contains { $0.string?.contains("who triggered the deployment") == true } == true)
  }

  @Test func approvalsInGitLabShowAndCountARevision() throws {
    let before = house.send(.get, path, as: "vera")
    try house.deployment(
      .blocked().with { facts in
        facts.pendingApprovals = 0
        facts.approvals = [
          RecordedApproval(person: Person(id: 7, username: "mallory", name: "M"), status: .approved, comment: "ok", createdAt: nil)
        ]
      })
    let after = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: before["ETag"] ?? ""])
    #expect(after.status == .ok)
    #expect(after.json["out_of_band"] == true)
    #expect(after.json["gitlab_approvals"]?.array?.first?["user"] == "mallory")
    #expect(after.json["deployment"]?["pending_approval_count"] == 0)
  }

  @Test func callbacksShowHowTheyStand() throws {
    house.send(.post, path + "/approval", as: "alice", body: #"{"status":"rejected","comment":"no"}"#)
    try house.write { transaction in
      let claim = try #require(try house.gate.claim(instance: "main", limit: 10, in: transaction).first)
      _ = try house.gate.settle(claim, .refused(reason: "GitLab says 403"), in: transaction)
    }
    let callback = house.send(.get, path, as: "vera").json["callbacks"]?.array?.first
    #expect(callback?["step"] == "reject")
    #expect(callback?["state"] == "retrying")
    #expect(callback?["attempts"] == 1)
    #expect(callback?["last_error"] == "GitLab says 403")
    #expect(callback?["settled_at"] == .null)
    #expect(callback?["due_at"]?.string != nil)
  }

  @Test func theTagIsTheRevision() {
    let response = house.send(.get, path, as: "vera")
    #expect(response.status == .ok)
    #expect(response["ETag"] == "\"1\"")
    #expect(response.json["revision"] == 1)
  }

  @Test(arguments: [
    ("\"1\"", 304), ("W/\"1\"", 304), ("*", 304), ("\"9\", \"1\"", 304), ("\"2\"", 200), ("1", 200), ("\"1", 200), ("", 200),
  ])
  func aKnownRevisionIsNotSentAgain(_ ifNoneMatch: String, status: Int) {
    let response = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: ifNoneMatch])
    #expect(response.status.code == status)
    #expect(response["ETag"] == "\"1\"")
    #expect(response.body.isEmpty == (status == 304))
    #expect((response["Content-Type"] == nil) == (status == 304))
  }

  @Test(arguments: ["CHG-2", "chg-99", "CHG-", "CHG-1x", "CHG-99999999999999999999", "..", "%2e%2e", "CHG-1%20"])
  func anUnknownOneIsNotFound(_ key: String) {
    for rest in ["", "/evaluation", "/comments", "/audit"] {
      let response = house.send(.get, "/api/v1/changes/\(key)\(rest)", as: "vera")
      #expect(response.status == .notFound)
      #expect(response.code == "change_not_found")
    }
  }

  @Test func keysDoNotMindCase() {
    #expect(house.send(.get, "/api/v1/changes/chg-1", as: "vera").json["key"] == "CHG-1")
    #expect(house.send(.get, "/api/v1/changes/%43HG-1", as: "vera").json["key"] == "CHG-1")
  }

  @Test func theEvaluationSaysWhy() throws {
    house.send(.post, path + "/approval", as: "alice", body: #"{"status":"approved"}"#)
    let answer = house.send(.get, path + "/evaluation", as: "vera").json
    #expect(answer["change"] == "CHG-1")
    #expect(answer["gate"] == "awaiting")
    #expect(answer["verdict"] == "waiting")
    #expect(answer["policy"] == "two-people")
    #expect(answer["waiting_for"] == ["1 more approval from group release-managers"])
    #expect(answer["evaluation"]?["rule"] == "policy two-people")
    #expect(answer["evaluation"]?["children"]?.array?.last?["counted"] == ["alice"])
    house.send(.post, path + "/approval", as: "bob", body: #"{"status":"approved"}"#)
    #expect(house.send(.get, path + "/evaluation", as: "vera").json["verdict"] == "allowed")
  }

  @Test func aPolicyThatIsGoneIsSaid() throws {
    var plan = ControlPlan.example
    plan.policies = [:]
    let bare = try House(plan: plan)
    try bare.deployment(.blocked())
    let answer = bare.send(.get, "/api/v1/changes/CHG-1/evaluation", as: "vera").json
    #expect(answer["verdict"] == .null)
    #expect(answer["waiting_for"]?.array?.first?.string?.contains("policy two-people") == true)
    let decision = bare.send(.post, "/api/v1/changes/CHG-1/approval", as: "alice", body: #"{"status":"approved"}"#)
    #expect(decision.code == "policy_missing")
  }

  @Test(arguments: ["?x=1", "?limit=5", "?a=%zz"]) func aQueryWhereNoneBelongsIsRefused(_ query: String) {
    #expect(house.send(.get, path + query, as: "vera").status == .badRequest)
    #expect(house.send(.get, "/api/v1/me" + query, as: "vera").status == .badRequest)
    #expect(house.send(.post, path + "/approval" + query, as: "alice", body: #"{"status":"approved"}"#).status == .badRequest)
    #expect(house.send(.get, "/healthz" + query).status == .ok)
  }
}

import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts E: the protected environments API of projects and groups. olu maintains the project, alice the group `acme/payments`.
@Suite struct ProtectedEnvironmentTests {
  private static let project = "projects/30/protected_environments"
  private static let group = "groups/3/protected_environments"

  private func ids(_ got: Got, _ list: String) -> [Int64?] { (got.json?[list]?.array ?? []).map { $0["id"]?.integer } }

  @Test func aWholeLifeInAProject() throws {
    var world = demoWorld()
    let olu = world.token(for: "olu")
    world.share(.project(30), with: 134)
    let made = try world.call(
      .post, Self.project,
      body: [
        "name": "review/feature-x", "deploy_access_levels": [["access_level": 40], ["user_id": 97]],
        "approval_rules": [["group_id": 134, "required_approvals": 2, "group_inheritance_type": 1], ["user_id": 97]],
      ], token: olu)
    #expect(made.status == 201)
    let deploy = ids(made, "deploy_access_levels")
    let rules = ids(made, "approval_rules")
    let expected: JSONValue = [
      "name": "review/feature-x",
      "deploy_access_levels": [
        [
          "id": .optional(deploy[0]), "user_id": nil, "group_id": nil, "access_level": 40, "access_level_description": "Maintainers",
          "group_inheritance_type": 0,
        ],
        [
          "id": .optional(deploy[1]), "user_id": 97, "group_id": nil, "access_level": nil, "access_level_description": "Change Gateway",
          "group_inheritance_type": 0,
        ],
      ],
      "required_approval_count": 0,
      "approval_rules": [
        [
          "id": .optional(rules[0]), "user_id": nil, "group_id": 134, "access_level": nil, "access_level_description": "qa-group",
          "group_inheritance_type": 1, "required_approvals": 2,
        ],
        [
          "id": .optional(rules[1]), "user_id": 97, "group_id": nil, "access_level": nil, "access_level_description": "Change Gateway",
          "group_inheritance_type": 0, "required_approvals": 1,
        ],
      ],
    ]
    #expect(made.json == expected)
    let one = Self.project + "/review%2Ffeature-x"
    #expect(try world.call(.get, one, token: olu).json == expected)
    let names = try world.call(.get, Self.project, token: olu).json?.array?.map { $0["name"] }
    #expect(names == ["production", "review/feature-x", "staging"])
    let started = world.deploy("review/feature-x")
    #expect(world.pendingApprovalCount(of: world.deployments[started.deploymentID]) == 3)
    let gone = try world.call(.delete, one, token: olu)
    #expect(gone.status == 204 && gone.body.isEmpty)
    #expect(try world.call(.get, one, token: olu).json == ["message": "404 Not found"])
    #expect(try world.call(.delete, one, token: olu).status == 404)
    #expect(world.pendingApprovalCount(of: world.deployments[started.deploymentID]) == 0)
  }

  @Test func updatingAddsChangesAndRemovesWhatIsNamed() throws {
    var world = demoWorld()
    let olu = world.token(for: "olu")
    let one = Self.project + "/production"
    // 238 and 239 are there, for maintainers and the account.
    let added = try world.call(.put, one, body: ["deploy_access_levels": [["access_level": 30]]], token: olu)
    #expect(added.status == 200 && Array(ids(added, "deploy_access_levels").prefix(2)) == [238, 239])
    #expect(added.json?["deploy_access_levels"]?.array?.map { $0["access_level"] } == [40, nil as JSONValue?, 30].map { $0 ?? .null })
    let changed = try world.call(
      .put, one,
      body: [
        "deploy_access_levels": [["id": 239, "user_id": 12], ["id": 238, "_destroy": true]],
        "approval_rules": [["id": 38, "user_id": 97, "required_approvals": 3]],
      ], token: olu)
    #expect(changed.json?["deploy_access_levels"]?.array?.map { $0["user_id"] } == [12, .null])
    #expect(changed.json?["approval_rules"]?.array?.map { $0["required_approvals"] } == [3])
    // The default of the count is written over the three, and the last deployer may go.
    let last = ids(changed, "deploy_access_levels").map { ["id": .optional($0), "_destroy": true] as JSONValue }
    let reset = try world.call(
      .put, one, body: ["deploy_access_levels": .array(last), "approval_rules": [["id": 38, "user_id": 97]]], token: olu)
    #expect(reset.status == 200 && reset.json?["deploy_access_levels"] == [])
    #expect(reset.json?["approval_rules"]?.array?.map { $0["required_approvals"] } == [1])
  }

  @Test func anUnknownRowIsNotFoundAndNothingIsDone() throws {
    var world = demoWorld()
    let olu = world.token(for: "olu")
    let body: JSONValue = ["deploy_access_levels": [["access_level": 30], ["id": 4711, "_destroy": true]]]
    let got = try world.call(.put, Self.project + "/production", body: body, token: olu)
    #expect(got.status == 404 && got.message == "404 Not found")
    #expect(world.protections.find(38)?.deployAccess.map(\.id) == [238, 239])
  }

  /// What a request is answered, and with which words.
  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var method = HTTPRequest.Method.post
    var path = ProtectedEnvironmentTests.project
    var body: JSONValue
    var status: Int
    var answer: JSONValue
  }

  private static let someone: JSONValue = [["access_level": 40]]

  static let refusals: [Refusal] = [
    Refusal(
      testDescription: "protected already", body: ["name": "production", "deploy_access_levels": someone], status: 409,
      answer: ["message": "Environment 'production' is already protected"]),
    Refusal(
      testDescription: "no name", body: ["deploy_access_levels": someone], status: 400, answer: ["error": "name is missing"]),
    Refusal(testDescription: "nobody may deploy", body: ["name": "x"], status: 400, answer: ["error": "deploy_access_levels is missing"]),
    Refusal(
      testDescription: "an empty list", body: ["name": "x", "deploy_access_levels": []], status: 422,
      answer: ["message": ["Deploy access levels is too short (minimum is 1 character)"]]),
    Refusal(
      testDescription: "no list", body: ["name": "x", "deploy_access_levels": 40], status: 400,
      answer: ["error": "deploy_access_levels is invalid"]),
    Refusal(
      testDescription: "an unknown level and inheritance",
      body: ["name": "x", "deploy_access_levels": [["access_level": 50], ["access_level": 40, "group_inheritance_type": 2]]], status: 400,
      answer: [
        "error":
          "deploy_access_levels[0][access_level] does not have a valid value, deploy_access_levels[1][group_inheritance_type] does not have a valid value"
      ]),
    Refusal(
      testDescription: "a rule of nobody",
      body: ["name": "x", "deploy_access_levels": someone, "approval_rules": [["required_approvals": 2]]], status: 400,
      answer: [
        "error":
          "approval_rules[0][access_level], approval_rules[0][user_id], approval_rules[0][group_id] are missing, at least one parameter must be provided"
      ]),
    Refusal(
      testDescription: "nobody in particular may deploy", body: ["name": "x", "deploy_access_levels": [["group_inheritance_type": 1]]],
      status: 422,
      answer: ["message": ["Deploy access levels base One of the Group ID, User ID or Access Level must be specified."]]),
    Refusal(
      testDescription: "six approvals",
      body: ["name": "x", "deploy_access_levels": someone, "approval_rules": [["user_id": 97, "required_approvals": 6]]], status: 422,
      answer: ["message": ["Approval rules required approvals must be less than or equal to 5"]]),
    Refusal(
      testDescription: "the old count", body: ["name": "x", "deploy_access_levels": someone, "required_approval_count": 1], status: 422,
      answer: [
        "message":
          "Parameter 'required_approval_count' is deprecated and shouldn't be used. See https://gitlab.com/groups/gitlab-org/-/epics/9662"
      ]),
    Refusal(
      testDescription: "the old count on an update", method: .put, path: project + "/production", body: ["required_approval_count": 2],
      status: 422,
      answer: [
        "message":
          "Parameter 'required_approval_count' is deprecated and shouldn't be used. See https://gitlab.com/groups/gitlab-org/-/epics/9662"
      ]),
    Refusal(
      testDescription: "not protected", method: .put, path: project + "/nowhere", body: [:], status: 404,
      answer: ["message": "404 Not found"]),
    Refusal(
      testDescription: "no tier", path: group, body: ["name": "customer-portal", "deploy_access_levels": someone], status: 422,
      answer: ["message": ["Name must be one of environment tiers: production, staging, testing, development, other."]]),
  ]

  @Test(arguments: refusals) func refused(_ refusal: Refusal) throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let before = world.protections.all.map(\.deployAccess)
    let got = try world.call(refusal.method, refusal.path, body: refusal.body, token: root)
    #expect(got.status == refusal.status)
    #expect(got.json == refusal.answer)
    #expect(world.protections.all.map(\.deployAccess) == before)
  }

  @Test func anOlderReleaseTakesTheCountAndSaysOtherWords() throws {
    var world = demoWorld(release: .v18)
    let olu = world.token(for: "olu")
    let body: JSONValue = ["name": "review/feature-x", "deploy_access_levels": Self.someone, "required_approval_count": 2]
    let made = try world.call(.post, Self.project, body: body, token: olu)
    #expect(made.status == 201 && made.json?["required_approval_count"] == 2)
    let started = world.deploy("review/feature-x")
    #expect(world.pendingApprovalCount(of: world.deployments[started.deploymentID]) == 2)
    let again = try world.call(.post, Self.project, body: body, token: olu)
    #expect(again.status == 409 && again.message == "Protected environment 'review/feature-x' already exists")
  }

  @Test func whoMayNotAdministerIsForbiddenBeforeAnythingIsRead() throws {
    var world = demoWorld()
    let dana = world.token(for: "dana")
    for (method, path) in [
      (HTTPRequest.Method.get, ""), (.post, ""), (.get, "/production"), (.put, "/production"), (.delete, "/production"),
    ] {
      #expect(try world.call(method, Self.project + path, token: dana).json == ["message": "403 Forbidden"])
      #expect(try world.call(method, Self.group + path, token: dana).json == ["message": "403 Forbidden"])
    }
    let carol = world.token(for: "carol", scopes: ["read_api"])
    #expect(try world.call(.get, Self.project, token: carol).status == 200)
    #expect(try world.call(.delete, Self.project + "/production", token: carol).json?["error"] == "insufficient_scope")
    #expect(world.protections.all.count == 2)
  }

  @Test func withoutThePlanThereIsNoSuchThing() throws {
    var world = demoWorld()
    world.instance.isLicensed = false
    let root = world.token(for: "root")
    for path in [Self.project, Self.project + "/production", Self.group] {
      #expect(try world.call(.get, path, token: root).json == ["message": "404 Not Found"])
    }
  }

  @Test func aTierIsProtectedForTheWholeGroup() throws {
    var world = demoWorld()
    let alice = world.token(for: "alice")
    let body: JSONValue = [
      "name": "production", "deploy_access_levels": Self.someone, "approval_rules": [["access_level": 40, "required_approvals": 1]],
    ]
    #expect(try world.call(.post, Self.group, body: body, token: alice).status == 201)
    let again = try world.call(.post, Self.group, body: body, token: alice)
    #expect(again.status == 409 && again.message == "Protected environment 'production' already exists")
    let started = world.deploy()
    #expect(world.pendingApprovalCount(of: world.deployments[started.deploymentID]) == 2)
    // A maintainer of the project alone is none of the group.
    let olu = world.token(for: "olu")
    #expect(try world.approve(started.deploymentID, token: olu).status == 400)
    #expect(try world.approve(started.deploymentID, token: alice).status == 201)
    #expect(world.mayDeploy(world.user(named: "olu"), to: world.environments[9]) == false)
    #expect(world.mayDeploy(world.user(named: "alice"), to: world.environments[9]))
    #expect(try world.call(.delete, Self.group + "/production", token: alice).status == 204)
    #expect(world.mayDeploy(world.user(named: "olu"), to: world.environments[9]))
  }

  @Test func formsAreReadAsRackReadsThem() throws {
    var world = demoWorld()
    let olu = world.token(for: "olu")
    var form = request(.post, Self.project, token: olu)
    form.body = Array(
      "name=qa&deploy_access_levels[][access_level]=30&deploy_access_levels%5B%5D%5Buser_id%5D=97&deploy_access_levels[][user_id]=12".utf8)
    let made = try JSONValue.parse(try world.respond(to: form, at: world.now).answer.get().body)
    // A name that is not there yet belongs to the element before.
    #expect(made["deploy_access_levels"]?.array?.map { $0["user_id"] } == [97, 12])
  }
}

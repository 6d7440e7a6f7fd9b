import Calendar
import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts F: service accounts of top-level groups, of projects and of the instance.
@Suite struct ServiceAccountTests {
  private static let group = "groups/2/service_accounts"
  private static let project = "projects/30/service_accounts"

  private func message(_ got: Got) -> String { got.message ?? got.json?["error"]?.string ?? "" }

  @Test(arguments: [group, project, "service_accounts"]) func aWholeLife(_ path: String) throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let made = try world.call(.post, path, body: ["name": "Gatehouse", "username": "gatehouse"], token: root)
    let id = try #require(made.json?["id"]?.integer)
    #expect(made.status == 201 && made.json?.object?.members.map(\.name) == ["id", "username", "name", "email"])
    #expect(made.json?["username"] == "gatehouse" && made.json?["name"] == "Gatehouse")
    #expect(made.json?["email"]?.string?.hasSuffix("@noreply.gitlab.example.com") == true)
    #expect(try world.call(.get, path, token: root).json?.array?.first?["id"]?.integer == id)
    let one = path + "/\(id)"
    #expect(try world.call(.patch, one, body: ["name": "The gate"], token: root).json?["name"] == "The gate")
    // Nothing can be seen by it before it is a member.
    let secret = world.token(for: "gatehouse")
    #expect(try world.call(.get, "projects/30", token: secret).status == 404)
    #expect(try world.call(.get, "user", token: secret).json?["bot"] == true)
    world.add("gatehouse", to: .project(30))
    let gone = try world.call(.delete, path == "service_accounts" ? "users/\(id)" : one, token: root)
    #expect(gone.status == 204 && gone.body.isEmpty)
    // The job queue has not come to it yet.
    #expect(try world.call(.get, "user", token: secret).status == 200)
    world.tick(at: morning + .seconds(60))
    #expect(try world.call(.get, "user", token: secret).status == 401)
    #expect(try world.call(.get, "users/\(id)", token: root).message == "404 User Not Found")
    #expect(try world.call(.get, "projects/30/members/\(id)", token: root).status == 404)
    #expect(try world.call(.get, "users?username=gatehouse", token: root).json == [])
    #expect(try world.call(.post, path, body: ["username": "gatehouse"], token: root).status == 201)
  }

  @Test func whatIsNotSaidHasADefault() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    for (path, word) in [
      (Self.group, "service_account_group_2_"), (Self.project, "service_account_project_30_"), ("service_accounts", "service_account_"),
    ] {
      let made = try world.call(.post, path, token: root).json
      #expect(made?["name"] == "Service account user")
      #expect(made?["username"]?.string?.hasPrefix(word) == true)
    }
    let mailed = try world.call(.post, Self.group, body: ["email": "gate@example.com"], token: root).json
    #expect(mailed?["unconfirmed_email"] == "gate@example.com" && mailed?["email"] != "gate@example.com")
  }

  @Test func namesAreTaken() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    let named = try world.call(.post, Self.group, body: ["username": "ALICE"], token: root)
    #expect(named.status == 400 && named.message == "400 Bad request - Username has already been taken")
    let both = try world.call(.post, Self.project, body: ["username": "acme", "email": "bob@example.com"], token: root)
    #expect(both.message == "400 Bad request - Email has already been taken and Username has already been taken")
    let id = try #require(try world.call(.post, Self.group, token: root).json?["id"]?.integer)
    let renamed = try world.call(.patch, Self.group + "/\(id)", body: ["username": "dana"], token: root)
    #expect(renamed.status == 400 && renamed.message == "Username has already been taken")
  }

  /// Who asks, of which GitLab, and what they are answered.
  struct Attempt: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var who: String
    var path: String
    var status: Int
    var arrange: @Sendable (inout World) -> Void = { _ in }
  }

  static let attempts: [Attempt] = [
    Attempt(testDescription: "the owner of a group, self-managed", who: "olu", path: group, status: 403),
    Attempt(testDescription: "the owner of a group where the instance lets them", who: "olu", path: group, status: 201) {
      $0.instance.allowsOwnersServiceAccounts = true
    },
    Attempt(testDescription: "the owner of a group whom the instance shows them and lets make none", who: "olu", path: group, status: 400) {
      $0.instance.showsOwnersServiceAccounts = true
    },
    Attempt(testDescription: "the owner of a group on GitLab.com", who: "olu", path: group, status: 201) { $0.instance.isGitLabCom = true },
    Attempt(testDescription: "a maintainer of a group on GitLab.com", who: "alice", path: group, status: 403) {
      $0.instance.isGitLabCom = true
      $0.add("alice", to: .group(2), level: .maintainer)
    },
    Attempt(testDescription: "a group below another", who: "root", path: "groups/3/service_accounts", status: 400),
    Attempt(testDescription: "a maintainer of a project", who: "alice", path: project, status: 201),
    Attempt(testDescription: "a developer of a project", who: "dana", path: project, status: 403),
    Attempt(testDescription: "nobody's administrator", who: "olu", path: "service_accounts", status: 403),
    Attempt(testDescription: "a release before accounts of projects", who: "root", path: project, status: 404) {
      $0.instance.release = .v18
    },
    Attempt(testDescription: "a release before service accounts", who: "root", path: group, status: 404) {
      $0.instance.version = World.Version(16, 0, 8)
    },
    Attempt(testDescription: "Free", who: "root", path: group, status: 403) { $0.instance.isLicensed = false },
    Attempt(testDescription: "a group that is not there", who: "root", path: "groups/77/service_accounts", status: 404),
  ]

  @Test(arguments: attempts) func whoMay(_ attempt: Attempt) throws {
    var world = demoWorld()
    world.add("olu", to: .group(2), level: .owner)
    attempt.arrange(&world)
    let before = world.users.all.count
    let got = try world.call(.post, attempt.path, body: ["username": "gatehouse"], token: world.token(for: attempt.who))
    #expect(got.status == attempt.status, "\(message(got))")
    #expect(world.users.all.count == before + (attempt.status == 201 ? 1 : 0))
  }

  @Test("who is shown them and may remove none is answered as if it were done") func removesNothing() throws {
    var world = demoWorld()
    world.add("olu", to: .group(2), level: .owner)
    world.instance.showsOwnersServiceAccounts = true
    let id = try #require(try world.call(.post, Self.group, token: world.token(for: "root")).json?["id"]?.integer)
    for who in ["olu", "root"] {
      let listed = try world.call(.get, Self.group, token: world.token(for: who)).json?.array ?? []
      #expect(listed.contains { $0["id"]?.integer == id }, "\(who)")
      #expect(try world.call(.delete, Self.group + "/\(id)", token: world.token(for: who)).status == 204)
      world.tick(at: world.now + .seconds(60))
      #expect(world.users[id].isDeleted == (who == "root"), "\(who)")
    }
  }

  @Test func aGroupReachesItsOwnAccountsOnly() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    for id in [Demo.accountID, 12, 4711] {
      #expect(try world.call(.delete, Self.group + "/\(id)", token: root).message == "404 User Not Found")
      let body: JSONValue = ["name": "x", "scopes": ["api"]]
      #expect(try world.call(.post, Self.group + "/\(id)/personal_access_tokens", body: body, token: root).status == 404)
    }
  }

  @Test func theLimitHasNoHeaders() throws {
    var world = demoWorld()
    let root = world.token(for: "root")
    for _ in 1...10 { #expect(try world.call(.post, Self.group, token: root).status == 201) }
    let refused = try world.call(.post, Self.group, token: root)
    #expect(refused.status == 429 && refused.header("Retry-After") == nil)
    #expect(refused.json == ["message": ["error": "This endpoint has been requested too many times. Try again later."]])
    #expect(try world.call(.get, Self.group, token: root).status == 200)
    #expect(try world.call(.post, Self.group, token: root, at: morning + .seconds(60)).status == 201)
  }
}

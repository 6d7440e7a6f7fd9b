import Calendar
import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts F: personal access tokens are shown once, rotate, and take their family with them when an old one comes back.
@Suite struct TokenAPITests {
  /// A world with a service account of the group `acme`, and the path of its tokens.
  private func account() throws -> (World, root: String, tokens: String) {
    var world = demoWorld()
    let root = world.token(for: "root")
    let id = try #require(try world.call(.post, "groups/2/service_accounts", token: root).json?["id"]?.integer)
    return (world, root, "groups/2/service_accounts/\(id)/personal_access_tokens")
  }

  @Test func aTokenIsShownOnce() throws {
    var (world, root, path) = try account()
    let made = try world.call(
      .post, path, body: ["name": "gatehouse", "scopes": ["api"], "description": "gate", "expires_at": "2027-01-31"], token: root)
    let secret = try #require(made.json?["token"]?.string)
    #expect(made.status == 201 && secret.hasPrefix("glpat-") && secret.count == 26)
    #expect(
      made.json?.object?.members.map(\.name) == [
        "id", "name", "revoked", "created_at", "description", "scopes", "user_id", "last_used_at", "active", "expires_at", "token",
      ])
    #expect(made.json?["expires_at"] == "2027-01-31" && made.json?["scopes"] == ["api"] && made.json?["last_used_at"] == .null)
    let id = try #require(made.json?["id"]?.integer)
    for shown in [
      try world.call(.get, path, token: root), try world.call(.get, "personal_access_tokens", token: root),
      try world.call(.get, "personal_access_tokens/\(id)", token: root), try world.call(.get, "personal_access_tokens/self", token: secret),
    ] {
      #expect(shown.status == 200 && shown.text.contains("\"id\":\(id),"))
      #expect(!shown.text.contains(secret) && !shown.text.contains("\"token\""))
    }
    #expect(try world.call(.get, "user", token: secret).status == 200)
    #expect(try world.call(.delete, path + "/\(id)", token: root).status == 204)
    #expect(try world.call(.get, "user", token: secret).json?["error"] == "invalid_token")
    #expect(try world.call(.get, path + "?state=active", token: root).json == [])
    #expect(try world.call(.get, path + "?revoked=true", token: root).json?.array?.map { $0["active"] } == [false])
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var body: JSONValue
    var status: Int
    var answer: JSONValue
  }

  static let refusals: [Refusal] = [
    Refusal(testDescription: "no name", body: ["scopes": ["api"]], status: 400, answer: ["error": "name is missing"]),
    Refusal(testDescription: "no scopes", body: ["name": "x"], status: 400, answer: ["error": "scopes is missing"]),
    Refusal(testDescription: "scopes as text", body: ["name": "x", "scopes": "api"], status: 400, answer: ["error": "scopes is invalid"]),
    Refusal(
      testDescription: "scopes joined by commas", body: ["name": "x", "scopes": ["api,read_user"]], status: 400,
      answer: ["error": "scopes does not have a valid value"]),
    Refusal(
      testDescription: "no scope at all", body: ["name": "x", "scopes": []], status: 422, answer: ["message": "Scopes can't be blank"]),
    Refusal(
      testDescription: "no day", body: ["name": "x", "scopes": ["api"], "expires_at": "soon"], status: 400,
      answer: ["error": "expires_at is invalid"]),
    Refusal(
      testDescription: "a day that is over", body: ["name": "x", "scopes": ["api"], "expires_at": "2026-09-03"], status: 422,
      answer: ["message": "Expires at can't be in the past"]),
    Refusal(
      testDescription: "longer than a token may live", body: ["name": "x", "scopes": ["api"], "expires_at": "2027-09-04"], status: 422,
      answer: ["message": "Expires at must be before 2027-09-03"]),
  ]

  @Test(arguments: refusals) func refused(_ refusal: Refusal) throws {
    var (world, root, path) = try account()
    let got = try world.call(.post, path, body: refusal.body, token: root)
    #expect(got.status == refusal.status)
    #expect(got.json == refusal.answer)
    #expect(try world.call(.get, path, token: root).json == [])
  }

  @Test func withoutAnExpiryATokenLivesAsLongAsItMay() throws {
    var (world, root, path) = try account()
    world.instance.tokenLifetimeDays = 400
    var form = request(.post, path, token: root)
    form.body = Array("name=gate&scopes[]=api&scopes%5B%5D=read_user".utf8)
    let made = try JSONValue.parse(try world.respond(to: form, at: world.now).answer.get().body)
    #expect(made["expires_at"] == "2027-10-08" && made["scopes"] == ["api", "read_user"])
    let secret = try #require(made["token"]?.string)
    #expect(try world.call(.get, "user", token: secret, at: morning + .seconds(399 * 86_400)).status == 200)
    #expect(try world.call(.get, "user", token: secret, at: morning + .seconds(400 * 86_400)).status == 401)
  }

  @Test func rotatingRevokesTheOldOneAtOnce() throws {
    var (world, root, path) = try account()
    let old = try world.call(.post, path, body: ["name": "gate", "scopes": ["api"]], token: root).json
    let id = try #require(old?["id"]?.integer)
    let new = try world.call(.post, path + "/\(id)/rotate", body: ["expires_at": "2027-03-01"], token: root)
    #expect(new.status == 200 && new.json?["expires_at"] == "2027-03-01" && new.json?["name"] == "gate" && new.json?["scopes"] == ["api"])
    #expect(new.json?["id"] != old?["id"] && new.json?["token"] != old?["token"])
    #expect(try world.call(.get, "user", token: old?["token"]?.string).status == 401)
    let secret = try #require(new.json?["token"]?.string)
    // A token may rotate itself; for want of an expiry for a week.
    let self1 = try world.call(.post, "personal_access_tokens/self/rotate", token: secret)
    #expect(self1.status == 200 && self1.json?["expires_at"] == "2026-09-10")
    #expect(try world.call(.get, "user", token: self1.json?["token"]?.string).status == 200)
  }

  @Test func anOldTokenThatRotatesTakesItsFamilyWithIt() throws {
    var (world, root, path) = try account()
    let first = try world.call(.post, path, body: ["name": "gate", "scopes": ["api"]], token: root).json?["token"]?.string
    let other = try world.call(.post, path, body: ["name": "other", "scopes": ["api"]], token: root).json?["token"]?.string
    let second = try world.call(.post, "personal_access_tokens/self/rotate", token: first).json?["token"]?.string
    // Looking alone does no harm.
    #expect(try world.call(.get, "personal_access_tokens/self", token: first).status == 401)
    #expect(try world.call(.get, "user", token: second).status == 200)
    #expect(try world.call(.post, "personal_access_tokens/self/rotate", token: first).status == 401)
    #expect(try world.call(.get, "user", token: second).status == 401)
    #expect(try world.call(.get, "user", token: other).status == 200)
  }

  @Test func anAdministratorRotatingARevokedTokenDoesTheSame() throws {
    var (world, root, path) = try account()
    let first = try world.call(.post, path, body: ["name": "gate", "scopes": ["api"]], token: root).json
    let id = try #require(first?["id"]?.integer)
    let second = try world.call(.post, path + "/\(id)/rotate", token: root).json?["token"]?.string
    let again = try world.call(.post, path + "/\(id)/rotate", token: root)
    #expect(again.status == 400 && again.message == "400 Bad request - Token already revoked")
    #expect(try world.call(.get, "user", token: second).status == 401)
  }

  @Test func whatATokenMayDoWithItself() throws {
    var world = demoWorld()
    let reader = world.token(for: "alice", scopes: ["read_user"])
    #expect(try world.call(.post, "personal_access_tokens/self/rotate", token: reader).json?["scope"] == "api self_rotate")
    #expect(try world.call(.delete, "personal_access_tokens/self", token: reader).status == 204)
    #expect(try world.call(.get, "personal_access_tokens/self", token: reader).status == 401)
    world.instance.version = World.Version(16, 9)
    // Where nobody knows the word, it is the number of a token that is not there.
    #expect(try world.call(.post, "personal_access_tokens/self/rotate").status == 401)
  }

  @Test func othersTokensAreAnAdministratorsAffair() throws {
    var world = demoWorld()
    let alice = world.token(for: "alice")
    #expect(try world.call(.get, "personal_access_tokens?user_id=97", token: alice).json == ["message": "401 Unauthorized"])
    #expect(try world.call(.get, "personal_access_tokens/501", token: alice).status == 401)
    #expect(try world.call(.delete, "personal_access_tokens/501", token: alice).status == 401)
    #expect(try world.call(.get, "personal_access_tokens", token: alice).json?.array?.map { $0["user_id"] } == [21])
    let body: JSONValue = ["name": "x", "scopes": ["api"]]
    #expect(try world.call(.post, "users/97/personal_access_tokens", body: body, token: alice).status == 403)
    let root = world.token(for: "root")
    #expect(try world.call(.get, "personal_access_tokens?user_id=97", token: root).json?.array?.map { $0["id"] } == [501])
    #expect(try world.call(.get, "personal_access_tokens/4711", token: root).status == 404)
    let made = try world.call(.post, "users/97/personal_access_tokens", body: body, token: root)
    #expect(made.status == 201 && made.json?["user_id"] == 97)
    #expect(try world.call(.delete, "personal_access_tokens/501", token: root).status == 204)
    #expect(try world.get("user").status == 401)
  }
}

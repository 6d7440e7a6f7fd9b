import Calendar
import GitLabSimulator
import HTTPTypes
import JSON
import Testing

/// Facts H: tokens, error bodies, moved projects, limits; and the endpoints that a doctor asks.
@Suite struct InstanceAPITests {
  @Test func versionsTellTheRelease() throws {
    var world = demoWorld()
    #expect(try world.get("version").json?["version"] == "19.3.0-ee")
    #expect(try world.get("metadata").json?["enterprise"] == true)
    world.instance.release = .v18
    #expect(try world.get("metadata").json?["version"] == "18.5.1-ee")
  }

  @Test func aTokenSaysWhoItIs() throws {
    var world = demoWorld()
    let user = try world.get("user").json
    #expect(user?["id"] == 97 && user?["username"] == "change-gateway" && user?["bot"] == true)
    let token = try world.get("personal_access_tokens/self").json
    #expect(token?["scopes"] == ["api"] && token?["expires_at"] == "2027-09-03" && token?["user_id"] == 97 && token?["active"] == true)
  }

  @Test func bearerTokensServeToo() throws {
    var world = demoWorld()
    #expect(try world.call(.get, "user", token: nil, headers: ["Authorization": "Bearer " + Demo.token]).status == 200)
  }

  @Test func tokensThatDoNotServe() throws {
    var world = demoWorld()
    #expect(try world.call(.get, "user", token: nil).json == ["message": "401 Unauthorized"])
    #expect(try world.call(.get, "user", token: "glpat-wrong").json == ["message": "401 Unauthorized"])
    let expired = try world.call(.get, "user", at: morning + .seconds(366 * 86_400))
    #expect(expired.status == 401 && expired.json?["error"] == "invalid_token")
    world.tick(at: morning)
    world.revokeTokens(of: "change-gateway")
    let revoked = try world.call(.get, "user", at: morning)
    #expect(revoked.status == 401)
    #expect(revoked.json?["error_description"] == "Token was revoked. You have to re-authorize from the user.")
  }

  @Test func aBlockedAccountIsForbidden() throws {
    var world = demoWorld()
    world.block("change-gateway")
    #expect(try world.get("user").status == 403)
    #expect(try world.get("projects/30").json == ["message": "403 Forbidden - Your account has been blocked."])
  }

  @Test func scopesLimitATokenAndNotItsSelf() throws {
    var world = demoWorld()
    let id = world.deploy().deploymentID
    let reader = world.token(for: "alice", scopes: ["read_api"])
    #expect(try world.call(.get, "projects/30", token: reader).status == 200)
    let refused = try world.approve(id, token: reader)
    #expect(refused.status == 403)
    #expect(
      refused.json == [
        "error": "insufficient_scope", "error_description": "The request requires higher privileges than provided by the access token.",
        "scope": "api",
      ])
    let narrow = world.token(for: "bob", scopes: ["read_repository"])
    #expect(try world.call(.get, "projects/30", token: narrow).json?["scope"] == "api read_api")
    #expect(try world.call(.get, "personal_access_tokens/self", token: narrow).status == 200)
  }

  @Test func pathsMustBeEncoded() throws {
    var world = demoWorld()
    #expect(try world.get("projects/acme%2Fpayments%2Fcheckout").json?["id"] == 30)
    #expect(try world.get("projects/Acme%2fpayments%2fCheckout").json?["id"] == 30)
    let plain = try world.get("projects/acme/payments/checkout")
    #expect(plain.status == 404 && plain.json == ["error": "404 Not Found"])
    #expect(try world.get("projects/31").message == "404 Project Not Found")
  }

  @Test func wrongMethodsAndRoutes() throws {
    var world = demoWorld()
    let got = try world.call(.delete, "projects/30/deployments/815/approval")
    #expect(got.status == 405 && got.header("Allow") == "POST")
    #expect(try world.get("projects/30/nothing").status == 404)
    #expect(try world.get("").status == 404)
  }

  @Test func aMovedProjectIsRedirectedForReadingOnly() throws {
    var world = demoWorld()
    world.projects[30].formerPaths = ["acme/checkout"]
    let got = try world.get("projects/acme%2Fcheckout/deployments?status=blocked")
    #expect(got.status == 301)
    #expect(got.header("Location") == "https://gitlab.example.com/api/v4/projects/30/deployments?status=blocked")
    #expect(got.json == nil && got.text.hasPrefix("This resource has been moved permanently"))
    let written = try world.call(.post, "projects/acme%2Fcheckout/jobs/1/play")
    #expect(written.status == 405 && written.message == "Non GET methods are not allowed for moved projects")
  }

  @Test func projectsAreListedForMembers() throws {
    var world = demoWorld()
    for id in Int64(31)...33 {
      world.projects.insert(World.Project(id: id, groupID: id == 33 ? 2 : 3, path: "p\(id)", createdAt: morning))
    }
    #expect(try world.get("projects?membership=true&simple=true").json?.array?.map { $0["id"] } == [30])
    world.memberships.append(World.Membership(.group(2), userID: Demo.accountID, level: .developer))
    #expect(try world.get("projects?membership=true&order_by=id&sort=asc").json?.array?.map { $0["id"] } == [30, 31, 32, 33])
    #expect(try world.get("groups/acme%2Fpayments/projects").json?.array?.map { $0["id"] } == [32, 31, 30])
    #expect(try world.get("groups/2/projects").json?.array?.map { $0["id"] } == [33])
    let below = try world.get("groups/2/projects?include_subgroups=true&per_page=3&simple=true")
    #expect(below.json?.array?.map { $0["id"] } == [33, 32, 31] && below.header("x-next-page") == "2")
    #expect(try world.get("groups/nobody").json == ["message": "404 Group Not Found"])
    #expect(try world.get("groups/77/projects").message == "404 Group Not Found")
  }

  @Test func whatADoctorAsks() throws {
    var world = demoWorld()
    let started = world.deploy()
    #expect(try world.get("projects/30/members/all/97").json?["access_level"] == 30)
    #expect(try world.get("projects/30/members/all/21").json?["access_level"] == 40)
    #expect(try world.get("projects/30/members/all/1").message == "404 Not found")
    #expect(try world.get("projects/30/environments/9").json?["tier"] == "production")
    #expect(
      try world.get("projects/30/environments?name=review%2Ffeature-x").json?.array?.map { $0["slug"] } == ["review-feature-x-1a2b3c"])
    let commit = try world.get("projects/30/repository/commits/279484c0").json
    #expect(commit?["id"] == .string(sha) && commit?["author_name"] == "Dana Developer" && commit?["author_email"] == "dana@example.com")
    #expect(try world.get("projects/30/repository/commits/0123456").message == "404 Commit Not Found")
    let pipeline = try world.get("projects/30/pipelines/\(started.pipelineID)").json
    #expect(pipeline?["status"] == "manual" && pipeline?["sha"] == .string(sha))
  }

  @Test func whatOnlyMaintainersSee() throws {
    var world = demoWorld(signingToken: Demo.signingToken)
    for path in ["projects/30/hooks", "projects/30/protected_environments", "projects/30/protected_environments/production"] {
      #expect(try world.get(path).status == 403)
    }
    let alice = world.token(for: "alice")
    let hook = try world.call(.get, "projects/30/hooks", token: alice).json?.array?.first
    #expect(hook?["deployment_events"] == true && hook?["signing_token_present"] == true && hook?["alert_status"] == "executable")
    #expect(hook?["token"] == nil && hook?["signing_token"] == nil)
    let protection = try world.call(.get, "projects/30/protected_environments/production", token: alice).json
    #expect(protection?["approval_rules"]?.array?.first?["user_id"] == 97 && protection?["required_approval_count"] == 0)
    #expect(protection?["deploy_access_levels"]?.array?.map { $0["access_level_description"] } == ["Maintainers", "Change Gateway"])
  }

  @Test func everyAnswerTellsTheLimit() throws {
    var world = demoWorld()
    world.instance.requestsPerMinute = 2
    let first = try world.get("user")
    #expect(
      first.header("RateLimit-Limit") == "2" && first.header("RateLimit-Remaining") == "1" && first.header("RateLimit-Observed") == "1")
    #expect(first.header("RateLimit-Reset") == "1788426660")
    _ = try world.get("nothing")
    let third = try world.call(.get, "user", at: morning + .seconds(20))
    #expect(third.status == 429 && third.text == "Retry later\n" && third.header("Retry-After") == "40")
    #expect(third.header("RateLimit-ResetTime") == "Thu, 03 Sep 2026 09:11:00 GMT")
    #expect(try world.call(.get, "user", at: morning + .seconds(60)).status == 200)
  }

  @Test func aBodyThatIsNotJSONIsRefused() throws {
    var world = demoWorld()
    var broken = request(.post, "projects/30/deployments/\(world.deploy().deploymentID)/approval", body: [:])
    broken.body = Array("{\"status\":".utf8)
    #expect(try world.respond(to: broken, at: world.now).answer.get().status == .badRequest)
  }

  @Test func aGitLabUnderAPath() throws {
    var world = World.demo(baseURL: "https://example.com/gitlab", now: morning)
    var inside = request(.get, "user")
    #expect(try world.respond(to: inside, at: morning).answer.get().status == .notFound)
    inside.head.path = "/gitlab/api/v4/user"
    #expect(try world.respond(to: inside, at: morning).answer.get().status == .ok)
  }
}

import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Facts G: hooks of projects and groups. Secrets go in and never come out.
@Suite struct HookAPITests {
  private static let signing = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="
  private static let url = "https://gate.example.com/webhooks/gitlab/main"

  private func owned(_ release: World.Release = .v19) -> (World, String) {
    var world = World.demo(release: release, now: morning)
    let root = world.token(for: "root")
    return (world, root)
  }

  @Test(arguments: ["projects/30/hooks", "groups/2/hooks"]) func aWholeLife(_ path: String) throws {
    var (world, root) = owned()
    let made = try world.call(
      .post, path,
      body: [
        "url": .string(Self.url), "name": "gatehouse", "push_events": false, "deployment_events": true, "token": "a-secret",
        "signing_token": .string(Self.signing), "enable_ssl_verification": false,
      ], token: root)
    let hook = try #require(made.json)
    #expect(made.status == 201 && hook["url"] == .string(Self.url) && hook["name"] == "gatehouse" && hook["alert_status"] == "executable")
    #expect(hook["deployment_events"] == true && hook["push_events"] == false && hook["pipeline_events"] == false)
    #expect(hook["enable_ssl_verification"] == false && hook["token_present"] == true && hook["signing_token_present"] == true)
    #expect(hook[path.hasPrefix("groups") ? "group_id" : "project_id"] == (path.hasPrefix("groups") ? 2 : 30))
    let one = path + "/\(try #require(hook["id"]?.integer))"
    for got in [made, try world.call(.get, one, token: root), try world.call(.get, path, token: root)] {
      #expect(!got.text.contains("a-secret") && !got.text.contains("whsec_"))
    }
    _ = world.deploy()
    let sent = world.takeDeliveries()
    #expect(sent.map(\.event) == [.deployment] && sent[0].request.head.headerFields.contains { $0.value == "a-secret" })
    // What is not named stays, for the same URL; another takes the secrets away.
    let same = try world.call(.put, one, body: ["url": .string(Self.url), "pipeline_events": true], token: root).json
    #expect(same?["token_present"] == true && same?["deployment_events"] == true && same?["pipeline_events"] == true)
    let moved = try world.call(.put, one, body: ["url": .string(Self.url + "2"), "token": "b-secret"], token: root).json
    #expect(moved?["token_present"] == true && moved?["signing_token_present"] == false)
    #expect(try world.call(.delete, one, token: root).status == 204)
    #expect(try world.call(.get, one, token: root).json == ["message": "404 Not found"])
    _ = world.deploy()
    #expect(world.takeDeliveries().isEmpty)
  }

  @Test func whatIsNotSaidHasADefaultAndNothingIsUnique() throws {
    var (world, root) = owned()
    for _ in 1...2 {
      let made = try world.call(.post, "projects/30/hooks", body: ["url": .string(Self.url)], token: root).json
      #expect(made?["push_events"] == true && made?["deployment_events"] == false && made?["enable_ssl_verification"] == true)
    }
    #expect(try world.call(.get, "projects/30/hooks", token: root).json?.array?.count == 2)
  }

  struct Refusal: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var path = "projects/30/hooks"
    var body: JSONValue
    var who = "root"
    var status: Int
    var answer: JSONValue
    var arrange: @Sendable (inout World) -> Void = { _ in }
  }

  static let refusals: [Refusal] = [
    Refusal(testDescription: "no URL", body: ["token": "x"], status: 400, answer: ["error": "url is missing"]),
    Refusal(testDescription: "no web address", body: ["url": "gate.example.com"], status: 422, answer: ["error": "Invalid url given"]),
    Refusal(
      testDescription: "a private network", body: ["url": "http://10.1.2.3:8080/x"], status: 422, answer: ["error": "Invalid url given"]
    ) {
      $0.instance.allowsLocalRequests = false
    },
    Refusal(
      testDescription: "a key that is too short", body: ["url": "https://x.example.com", "signing_token": "whsec_AAEC"], status: 400,
      answer: ["message": "400 Bad request - Signing token must be whsec_ followed by 32 bytes in base64"]),
    Refusal(
      testDescription: "a developer", body: ["url": "https://x.example.com"], who: "dana", status: 403,
      answer: ["message": "403 Forbidden"]),
    Refusal(
      testDescription: "a maintainer of the group", path: "groups/3/hooks", body: ["url": "https://x.example.com"], who: "alice",
      status: 403, answer: ["message": "403 Forbidden"]),
    Refusal(
      testDescription: "a group hook on Free", path: "groups/3/hooks", body: ["url": "https://x.example.com"], status: 404,
      answer: ["message": "404 Not Found"]
    ) { $0.instance.isLicensed = false },
  ]

  @Test(arguments: refusals) func refused(_ refusal: Refusal) throws {
    var (world, _) = owned()
    refusal.arrange(&world)
    let got = try world.call(.post, refusal.path, body: refusal.body, token: world.token(for: refusal.who))
    #expect(got.status == refusal.status)
    #expect(got.json == refusal.answer)
    #expect(world.hooks.all.isEmpty)
  }

  @Test func aChangeNeedsTheURLAgain() throws {
    var (world, root) = owned()
    let id = world.addHook(url: Self.url)
    #expect(try world.call(.put, "projects/30/hooks/\(id)", body: ["token": "x"], token: root).json == ["error": "url is missing"])
    #expect(try world.call(.put, "groups/2/hooks/\(id)", body: ["url": .string(Self.url)], token: root).status == 404)
  }

  @Test func anOlderReleaseTakesASigningTokenInSilence() throws {
    var (world, root) = owned(.v18)
    let body: JSONValue = ["url": .string(Self.url), "deployment_events": true, "signing_token": .string(Self.signing)]
    let made = try world.call(.post, "projects/30/hooks", body: body, token: root)
    #expect(made.status == 201 && made.json?["signing_token_present"] == nil && made.json?["token_present"] == nil)
    let id = world.deploy().deploymentID
    _ = try world.approve(id)
    #expect(world.takeDeliveries().allSatisfy { !$0.request.head.headerFields.contains { $0.name.canonicalName == "webhook-signature" } })
  }

  // MARK: What was sent

  private func answer(_ status: Int) -> Answer {
    .success(Response(head: HTTPResponse(status: .init(code: status), headerFields: [.contentType: "text/plain"]), body: Array("ok".utf8)))
  }

  @Test func whatWasSentCanBeLookedUpForAWeek() throws {
    var (world, root) = owned()
    let id = world.addHook(url: Self.url, token: "a-secret", signingToken: Self.signing, events: [.deployment])
    let path = "projects/30/hooks/\(id)/events"
    _ = world.deploy()
    for delivery in world.takeDeliveries() { world.settle(delivery, with: answer(200)) }
    world.push(by: "dana")
    _ = world.deploy()
    for delivery in world.takeDeliveries() { world.settle(delivery, with: answer(500)) }
    let events = try world.call(.get, path, token: root)
    #expect(events.json?.array?.map { $0["response_status"] } == ["500", "200"])
    let event = events.json?.array?.first
    #expect(event?["trigger"] == "deployment_hooks" && event?["request_data"]?["object_kind"] == "deployment")
    #expect(event?["request_headers"]?["X-Gitlab-Token"] == "[REDACTED]" && event?["response_body"] == "ok")
    #expect(!events.text.contains("a-secret") && !events.text.contains("\"v1,"))
    #expect(try world.call(.get, path + "?status=server_failure", token: root).json?.array?.count == 1)
    #expect(try world.call(.get, path + "?status=200", token: root).json?.array?.count == 1)
    #expect(try world.call(.get, path, token: root, at: morning + .seconds(8 * 86_400)).json == [])
    world.instance.version = World.Version(17, 2)
    #expect(try world.call(.get, path, token: root).json == ["error": "404 Not Found"])
  }

  @Test func aHookThatFailsIsSwitchedOff() throws {
    var (world, root) = owned()
    world.instance.disablesFailingHooks = true
    let id = world.addHook(url: Self.url, events: [.push])
    for _ in 1...4 {
      world.push(by: "dana")
      for delivery in world.takeDeliveries() { world.settle(delivery, with: answer(500)) }
    }
    let hook = try world.call(.get, "projects/30/hooks/\(id)", token: root).json
    #expect(hook?["alert_status"] == "temporarily_disabled" && hook?["disabled_until"] == "2026-09-03T09:11:00.000Z")
    let later = try world.call(.get, "projects/30/hooks/\(id)", token: root, at: morning + .seconds(61)).json
    #expect(later?["alert_status"] == "executable" && later?["disabled_until"] == .null)
  }
}

import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Facts A.1, A.2 and B: headers, signatures, failures, recursion.
@Suite struct HookDeliveryTests {
  private let ok: Answer = .success(Response(head: HTTPResponse(status: .ok)))
  private let refused: Answer = .success(Response(head: HTTPResponse(status: .unauthorized)))

  private func headers(_ delivery: World.HookDelivery) -> [String: String] {
    delivery.request.head.headerFields.reduce(into: [:]) { $0[$1.name.rawName] = $1.value }
  }

  private let uuid = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/

  @Test func theHeadersAreGitLabs() throws {
    var world = demoWorld(signingToken: Demo.signingToken)
    world.recordDeployment(environment: "production", status: .running)
    let delivery = try #require(world.takeDeliveries().first)
    let vector = try Fixture.json("signed/vector.json")["headers"]?.object?.members.map(\.name) ?? []
    #expect(Set(headers(delivery).keys) == Set(vector))
    let got = headers(delivery)
    #expect(got["User-Agent"] == "GitLab/19.3.0-ee" && got["X-Gitlab-Event"] == "Deployment Hook")
    #expect(got["X-Gitlab-Instance"] == "https://gitlab.example.com" && got["X-Gitlab-Token"] == "legacy-secret")
    #expect(got["webhook-id"] == got["Idempotency-Key"] && got["webhook-timestamp"] == "1788426600")
    for name in ["Idempotency-Key", "X-Gitlab-Webhook-UUID", "X-Gitlab-Event-UUID"] {
      #expect(try uuid.wholeMatch(in: got[name] ?? "") != nil)
    }
    #expect(delivery.request.head.authority == "gate.example.com" && delivery.request.head.path == "/webhooks/gitlab?x=1")
    #expect(delivery.request.head.method == .post && delivery.request.head.scheme == "https")
  }

  @Test func olderReleasesDoNotSign() throws {
    var world = demoWorld(release: .v18, signingToken: Demo.signingToken)
    world.recordDeployment(environment: "production", status: .running)
    let got = headers(try #require(world.takeDeliveries().first))
    #expect(got["User-Agent"] == "GitLab/18.5.1-ee" && got["X-Gitlab-Token"] == "legacy-secret")
    #expect(got.keys.filter { $0.hasPrefix("webhook-") }.isEmpty)
  }

  @Test func theSignerReproducesTheVector() throws {
    let vector = try Fixture.json("signed/vector.json")
    let fields = try #require(vector["headers"])
    let signer = try #require(HookSigner(token: vector["signing_token"]?.string ?? ""))
    let signature = signer.signature(
      id: fields["webhook-id"]?.string ?? "", timestamp: fields["webhook-timestamp"]?.string ?? "",
      body: try Fixture.bytes("signed/body.bin"))
    #expect(signature == fields["webhook-signature"]?.string)
  }

  @Test(arguments: [
    "", "whsec_", "whsec_AAEC", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=", "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8",
  ])
  func otherSigningTokensAreRefused(token: String) { #expect(HookSigner(token: token) == nil) }

  @Test func aDeliveryIsSignedOverItsOwnBody() throws {
    var world = demoWorld(signingToken: Demo.signingToken)
    world.recordDeployment(environment: "production", status: .running)
    let delivery = try #require(world.takeDeliveries().first)
    let got = headers(delivery)
    let signer = try #require(HookSigner(token: Demo.signingToken))
    let expected = signer.signature(id: delivery.idempotencyKey, timestamp: "1788426600", body: delivery.request.body)
    #expect(got["webhook-signature"] == expected)
  }

  @Test func everyHookAndEventIsADeliveryOfItsOwn() {
    var world = World.demo(hookURL: "http://gate/a", now: morning)
    world.addHook(url: "http://gate/b", events: [.deployment])
    world.hooks.insert(World.Hook(id: 5, owner: .group(2), url: "http://gate/group", events: [.deployment], createdAt: morning))
    world.hooks.insert(World.Hook(id: 6, owner: .group(134), url: "http://gate/other", events: [.deployment], createdAt: morning))
    world.recordDeployment(environment: "production", status: .running)
    let sent = world.takeDeliveries()
    #expect(Set(sent.map { $0.request.head.path }) == ["/a", "/b", "/group"])
    #expect(Set(sent.map(\.idempotencyKey)).count == 3)
    #expect(world.takeDeliveries().isEmpty)
  }

  @Test func blockedUsersSendOnlyDeploymentHooks() {
    var world = demoWorld()
    world.block("dana")
    _ = world.deploy()
    #expect(Set(world.takeDeliveries().map(\.event)) == [.deployment])
  }

  @Test func aResentHookKeepsItsKey() throws {
    var world = demoWorld()
    world.recordDeployment(environment: "production", status: .running)
    let first = try #require(world.takeDeliveries().first)
    world.resend(first)
    let second = try #require(world.takeDeliveries().first)
    #expect(first.request.body == second.request.body && first.idempotencyKey == second.idempotencyKey)
    #expect(headers(first)["X-Gitlab-Webhook-UUID"] != headers(second)["X-Gitlab-Webhook-UUID"])
  }

  @Test func nothingIsSentTwiceByItself() throws {
    var world = demoWorld()
    world.recordDeployment(environment: "production", status: .running)
    let delivery = try #require(world.takeDeliveries().first)
    world.settle(delivery, with: refused)
    world.tick(at: morning + .seconds(86_400))
    #expect(world.takeDeliveries().isEmpty)
    #expect(world.hooks[delivery.hookID].lastAnswer == refused && world.hooks[delivery.hookID].consecutiveFailures == 1)
  }

  /// Sends one event and settles it; false when the hook is switched off.
  private func isSent(_ world: inout World, _ answer: Answer) -> Bool {
    world.recordDeployment(environment: "production", status: .running)
    let sent = world.takeDeliveries()
    for delivery in sent { world.settle(delivery, with: answer) }
    return !sent.isEmpty
  }

  @Test func fourFailuresSwitchAHookOffForLongerAndLonger() {
    var world = demoWorld()
    world.instance.disablesFailingHooks = true
    for _ in 0..<4 { #expect(isSent(&world, refused)) }
    #expect(!isSent(&world, ok))
    #expect(world.deliveries.entries.last?.outcome == .droppedWhileDisabled)
    world.tick(at: world.now + .seconds(60))
    #expect(isSent(&world, .failure(TransportFailure(effect: .unknown, reason: "timeout"))))
    world.tick(at: world.now + .seconds(119))
    #expect(!isSent(&world, ok))
    world.tick(at: world.now + .seconds(1))
    #expect(isSent(&world, ok))
    for _ in 0..<3 { #expect(isSent(&world, refused)) }
    #expect(isSent(&world, ok))
  }

  @Test func fortyFailuresSwitchItOffForGood() throws {
    var world = demoWorld()
    world.instance.disablesFailingHooks = true
    for _ in 0..<40 {
      #expect(isSent(&world, refused))
      world.tick(at: world.now + .seconds(86_400))
    }
    #expect(!isSent(&world, ok))
    let root = world.token(for: "root")
    #expect(try world.call(.get, "projects/30/hooks", token: root).json?.array?.first?["alert_status"] == "disabled")
  }

  @Test func onSelfManagedFailuresSwitchNothingOff() {
    var world = demoWorld()
    for _ in 0..<10 { #expect(isSent(&world, refused)) }
  }

  @Test func redirectsCountAsSuccess() {
    var world = demoWorld()
    world.instance.disablesFailingHooks = true
    for _ in 0..<8 { #expect(isSent(&world, .success(Response(head: HTTPResponse(status: .found))))) }
  }

  @Test func whatAHookCausedDoesNotFireItAgain() throws {
    var world = demoWorld()
    let started = world.deploy()
    let cause = headers(try #require(world.takeDeliveries().last))["X-Gitlab-Event-UUID"] ?? ""
    let echoed = ["X-Gitlab-Event-UUID": cause]
    let path = "projects/30/deployments/\(started.deploymentID)/approval"
    #expect(try world.call(.post, path, body: ["status": "approved"], headers: echoed).status == 201)
    #expect(try world.call(.post, "projects/30/jobs/\(started.jobID)/play", headers: echoed).status == 200)
    world.tick(at: morning + .seconds(60))
    #expect(world.deployments[started.deploymentID].status == .success)
    #expect(world.takeDeliveries().isEmpty)
    #expect(world.deliveries.entries.allSatisfy { $0.outcome == .suppressedAsRecursion } && world.deliveries.entries.count > 3)
  }

  @Test func withoutTheIdEverythingFires() throws {
    var world = demoWorld()
    let started = world.deploy()
    _ = world.takeDeliveries()
    _ = try world.approve(started.deploymentID)
    _ = try world.call(.post, "projects/30/jobs/\(started.jobID)/play")
    world.tick(at: morning + .seconds(60))
    #expect(world.takeStatuses() == ["approved", "running", "success"])
  }

  @Test func theSameSeedGivesTheSameBytes() throws {
    func run() throws -> [Request] {
      var world = demoWorld(signingToken: Demo.signingToken)
      let started = world.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "x")
      _ = try world.approve(started.deploymentID)
      return world.takeDeliveries().map(\.request)
    }
    let (first, second) = (try run(), try run())
    #expect(first == second && !first.isEmpty)
  }
}

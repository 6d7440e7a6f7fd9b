import Calendar
import GitLabSimulator
import HTTPMessages
import HTTPTypes
import JSON
import Testing

/// Facts B: a test of a hook and an event that is sent again are answered with what came of them.
@Suite struct HookTestAPITests {
  private let url = "https://gate.example.com/webhooks/gitlab"

  /// A world whose project has a commit and a hook for deployments alone, and its administrator's token.
  private func world() -> (World, root: String, hook: Int64) {
    var world = World.demo(now: morning)
    let root = world.token(for: "root")
    let hook = world.addHook(url: url, events: [.deployment])
    world.commit("One", by: "dana")
    return (world, root, hook)
  }

  private func answer(_ status: Int, _ text: String = "") -> Answer {
    .success(Response(head: HTTPResponse(status: .init(code: status)), body: Array(text.utf8)))
  }

  /// Asks, has the one delivery that follows end as said, and returns the delivery and what was answered then.
  private func ask(_ path: String, _ world: inout World, token: String, ending: Answer) throws -> (World.HookDelivery, Response) {
    guard case .afterDelivery(let id) = world.respond(to: request(.post, path, token: token), at: world.now) else {
      throw APIErrorExpected.nothingWasSent
    }
    let early = world.takeAnswer(afterDelivery: id)
    #expect(early == nil)
    let sent = world.takeDeliveries()
    let delivery = try #require(sent.first)
    #expect(delivery.id == id)
    world.settle(delivery, with: ending)
    let told = world.takeAnswer(afterDelivery: id)
    let response = try #require(told)
    let again = world.takeAnswer(afterDelivery: id)
    #expect(again == nil)
    return (delivery, response)
  }

  private enum APIErrorExpected: Error { case nothingWasSent }

  @Test func aTestIsAnsweredWithWhatCameOfIt() throws {
    var (world, root, hook) = world()
    let path = "projects/30/hooks/\(hook)/test/push_events"
    let (sent, good) = try ask(path, &world, token: root, ending: answer(200))
    #expect(sent.event == .push && sent.request.head.headerFields.contains { $0.value == Demo.webhookToken })
    #expect(good.status == .created && good.body == Array(#"{"message":"201 Created"}"#.utf8))
    #expect(good.head.headerFields[.date] != nil)
    let (_, bad) = try ask(path, &world, token: root, ending: answer(401, "who are you"))
    #expect(bad.status == .unprocessableContent && bad.body == Array(#"{"message":"who are you"}"#.utf8))
    let (_, lost) = try ask(path, &world, token: root, ending: .failure(TransportFailure(effect: .unknown, reason: "refused")))
    #expect(lost.status == .unprocessableContent)
  }

  @Test func aTestThatGoesWellSwitchesAHookOnAgain() throws {
    var (world, root, hook) = world()
    world.instance.disablesFailingHooks = true
    world.instance.version = World.Version(17, 10)
    for _ in 1...4 {
      _ = world.deploy()
      for delivery in world.takeDeliveries() { world.settle(delivery, with: answer(500)) }
    }
    #expect(try world.call(.get, "projects/30/hooks/\(hook)", token: root).json?["alert_status"] == "disabled")
    _ = world.deploy()
    #expect(world.takeDeliveries().isEmpty)
    _ = try ask("projects/30/hooks/\(hook)/test/push_events", &world, token: root, ending: answer(200))
    #expect(try world.call(.get, "projects/30/hooks/\(hook)", token: root).json?["alert_status"] == "executable")
  }

  @Test func whatCannotBeTried() throws {
    var (world, root, hook) = world()
    let path = "projects/30/hooks/\(hook)/test/"
    #expect(try world.call(.post, path + "deployment_events", token: root).json == ["error": "trigger does not have a valid value"])
    #expect(try world.call(.post, path + "pipeline_events", token: root).json == ["message": "Ensure the project has CI pipelines."])
    #expect(try world.call(.post, path + "issues_events", token: root).status == 422)
    #expect(try world.call(.post, path + "push_events", token: world.token(for: "dana")).status == 403)
    #expect(try world.call(.post, "projects/30/hooks/4711/test/push_events", token: root).status == 404)
    var empty = World.demo(now: morning)
    let administrator = empty.token(for: "root")
    let other = empty.addHook(url: url)
    let refused = try empty.call(.post, "projects/30/hooks/\(other)/test/push_events", token: administrator)
    #expect(refused.status == 422 && refused.message == "Ensure the project has at least one commit.")
    #expect(world.takeDeliveries().isEmpty && empty.takeDeliveries().isEmpty)
  }

  @Test func fiveInAMinute() throws {
    var (world, root, hook) = world()
    let path = "projects/30/hooks/\(hook)/test/push_events"
    for _ in 1...5 { _ = try ask(path, &world, token: root, ending: answer(200)) }
    #expect(try world.call(.post, path, token: root).status == 429)
    world.tick(at: morning + .seconds(60))
    _ = try ask(path, &world, token: root, ending: answer(200))
  }

  @Test func anEventIsSentAgainAsItWas() throws {
    var (world, root, hook) = world()
    _ = world.deploy()
    let deliveries = world.takeDeliveries()
    let first = try #require(deliveries.first)
    world.settle(first, with: answer(503))
    let path = "projects/30/hooks/\(hook)/events"
    let id = try #require(try world.call(.get, path, token: root).json?.array?.first?["id"]?.integer)
    let (again, told) = try ask(path + "/\(id)/resend", &world, token: root, ending: answer(200))
    #expect(told.status == .created && told.body == Array(#"{"response_status":200}"#.utf8))
    #expect(again.idempotencyKey == first.idempotencyKey && again.request.body == first.request.body)
    #expect(try world.call(.post, path + "/4711/resend", token: root).status == 404)
    world.hooks[hook].url = "https://elsewhere.example.com/"
    let moved = try world.call(.post, path + "/\(id)/resend", token: root)
    #expect(moved.status == 422 && moved.message == "The hook URL has changed. This log entry cannot be retried.")
    world.instance.version = World.Version(17, 3)
    #expect(try world.call(.post, path + "/\(id)/resend", token: root).json == ["error": "404 Not Found"])
  }

  @Test func aGroupsHookHearsOfAllProjectsBelow() throws {
    var (world, root, _) = world()
    let body: JSONValue = ["url": .string(url), "push_events": false, "deployment_events": true]
    let id = try #require(try world.call(.post, "groups/2/hooks", body: body, token: root).json?["id"]?.integer)
    _ = world.deploy()
    // The project's own hook and the group's, for the same event: nobody sees to it that one is enough.
    let sent = world.takeDeliveries()
    #expect(sent.count == 2 && Set(sent.map(\.hookID)).contains(id) && Set(sent.map(\.idempotencyKey)).count == 2)
    let (test, _) = try ask("groups/2/hooks/\(id)/test/push_events", &world, token: root, ending: answer(200))
    #expect(test.hookID == id)
  }
}

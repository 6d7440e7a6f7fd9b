import GitLabSimulator
import HTTPMessages
import JSON
import Testing

/// Webhooks are lost, doubled, reordered, forged and of no interest; the story stays the same.
@Suite struct WebhookStoryTests {
  @Test("no webhook ever arrives: reconcile finds the deployment, and follows it to its end", arguments: World.Release.allCases)
  func lost(_ release: World.Release) async throws {
    try await House.with(HouseSettings(release: release, hookEvents: [], reconcileEvery: "1s")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.audit(key).first?["detail"]?["learned_by"]?.string == "reconcile")
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try house.deliveryCount() == 0)
    }
  }

  @Test("a hook that comes again, under its own key or another, is a duplicate and changes nothing")
  func doubled() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let blocked = try await house.sentHook("blocked")
      #expect(try await house.deliver(blocked).result == "duplicate")
      #expect(try await house.deliver(blocked) { $0.set("Idempotency-Key", "another-hook-says-the-same") }.result == "duplicate")
      #expect(try await house.deliver(blocked) { $0.head.path = "/webhooks/gitlab/main" }.result == "duplicate")
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      try await house.rests()

      let revision = try await house.change(key)["revision"]
      for hook in house.sentHooks.reversed() {
        #expect(try await house.deliver(hook.delivery.request).result == "duplicate")
        #expect(try await house.deliver(hook.delivery.request) { $0.set("Idempotency-Key", "again-\(hook.delivery.id)") }.status == 200)
      }
      try await house.rests()
      #expect(try await house.change(key)["revision"] == revision)
      #expect(try await house.changes().count == 1)
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("the same hook eight times at once is recorded once")
  func simultaneous() async throws {
    try await House.with(HouseSettings(hookEvents: [])) { house in
      try await house.hasReconciled()
      let hook = try await house.hookNotDelivered()
      let results = await withTaskGroup(of: String?.self) { group in
        for _ in 0..<8 { group.addTask { try? await house.deliver(hook).result } }
        return await group.reduce(into: [String?]()) { $0.append($1) }
      }
      #expect(results.count { $0 == "recorded" } == 1, "\(results)")
      #expect(results.count { $0 == "duplicate" } == 7, "\(results)")
      try await house.rests()
      #expect(try await house.changes().count == 1)
      #expect(try house.deliveryCount() == 1)
    }
  }

  @Test(
    "an authentic hook says that it ran or was approved, and GitLab says that it waits: it waits",
    arguments: ["running", "success", "approved"])
  func untrue(_ status: String) async throws {
    try await House.with(HouseSettings(hookEvents: [])) { house in
      try await house.hasReconciled()
      let hook = try await house.hookNotDelivered()
      let got = try await house.deliver(hook) { $0.rewrite(#""status":"blocked""#, #""status":"\#(status)""#) }
      #expect(got.result == "recorded", "\(got)")
      let key = try await eventually("the change request") { () -> Sighting<String> in
        try await house.changes().first?["key"]?.string.map(Sighting.found) ?? .notYet("none")
      }
      try await house.rests()
      let change = try await house.change(key)
      #expect(change["gate"]?.string == "awaiting")
      #expect(change["out_of_band"]?.bool == false)
      // The true one comes late.
      #expect(try await house.deliver(hook) { $0.set("Idempotency-Key", "late") }.status == 200)
      try await house.rests()
      #expect(try await house.changes().count == 1)
    }
  }

  @Test("what is not GitLab's is answered 401 and leaves no trace", arguments: HouseSettings.kinds.dropFirst())
  func forged(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      _ = try await house.opened(house.deploy())
      let hook = try await house.sentHook("blocked")
      let count = try house.deliveryCount()
      let forgeries: [(String, (inout Request) -> Void)] =
        switch settings.proof {
        case .token:
          [
            ("no token", { $0.set("X-Gitlab-Token", nil) }), ("an empty token", { $0.set("X-Gitlab-Token", "") }),
            ("another token", { $0.set("X-Gitlab-Token", "guessed") }),
            ("a token that goes on", { $0.set("X-Gitlab-Token", HouseSettings.webhookToken + "x") }),
          ]
        case .signature:
          [
            ("no signature", { $0.set("webhook-signature", nil) }), ("another signature", { $0.set("webhook-signature", "v1,AAAA") }),
            ("another body", { $0.rewrite(#""blocked""#, #""success""#) }), ("another time", { $0.set("webhook-timestamp", "1700000000") }),
            ("another id", { $0.set("webhook-id", "11111111-2222-4333-8444-555555555555") }),
            (
              "a token only",
              {
                for name in ["webhook-signature", "webhook-id"] { $0.set(name, nil) }
                $0.set("X-Gitlab-Token", HouseSettings.webhookToken)
              }
            ),
          ]
        }
      for (name, forge) in forgeries {
        let got = try await house.deliver(hook) {
          $0.set("Idempotency-Key", "forged-\(name.count)")
          forge(&$0)
        }
        #expect(got.status == 401, "\(name): \(got)")
        #expect(got.code == "not_authentic", "\(name): \(got)")
      }
      #expect(try house.deliveryCount() == count)
      #expect(house.log.contains("a webhook was refused: not authentic"))
      // Who it was, though nothing but the head was read.
      let answered = house.log.split(separator: "\n").filter { $0.contains(#""message":"answered""#) && $0.contains(#""status":"401""#) }
      #expect(answered.allSatisfy { $0.contains(#""path":"/webhooks/gitlab""#) && $0.contains(#""peer":"127.0.0.1""#) }, "\(answered)")
      #expect(answered.count == forgeries.count)
    }
  }

  @Test("authentic hooks that are nothing to a gate are answered 200, so that GitLab keeps the hook switched on")
  func irrelevant() async throws {
    let all = Set(World.Hook.Event.allCases)
    try await House.with(HouseSettings(hookEvents: all)) { house in
      house.gitlab.with { $0.push(by: "dana") }
      house.deploy(to: "staging")
      house.deploy(to: "review/feature-x")
      let isSent = { house.sentHooks.count >= 10 && house.sentHooks.count == house.gitlab.with { $0.deliveries.entries.count } }
      try await eventually("the hooks to be sent") { isSent() }
      for hook in house.sentHooks {
        guard case .success(let response) = hook.answer else {
          Issue.record("no answer to a \(hook.delivery.event)")
          continue
        }
        #expect(response.status == .ok)
        #expect(Got(response: response).result == "ignored", "\(hook.delivery.event): \(Got(response: response))")
      }
      let push = try #require(house.sentHooks.first { $0.delivery.event == .push }).delivery.request
      let strange = try await house.deliver(push) {
        $0.set("Idempotency-Key", "strange")
        $0.set("X-Gitlab-Event", "Emoji Hook")
        $0.body = Array(#"{"object_kind":"emoji"}"#.utf8)
      }
      #expect(strange.result == "ignored")
      let broken = try await house.deliver(push) { $0.body = Array(#"{"object_kind":"#.utf8) }
      #expect(broken.status == 400)
      #expect(broken.code == "not_json")
      #expect(try await house.changes() == [])
    }
  }
}

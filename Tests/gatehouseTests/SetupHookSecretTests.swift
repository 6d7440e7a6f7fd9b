import HTTPMessages
import TestSupport
import Testing

@testable import GitLabSimulator

/// GitLab shows a webhook's secret to nobody. What tells that it is another than ours, and what puts ours there again.
@Suite struct SetupHookSecretTests {
  /// Somebody gives the webhook another secret in GitLab.
  private func change(_ house: House) {
    house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].token = "theirs" } }
  }

  private func isOurs(_ house: House) -> Bool {
    house.gitlab.with { $0.hooks.all.map(\.token) } == [text(ofFile: house.hookFile).filter { !$0.isNewline }]
  }

  /// GitLab sends an event, and is answered so.
  private func send(_ house: House, _ status: Int) {
    house.gitlab.with { world in
      guard let hook = world.hooks.all.first else { return }
      let delivery = world.makeDelivery(hook, .deployment, body: Array("{}".utf8), idempotencyKey: "k\(status)", cause: "c")
      world.settle(delivery, with: .success(Response(head: .init(status: .init(code: status)))))
    }
  }

  @Test("a sending that was answered 401 tells, and the secrets are sent again, once") func refused() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      send(house, 200)
      #expect(try await house.setup("plan").status == 0)
      change(house)
      send(house, 401)
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("gitlab main webhook deliveries"))
      #expect(
        finding["status"]?.string == "fail" && finding["remedy"]?.string?.contains("setup apply --resend-secrets") == true, "\(check)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("was answered 401"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
      #expect(isOurs(house))
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("GitLab's clock is its own: what was refused before they were sent again tells nothing", arguments: [-3_600, 3_600])
  func clocks(_ seconds: Int64) async throws {
    try await House.with(House.bare { $0.instance.clockOffset = .seconds(seconds) }, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      change(house)
      send(house, 401)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("was answered 401"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && isOurs(house), "\(apply)")
      #expect(try await house.setup("plan").status == 0)
      change(house)
      send(house, 401)
      #expect(try await house.setup("plan").status == 1)
    }
  }

  @Test("where GitLab does not tell, they are sent again when somebody says so") func asked() async throws {
    try await House.with(House.bare(release: .v18), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      change(house)
      #expect(try await house.setup("plan").status == 0)
      let plan = try await house.setup("plan", "--resend-secrets")
      #expect(plan.status == 1 && plan.output.contains("they are sent again, as is asked for"), "\(plan)")
      #expect(!isOurs(house))
      let apply = try await house.setup("apply", "--resend-secrets")
      #expect(apply.status == 0, "\(apply)")
      #expect(isOurs(house))
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a second webhook of somebody's is named, with what to do; apply's own is kept and in order") func second() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let other = house.gitlab.with { world -> Int64 in
        // It comes first in GitLab's list.
        let own = world.hooks.all[0]
        world.hooks.remove(own.id)
        let other = world.addHook(url: "https://gatehouse.example.com/webhooks/gitlab", token: nil, events: [.deployment])
        world.hooks.insert(own)
        return other
      }
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        for words in [
          "= webhook of project acme/payments/checkout", "! webhook \(other) of project acme/payments/checkout", "leads to the same gate",
          "Apply has not made it: remove it in GitLab (Settings > Webhooks)",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      #expect(house.gitlab.with { $0.hooks.all.count } == 2)
      house.gitlab.with { $0.hooks.remove(other) }
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("webhooks of the projects go once the group's stands, and the other way round", arguments: [false, true])
  func moves(isToProject: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      let before = house.picture
      let settings = ["setup: {hook: project}", "setup: {hook: group, group: acme/payments}"]
      house.configureForSetup(isToProject ? settings[1] : settings[0])
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(isToProject ? settings[0] : settings[1])
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- removed: webhook "), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(house.gitlab.with { $0.hooks.all.map(\.owner) } == [isToProject ? .project(30) : .group(3)])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }
}

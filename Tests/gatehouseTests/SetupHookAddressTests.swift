import TestSupport
import Testing

@testable import GitLabSimulator

/// GitLab takes a name and a password in the address of a webhook, for a proxy that asks for them: they are a secret like the others.
@Suite struct SetupHookAddressTests {
  private static let secret = "s3cret-of-the-proxy"
  private static let address = "https://hookuser:\(secret)@gatehouse.example.com/webhooks/gitlab/main"

  private func addresses(_ house: House) -> [String] { house.gitlab.with { $0.hooks.all.map(\.url) } }

  /// What a person adds in GitLab once apply has made the webhook.
  private func add(_ house: House) {
    house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].url = Self.address } }
  }

  private func isNowhere(_ run: Program.Run, _ house: House) {
    #expect(!run.output.contains(Self.secret) && !run.errors.contains(Self.secret), "\(run)")
    for file in [house.database, house.database + "-wal"] {
      #expect(!text(ofFile: file).contains(Self.secret), "in \(file)")
    }
  }

  @Test("a name and a password in its address stay there, and are shown and kept nowhere") func stays() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      add(house)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0, "\(plan)")
      let again = try await house.setup("apply", "--resend-secrets")
      #expect(again.status == 0 && addresses(house) == [Self.address], "\(again)")
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].events = [] } }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && addresses(house) == [Self.address], "\(apply)")
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main webhook")?["status"]?.string == "ok", "\(check)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && house.picture == before, "\(undo)")
      for run in [plan, again, apply, check, undo] { isNowhere(run, house) }
    }
  }

  @Test("they go with an address that leads elsewhere now, which the plan says") func goes() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      add(house)
      let moved = text(ofFile: house.configurationFile).replacing("gatehouse.example.com", with: "gate.example.org")
      write(moved, toFile: house.configurationFile)
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("the name and the password in its address go with it"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && addresses(house) == ["https://gate.example.org/webhooks/gitlab/main"], "\(apply)")
      for run in [plan, apply] { isNowhere(run, house) }
    }
  }

  @Test("undo leaves the file of a secret that another GitLab's webhooks are proved by too") func shared() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let other = """
          - name: other
            url: https://gitlab.example.org
            token: {file: "\(house.folder.file("other-token"))"}
            webhook_token: {file: "\(house.hookFile)"}
        services: [{instance: main,
        """
      write(text(ofFile: house.configurationFile).replacing("services: [{", with: other), toFile: house.configurationFile)
      #expect(try await house.setup("apply", "--instance", "main").status == 0)
      let secret = text(ofFile: house.hookFile)
      let undo = try await house.setup("undo", "--instance", "main")
      #expect(undo.status == 0 && undo.output.contains("GitLab other is configured with it too"), "\(undo)")
      #expect(!secret.isEmpty && text(ofFile: house.hookFile) == secret)
    }
  }
}

import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// `setup undo` where GitLab does not show whether a thing is gone: it keeps the record, says what to do, and believes a person who knows.
@Suite struct SetupUndoDoubtTests {
  private static func applied(
    _ settings: HouseSettings = House.bare(), _ body: @escaping @Sendable (House, _ before: [String]) async throws -> Void
  ) async throws {
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      try await body(house, before)
    }
  }

  @Test("an account of a new GitLab that is not this person's to remove is no account of an old one") func notTheirs() async throws {
    try await Self.applied { house, before in
      house.gitlab.with { world in
        for user in world.users.all where user.username == "gatehouse-acme" { world.users[user.id].provisionedBy = .group(3) }
      }
      for _ in 0..<2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && !undo.output.contains("17.1"), "\(undo)")
        for words in ["404", "though it shows the user", "Owner of group acme", "Admin > Users"] {
          #expect(undo.output.contains(words), "'\(words)' in \(undo)")
        }
      }
      house.gitlab.with { world in
        for user in world.users.all where user.username == "gatehouse-acme" { world.users[user.id].provisionedBy = .group(2) }
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 0, "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("an account that is not shown by its id is gone only if its name is nobody's either") func hiddenAccount() async throws {
    try await Self.applied { house, before in
      let missing = Fault.Action.answer(
        status: 404, headers: ["Content-Type": "application/json"], body: #"{"message":"404 User Not Found"}"#)
      house.gitlab.with { $0.faults = [Fault(missing, on: "GET", "users/*")] }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("does not show"), "\(undo)")
      #expect(house.picture.contains("user gatehouse-acme"))
      let again = try await house.setup("undo")
      #expect(again.status == 0, "\(again)")
      #expect(house.picture == before)
    }
  }

  /// An Owner's word alone does not tell it from one that has moved.
  @Test("a deleted project that the account cannot be asked for is said to be, with who and why, and the rest goes on")
  func deletedProject() async throws {
    try await Self.applied { house, _ in
      house.gitlab.with { world in
        for token in world.tokens.all where token.userID != House.paula { world.tokens[token.id].isRevoked = true }
        world.delete(project: 30)
      }
      for _ in 0..<2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1, "\(undo)")
        for words in [
          #"gatehouse setup undo --forget "project acme/payments/checkout" --because "WHY""#, "the audit log says who and why",
          "does not show project acme/payments/checkout itself either",
        ] {
          #expect(undo.output.contains(words), "'\(words)' in \(undo)")
        }
      }
      let unreasoned = try await house.setup("undo", "--forget", "project acme/payments/checkout")
      unreasoned.expectRefusal(2, saying: "--forget needs --because")
      let undo = try await house.setup("undo", "--forget", "project acme/payments/checkout", "--because", "deleted on 20 November")
      #expect(undo.status == 0 && undo.output.contains("paula says: deleted on 20 November"), "\(undo)")
      #expect(undo.output.contains("3 are struck from the record"), "\(undo)")
      #expect(!house.picture.contains { $0.contains("gatehouse-acme") } && house.accountTokens.isEmpty)
      #expect(!names(inFolder: house.folder.path).contains { ["account-token", "hook-token"].contains($0) })
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 200) }.filter { $0.action == "setup.forgotten" }
      #expect(entries.count == 3 && entries.allSatisfy { $0.actor == "paula" && $0.detail.contains("deleted on 20 November") })
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  @Test("one that is marked for deletion is told as that") func markedProject() async throws {
    try await Self.applied { house, _ in
      let refused = Fault.Action.answer(
        status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { world in
        world.projects[30].markedForDeletionOn = "2026-12-20"
        world.faults = [Fault(refused, on: "DELETE", "projects/30/hooks/*")]
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1, "\(undo)")
      for words in ["marked project acme/payments/checkout for deletion (2026-12-20)", "restore it", "--forget"] {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
    }
  }

  @Test("what GitLab shows is taken back, also where a person says that it is gone") func forgottenAndShown() async throws {
    try await Self.applied { house, before in
      let undo = try await house.setup("undo", "--forget", "project acme/payments/checkout", "--because", "I believe so")
      #expect(undo.status == 0 && !undo.output.contains("I believe so"), "\(undo)")
      #expect(house.picture == before)
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 200) }
      #expect(entries.contains { $0.action == "setup.undone" } && !entries.contains { $0.action == "setup.forgotten" })
    }
  }

  @Test("nothing is forgotten that only cannot be reached") func unreachable() async throws {
    try await Self.applied { house, before in
      house.gitlab.with { $0.faults = [Fault(.internalError, on: "GET", "projects/30/hooks/*")] }
      let undo = try await house.setup("undo", "--forget", "project acme/payments/checkout", "--because", "I believe so")
      #expect(undo.status == 1 && undo.output.contains("undo again when it answers"), "\(undo)")
      #expect(!undo.output.contains("says: I believe so"))
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a webhook of ours is one whether or not its address names the GitLab, to plan, apply, check and undo", arguments: [false, true])
  func addressWithoutName(_ hasSecondGitLab: Bool) async throws {
    try await Self.applied { house, before in
      house.gitlab.with { world in
        for hook in world.hooks.all { world.hooks[hook.id].url = "https://GateHouse.example.com:443/webhooks/gitlab" }
      }
      var named: [String] = []
      if hasSecondGitLab {
        let second =
          "\n  - {name: other, url: http://127.0.0.1:1, token: {file: /no/such/token}, webhook_token: {file: /no/such/hook}}\nservices:"
        let text = text(ofFile: house.configurationFile).replacing("\nservices:", with: second).replacing(
          "{id: checkout,", with: "{id: checkout, instance: main,")
        write(text, toFile: house.configurationFile)
        named = ["--instance", "main"]
      }
      let plan = try await house.setup(["plan"] + named)
      #expect(plan.status == 0 && plan.output.contains("= webhook of project"), "\(plan)")
      let undo = try await house.setup(["undo"] + named)
      #expect(undo.status == 0 && !undo.output.contains("pointed it elsewhere"), "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("what a plan without protected environments has is not made, and the plan says it in one sentence", arguments: [true, false])
  func lapsed(_ hidesProtections: Bool) async throws {
    try await Self.applied { house, _ in
      house.gitlab.with { world in
        world.instance.isLicensed = false
        world.instance.hidesUnlicensedProtections = hidesProtections
        world.revokeTokens(of: "gatehouse-acme")
        for hook in world.hooks.all { world.hooks.remove(hook.id) }
      }
      house.forgetRequests()
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        #expect(run.output.components(of: "Premium or Ultimate") == 1, "\(run)")
        for words in ["! protected environment production", "no gate can hold a deployment without them", "change the plan"] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
        #expect(!run.output.contains("\n+ ") && !run.output.hasPrefix("+ "), "\(run)")
      }
      #expect(house.changesAsked.isEmpty)
    }
  }
}

extension String {
  /// How often the other stands in it.
  fileprivate func components(of other: String) -> Int { split(separator: other, omittingEmptySubsequences: false).count - 1 }
}

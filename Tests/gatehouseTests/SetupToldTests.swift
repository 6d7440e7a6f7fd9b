import TestSupport
import Testing

@testable import GitLabSimulator

/// What setup and check say of tokens is what became of them, and what they say to do mends it.
@Suite struct SetupToldTests {
  @Test("where GitLab has refused to make a token nothing was cut off, and no run says so") func refused() async throws {
    try await House.with(House.bare { $0.instance.tokenLifetimeDays = 30 }, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("takes no token that lives so long"), "\(apply)")
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && !plan.output.contains("cut off"), "\(plan)")
      // What it has said once it is not promised as if it had not.
      for words in ["GitLab has refused one that lives so long", "`setup: {token_lifetime: 29d}`"] {
        #expect(plan.output.contains(words), "'\(words)' in \(plan)")
      }
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nsetup: {token_lifetime: 29d}")
      let shorter = try await house.setup("plan")
      #expect(!shorter.output.contains("refused one"), "\(shorter)")
      #expect(try await house.setup("apply").status == 0)
    }
  }

  @Test("a token's last use is told where GitLab tells it, and its name by its own account") func names() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        world.users.insert(World.User(id: 72, username: "another-gate", name: "Another"))
        world.tokens.insert(.init(id: 606, userID: 72, secret: "glpat-another", name: "another", createdAt: world.now))
      }
      let made = text(ofFile: house.tokenFile)
      write("glpat-another\n", toFile: house.tokenFile)
      let undo = try await house.setup("undo")
      #expect(!undo.output.contains("of another-gate"), "\(undo)")
      #expect(undo.output.contains("of gatehouse-acme (id "), "\(undo)")
      #expect(!house.accountTokens.contains(made.filter { !$0.isNewline }), "\(undo)")
    }
  }

  @Test("after a rotation whose answer was lost check says what makes a new token") func lostRotation() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("setup: {rotate_token_before: 30d}")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.faults = [Fault(.resetAfterEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      #expect(try await house.setup("rotate-token", token: nil).status == 1)
      let check = try await house.command(["check", "--json"])
      let remedy = check.finding("gitlab main token rotation")?["remedy"]?.string ?? ""
      #expect(remedy.contains("set GATEHOUSE_SETUP_TOKEN") && remedy.contains("`gatehouse setup rotate-token`"), "\(check)")
      #expect(!remedy.contains("the server tries again by itself"), "\(check)")
      #expect(try await house.setup("rotate-token").status == 0)
      let after = try await house.command(["check", "--json"])
      #expect(after.finding("gitlab main token rotation")?["status"]?.string == "ok", "\(after)")
    }
  }
}

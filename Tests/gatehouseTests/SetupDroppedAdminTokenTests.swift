import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// `admin_token` is taken out of the configuration: the one that apply has made for it serves nobody any more, and does not live on for a year.
@Suite struct SetupDroppedAdminTokenTests {
  @Test("plan shows its end, apply revokes it and removes its file, and configured again it is made anew") func dropped() async throws {
    try await House.with(House.bare(), serving: false) { house in
      let looks = "admin_token: {file: \"\(house.adminFile)\"}"
      house.configureForSetup(looks)
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let made = house.picture
      house.configureForSetup()
      let plan = try await house.setup("plan")
      for words in [
        "~ access token gatehouse ", " of project acme/payments/checkout", "- revoked: apply has made it, and nothing needs it",
      ] {
        #expect(plan.status == 1 && plan.output.contains(words), "'\(words)' in \(plan)")
      }
      #expect(house.botTokens.count == 1)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.botTokens.isEmpty, "\(apply)")
      #expect(!names(inFolder: house.folder.path).contains("admin-token"))
      #expect(try await house.setup("plan").status == 0)
      house.configureForSetup(looks)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.picture.count == made.count && house.botTokens.count == 1)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("one that GitLab does not let go keeps nothing else from being set up") func refused() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup()
      house.gitlab.with { world in
        world.unprotect(environment: "production")
        world.faults = [
          Fault(.answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "DELETE", "projects/*/access_tokens/*", times: 9)
        ]
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! access token gatehouse "), "\(apply)")
      #expect(house.picture.contains { $0.contains(" production: ") } && house.botTokens.count == 1, "\(apply)")
      #expect(names(inFolder: house.folder.path).contains("admin-token"))
    }
  }

  private static let unlisted = Fault(
    .answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#), on: "GET",
    "projects/*/access_tokens", times: 99)

  /// By hand.
  private static func revoke(_ house: House) {
    let tokens = house.botTokens
    house.gitlab.with { world in for token in tokens { world.tokens[token.id].isRevoked = true } }
  }

  private static func withDropped(_ story: (House) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup()
      try await story(house)
    }
  }

  @Test(
    "whoever is not shown the tokens there, and may end none, ends it all the same, with itself, and its file", arguments: [true, false])
  func unlisted(_ isRevoked: Bool) async throws {
    try await Self.withDropped { house in
      if isRevoked { Self.revoke(house) }
      let body = #"{"message":"403 Forbidden"}"#
      house.gitlab.with {
        $0.faults = [Self.unlisted, Fault(.answer(status: 403, body: body), on: "DELETE", "projects/*/access_tokens/*", times: 9)]
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("~ access token gatehouse "), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.botTokens.isEmpty, "\(apply)")
      #expect(!names(inFolder: house.folder.path).contains("admin-token"))
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("with its file lost too nobody here can: that is said, with who ends it, and keeps no plan from being empty") func fileLost()
    async throws
  {
    try await Self.withDropped { house in
      house.gitlab.with { $0.faults = [Self.unlisted] }
      unlink(house.adminFile)
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        for words in [
          "= access token gatehouse ", "does not list the access tokens of project acme/payments/checkout to paula", "it is revoked",
        ] {
          #expect(run.status == 0 && run.output.contains(words), "'\(words)' in \(verb): \(run)")
        }
      }
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("plan").status == 1)
      #expect(try await house.setup("apply").status == 0 && house.botTokens.isEmpty)
    }
  }

  @Test("revoked already, its file is all that is left: plan says that it goes", arguments: [true, false]) func dead(_ isKilled: Bool)
    async throws
  {
    try await Self.withDropped { house in
      if isKilled {
        try await house.setupDies("apply", at: Fault(.hangAfterEffect, on: "DELETE", "projects/*/access_tokens/*"))
      } else {
        Self.revoke(house)
      }
      #expect(house.botTokens.isEmpty)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- its file goes: apply has made it, and it serves no more"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && !names(inFolder: house.folder.path).contains("admin-token"), "\(apply)")
      #expect(try await house.setup("plan").status == 0)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .made) }.allSatisfy { $0.kind != "admin_token" })
    }
  }
}

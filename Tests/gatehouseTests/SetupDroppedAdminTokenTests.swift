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
}

import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// What a rotation has put another token in the place of, and GitLab does not let go.
@Suite struct SetupReplacedTokenTests {
  /// The account with a token by hand in its file, and a GitLab that does not let that one go.
  private static func withOneByHand(_ story: (House) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      try house.gitlab.with { world in
        let account = try #require(world.users.all.first { $0.username == "gatehouse-acme" })
        for token in world.tokens.all where token.userID == account.id { world.tokens[token.id].isRevoked = true }
        world.tokens.insert(.init(id: 605, userID: account.id, secret: "glpat-by-hand", name: "by hand", createdAt: world.now))
        let own = Fault(
          .answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "DELETE",
          "groups/*/service_accounts/*/personal_access_tokens/605")
        world.faults = [own, own, own, own]
      }
      unlink(house.tokenFile)
      try write(Array("glpat-by-hand\n".utf8), toNewFile: house.tokenFile)
      let first = try await house.setup("rotate-token")
      #expect(first.status == 1 && first.output.contains("by hand of gatehouse-acme (id 605"), "\(first)")
      try await story(house)
    }
  }

  private static func expectInPlan(_ house: House) async throws {
    let plan = try await house.setup("plan")
    #expect(plan.status == 1 && plan.output.contains("by hand of gatehouse-acme (id 605"), "\(plan)")
    #expect(plan.output.contains("- revoked: another has taken its place"), "\(plan)")
    house.gitlab.with { $0.faults = [] }
    let apply = try await house.setup("apply")
    #expect(apply.status == 0, "\(apply)")
    #expect(house.accountTokens == [house.fileToken])
    #expect(try await house.setup("plan").status == 0)
  }

  @Test("each further rotation with a person's token tells it again, and the plan has it until it is gone")
  func rotatedAgain() async throws {
    try await Self.withOneByHand { house in
      for _ in 1...2 {
        let again = try await house.setup("rotate-token")
        #expect(again.status == 1 && again.output.contains("by hand of gatehouse-acme (id 605"), "\(again)")
        #expect(Set(house.accountTokens) == ["glpat-by-hand", house.fileToken])
      }
      try await Self.expectInPlan(house)
    }
  }

  @Test("a token that rotates itself leaves it in the plan") func rotatedByItself() async throws {
    try await Self.withOneByHand { house in
      #expect(try await house.setup("rotate-token", token: nil).status == 0)
      #expect(Set(house.accountTokens) == ["glpat-by-hand", house.fileToken])
      try await Self.expectInPlan(house)
    }
  }

  @Test("so does one whose rotation was cut off once GitLab had done it") func cutOff() async throws {
    try await Self.withOneByHand { house in
      let refusals = house.gitlab.with(\.faults)
      try await house.setupDies(
        "rotate-token", at: Fault(.hangAfterEffect, on: "DELETE", "groups/*/service_accounts/*/personal_access_tokens/*"))
      house.gitlab.with { $0.faults = refusals }
      _ = try await house.setup("apply")
      #expect(Set(house.accountTokens) == ["glpat-by-hand", house.fileToken])
      try await Self.expectInPlan(house)
    }
  }

  @Test("a person's own token in the file is not said to be revoked: nothing is made, and its text stays") func personal() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let made = house.accountTokens
      house.gitlab.with { $0.tokens.insert(.init(id: 605, userID: House.paula, secret: "glpat-paulas", name: "p2", createdAt: $0.now)) }
      unlink(house.tokenFile)
      try write(Array("glpat-paulas\n".utf8), toNewFile: house.tokenFile)
      let run = try await house.setup("rotate-token")
      #expect(run.status == 1 && run.errors.contains("is paula's own, and the gate must not act as a person"), "\(run)")
      #expect(house.fileToken == "glpat-paulas" && house.accountTokens == made && !run.output.contains("p2"), "\(run)")
    }
  }
}

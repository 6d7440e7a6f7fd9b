import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// Another account takes the place of the gate's: what the former one's tokens may still do ends in its turn, and the plan says so before.
@Suite struct SetupFormerTokenTests {
  private static let drops = Fault(
    .answer(status: 200, headers: ["Content-Type": "application/json"], body: "{}"), on: "PUT", "projects/*/protected_environments/*",
    times: 99)

  @Test("with another name the account is made anew: the plan has a line for the former one's token") func renamed() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let former = house.accountTokens
      unlink(house.tokenFile)
      house.configureForSetup("setup: {account: {username: the-gate}}")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- revoked: apply has made it for the user of id"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens.count == 1 && house.accountTokens != former, "\(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  /// A server that runs has it until it reads its configuration anew.
  @Test("as long as a protection asks the former one alone its token serves: nobody else could decide") func asked() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let former = house.accountTokens
      house.gitlab.with { world in
        world.addsAnotherGate()
        world.faults = [Self.drops]
      }
      write("glpat-another\n", toFile: house.tokenFile)
      for _ in 1...2 {
        let apply = try await house.setup("apply")
        #expect(apply.status == 1 && house.accountTokens.contains(former[0]), "\(apply)")
      }
      house.gitlab.with { $0.faults = [] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && !house.accountTokens.contains(former[0]), "\(apply)")
    }
  }
}

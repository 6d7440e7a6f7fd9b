import TestSupport
import Testing

@testable import GitLabSimulator

/// A level that apply has raised the account to, and that nothing needs any more.
@Suite struct SetupRaisedLevelTests {
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""
  private static let inGroup = "setup: {protect: group, group: acme/payments}"

  private static func bare() -> HouseSettings {
    House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
  }

  @Test("a level in the group that nothing needs any more is told, with the one that is enough") func raised() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup(Self.inGroup)
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      #expect(try await !house.setup("plan").output.contains("is enough"))
      house.configureForSetup()
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= membership in group acme/payments (Maintainer)"), "\(plan)")
      #expect(plan.output.contains("Developer (access_level 30) is enough"), "\(plan)")
      house.gitlab.with { $0.setLevel(.developer, in: .group(3)) }
      let lowered = try await house.setup("plan")
      #expect(lowered.status == 0 && !lowered.output.contains("is enough"), "\(lowered)")
    }
  }

  @Test("a level in a group above, by which the account has the one that the group needs, is needed") func inherited() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("setup: {protect: group, group: acme}")
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(Self.inGroup)
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("is enough"), "\(plan)")
    }
  }

  @Test("a level that others set is theirs") func levelOfOthers() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("setup: {members: group, group: acme/payments}")
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.setLevel(.maintainer, in: .group(3)) }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("is enough"), "\(plan)")
    }
  }
}

extension World {
  /// By hand, the account's.
  fileprivate mutating func setLevel(_ level: AccessLevel, in source: Source) {
    let account = user(named: "gatehouse-acme").id
    for index in memberships.indices where memberships[index].source == source && memberships[index].userID == account {
      memberships[index].level = level
    }
  }
}

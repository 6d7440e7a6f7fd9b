import TestSupport
import Testing

@testable import GitLabSimulator

/// More projects than `gatehouse check` has room for, while somebody waits for it: the server's own look goes on.
@Suite struct DriftManyProjectsTests {
  /// Beside the one that there is.
  private static let ids: ClosedRange<Int64> = 1_001...1_100
  private static let protection: Int64 = 4_730

  private static var watching: HouseSettings {
    let settings = House.watching
    let world = settings.world
    return settings.beginning {
      world(&$0)
      for id in ids { $0.projects.insert(.init(id: id, groupID: 3, path: "service-\(id)", createdAt: $0.now)) }
      $0.memberships.append(.init(.group(3), userID: Demo.accountID, level: .developer))
      $0.environments.insert(.init(id: 2_000, projectID: ids.upperBound, name: "production", tier: "production", createdAt: $0.now))
      $0.protections.insert(
        .init(
          id: protection, .project(ids.upperBound), name: "production",
          deployAccess: [.init(id: 4_731, .user(Demo.accountID)), .init(id: 4_732, .level(.maintainer))],
          approvalRules: [.init(id: 4_733, .user(Demo.accountID))]))
    }
  }

  @Test("what drifts in the last of 101 projects is told, and check says that it looked at the first hundred") func last() async throws {
    try await House.with(Self.watching) { house in
      try await house.hasLooked()
      try await house.look()
      #expect(try house.drifts() == [])
      #expect(try await house.send(.get, "/metrics").text.contains("gatehouse_drift_last_look_timestamp_seconds{"))
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("gitlab main projects"), "\(check)")
      #expect(finding["seen"]?.string == "100 of 101 were looked at, the first by their ids", "\(finding)")
      house.gitlab.with { $0.protections.remove(Self.protection) }
      try await house.look()
      #expect(try house.drifts() == ["detected protection"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_unseen") && $0.contains("protection") } == [])
    }
  }
}

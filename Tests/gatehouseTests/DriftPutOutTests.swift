import TestSupport
import Testing

@testable import GitLabSimulator

/// The account is put out of a project: GitLab shows it nothing there any more.
@Suite struct DriftPutOutTests {
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""

  /// - Parameter patterns: of the projects.
  private static func watched(_ patterns: String = both, _ story: (House) async throws -> Void) async throws {
    try await House.withTwoProjects(patterns) { house in
      try await house.start()
      try await house.hasLooked()
      #expect(try house.drifts() == [])
      try await story(house)
    }
  }

  private static func putOut(_ house: House, of project: Int64) {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      world.memberships.removeAll { $0.source == .project(project) && $0.userID == account }
    }
  }

  @Test("what drifts there is told all the same: the token that looks is shown it", arguments: [both, "\"acme/payments/**\"", "30, 31"])
  func drifts(_ patterns: String) async throws {
    try await Self.watched(patterns) { house in
      Self.putOut(house, of: 31)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_unseen") } == [])
      let check = try await house.command(["check", "--json"])
      let membership = check.finding("gitlab main membership")
      #expect(membership?["status"]?.string == "fail", "\(check)")
      #expect(membership?["seen"]?.string?.contains("no member of acme/payments/inner/cart") == true, "\(check)")
      house.gitlab.with { world in
        for row in world.protections.all where row.source == .project(31) { world.protections.remove(row.id) }
        world.environments.insert(.init(id: 77, projectID: 31, name: "production-eu", tier: "production", createdAt: world.now))
      }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership", "detected protection", "detected protection"])
      for name in ["production", "production-eu"] {
        #expect(house.log.contains("acme/payments/inner/cart \(name) is not protected"), "\(name)")
      }
      #expect(try await house.setup("apply").status == 0)
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts().suffix(3).sorted() == ["resolved membership", "resolved protection", "resolved protection"])
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
      try await house.isSound()
    }
  }

  @Test("where the token that looks is not shown it either, it counts as unseen") func hidden() async throws {
    try await Self.watched { house in
      Self.putOut(house, of: 31)
      house.gitlab.with { world in world.projects[31].groupID = 9 }
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == ["detected membership"])
      #expect(try await house.metrics().contains(#"drift_unseen{check="protection"} 1"#))
    }
  }

  @Test("a membership that is missing still is told anew once its project is named again") func named() async throws {
    try await Self.watched { house in
      Self.putOut(house, of: 31)
      var told = ["detected membership"]
      for _ in 1...2 { try await house.lookAgain() }
      #expect(try house.drifts() == told)
      house.covers("\"acme/payments/checkout\"")
      for _ in 1...2 { try await house.lookAgain() }
      told += ["unwatched membership"]
      #expect(try house.drifts() == told)
      house.covers(Self.both)
      for _ in 1...2 { try await house.lookAgain() }
      told += ["detected membership"]
      #expect(try house.drifts() == told)
      #expect(try await house.metrics().contains(#"drift_findings{check="membership"} 1"#))
      #expect(try await house.setup("apply").status == 0)
      try await house.lookAgain()
      #expect(try house.drifts() == told + ["resolved membership"])
      try await house.isSound()
    }
  }
}

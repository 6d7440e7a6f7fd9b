import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// Drift where the token that looks is a project's, as `setup apply` makes it: what the groups above protect is not shown to it.
@Suite struct DriftProjectSightTests {
  private static var watching: HouseSettings {
    let settings = House.watching
    let world = settings.world
    return settings.beginning {
      world(&$0)
      $0.users.insert(World.User(id: 70, username: "project_30_bot", name: "gatehouse"))
      $0.memberships.append(World.Membership(.project(Demo.projectID), userID: 70, level: .maintainer))
      $0.tokens[502].userID = 70
    }
  }

  @Test("an environment that is protected again is right again, and its next end is told anew") func again() async throws {
    try await House.with(Self.watching) { house in
      let key = try await house.opened(house.deploy())
      try await house.hasLooked()
      try await house.look()
      #expect(try house.drifts() == [])
      let before = house.gitlab.with { $0.protections }
      var told: [String] = []
      for _ in 1...2 {
        house.gitlab.with { $0.unprotect(environment: "production") }
        try await house.look()
        told += ["detected protection", "detected protection \(key)"]
        #expect(try house.drifts() == told)
        house.gitlab.with { $0.protections = before }
        try await house.look()
        told += ["resolved protection", "resolved protection \(key)"]
        #expect(try house.drifts() == told)
        #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
        let show = try await house.command(["change", "show", key], as: "alice")
        #expect(!show.output.contains("still so"), "\(show)")
      }
    }
  }

  private static func newEnvironment(_ world: inout World) {
    world.environments.insert(
      .init(id: 77, projectID: Demo.projectID, name: "production-eu", tier: "production", createdAt: world.now))
  }

  @Test("a new environment that its project does not protect is told, with what could not be looked at")
  func newEnvironment() async throws {
    try await House.with(Self.watching) { house in
      try await house.hasLooked()
      house.gitlab.with { Self.newEnvironment(&$0) }
      for _ in 1...2 { try await house.look() }
      #expect(try house.drifts() == ["detected protection"])
      for words in ["acme/payments/checkout production-eu is not protected in its project", "group acme", "could not be looked at"] {
        #expect(house.log.contains(words), "'\(words)' in \(house.log)")
      }
      #expect(try await house.metrics().contains(#"drift_findings{check="protection"} 1"#))
      house.gitlab.with { $0.protectAsProduction("production-eu") }
      try await house.look()
      #expect(try house.drifts() == ["detected protection", "resolved protection"])
    }
  }

  @Test("of a project whose CI/CD is switched off nothing is unseen, and on again it is looked at") func switchedOff() async throws {
    let settings = Self.watching
    let world = settings.world
    let both = settings.beginning {
      world(&$0)
      $0.projects.insert(.init(id: 31, groupID: 3, path: "docs", createdAt: $0.now))
      $0.environments.insert(.init(id: 1_031, projectID: 31, name: "production", tier: "production", createdAt: $0.now))
      $0.memberships.append(World.Membership(.project(31), userID: 70, level: .maintainer))
      $0.memberships.append(World.Membership(.project(31), userID: Demo.accountID, level: .developer))
      $0.projects[31].hasJobs = false
    }
    try await House.with(both) { house in
      try await house.hasLooked()
      try await house.look()
      #expect(try await house.metrics().filter { !$0.contains("webhook") } == [])
      house.gitlab.with { $0.projects[31].hasJobs = true }
      for _ in 1...2 { try await house.look() }
      let (drifts, metrics) = (try house.drifts(), try await house.metrics())
      #expect(drifts.contains("detected protection"), "\(drifts) \(metrics)")
      // Off once more, there is nothing to mend.
      house.gitlab.with { $0.projects[31].hasJobs = false }
      try await house.look()
      #expect(try house.drifts().last == "resolved protection")
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
    }
  }

  @Test("where groups are to protect, what they do not show is no drift") func inGroups() async throws {
    var settings = Self.watching
    settings.gitlab = "setup: {protect: group}"
    try await House.with(settings) { house in
      try await house.hasLooked()
      house.gitlab.with { Self.newEnvironment(&$0) }
      try await house.look()
      #expect(try house.drifts() == [])
      #expect(try await house.metrics() == [#"drift_unseen{check="protection"} 1"#])
    }
  }
}

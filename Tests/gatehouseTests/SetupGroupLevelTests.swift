import TestSupport
import Testing

@testable import GitLabSimulator

/// The account's level in a group, where others protect a tier that lets Maintainers deploy.
@Suite struct SetupGroupLevelTests {
  private static func bare() -> HouseSettings {
    var settings = House.bare {
      $0.protections.insert(
        .init(id: 990, .group(2), name: "production", deployAccess: [.init(id: 991, .level(.maintainer))], approvalRules: []))
    }
    settings.hookEvents = []
    return settings
  }

  @Test("the plan says that it may not deploy and which level lets it, check says the same; with that, what is approved runs")
  func needed() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\nreconcile_every: 1s")
      #expect(try await house.setup("apply").status == 1)
      write(House.setupToken, toFile: house.adminFile)
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        for words in [
          "! protected tier production of group acme", "does not let gatehouse-acme deploy",
          "make it a member of group acme with access_level 40 (Maintainer)", "`after_approval: leave`",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main deployer")?["status"]?.string != "ok", "\(check)")
      house.gitlab.with { world in
        world.memberships.append(World.Membership(.group(2), userID: world.user(named: "gatehouse-acme").id, level: .maintainer))
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("is enough"), "\(plan)")
      let well = try await house.command(["check", "--json"])
      #expect(well.finding("gitlab main deployer")?["status"]?.string == "ok", "\(well)")
      try await house.deploysWhatIsApproved()
    }
  }

  @Test("one that apply has made is needed as long as such a tier stands") func keptForOthers() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("setup: {protect: group, group: acme/payments}")
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("is enough"), "\(plan)")
      house.gitlab.with { $0.protections.remove(990) }
      let after = try await house.setup("plan")
      #expect(after.status == 0 && after.output.contains("Developer (access_level 30) is enough"), "\(after)")
    }
  }
}

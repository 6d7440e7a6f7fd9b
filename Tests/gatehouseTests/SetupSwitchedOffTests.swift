import TestSupport
import Testing

@testable import GitLabSimulator

/// A project that a service covers, and whose CI/CD or repository is switched off: GitLab shows nobody its environments, and nothing can be deployed
/// there.
@Suite struct SetupSwitchedOffTests {
  private static let inGroup = "setup: {protect: group, group: acme/payments}"
  private static let note = "= environments of acme/payments/docs\n    (nothing can be deployed there"

  /// One project, and beside it one where nothing can be deployed.
  private static func with(_ isOff: Bool = true, _ story: (House) async throws -> Void) async throws {
    let settings = House.bare { world in
      world.projects.insert(.init(id: 31, groupID: 3, path: "docs", createdAt: world.now))
      world.environments.insert(.init(id: 1_031, projectID: 31, name: "production", tier: "production", createdAt: world.now))
      world.projects[31].hasJobs = !isOff
    }
    try await House.with(settings, serving: false, story)
  }

  private func configure(_ house: House, _ settings: String = "") {
    house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + settings)
  }

  private func asked(_ house: House) -> [World.Source] {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      return world.protections.all.filter { $0.approvalRules.contains { $0.holder == .user(account) } }.map(\.source)
    }
  }

  @Test("it is a remark, and nothing is left to do: in projects, in the group, and from the one to the other") func remark() async throws {
    try await Self.with { house in
      for (settings, sources) in [("", [World.Source.project(30)]), (Self.inGroup, [.group(3)]), ("", [.project(30)])] {
        configure(house, settings)
        let apply = try await house.setup("apply")
        #expect(apply.status == 0 && apply.output.contains(Self.note), "\(apply)")
        #expect(asked(house) == sources, "\(apply)")
        let plan = try await house.setup("plan")
        #expect(plan.status == 0 && plan.output.contains(Self.note), "\(plan)")
        let check = try await house.command(["check", "--json"])
        let finding = try #require(check.finding("gitlab main environments"))
        #expect(finding["status"]?.string == "warn", "\(check)")
        #expect(finding["seen"]?.string?.contains("nothing can be deployed in acme/payments/docs") == true, "\(finding)")
      }
    }
  }

  @Test("switched on again, what is gated there is protected by the next apply") func onAgain() async throws {
    try await Self.with { house in
      configure(house)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.projects[31].hasJobs = true }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && asked(house) == [.project(30), .project(31)], "\(apply)")
    }
  }

  @Test("what apply has protected there waits for nothing, and gives way once it is switched on") func protectedBefore() async throws {
    try await Self.with(false) { house in
      configure(house)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.projects[31].hasJobs = false }
      #expect(try await house.setup("plan").status == 0)
      configure(house, Self.inGroup)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && asked(house) == [.project(31), .group(3)], "\(apply)")
      house.gitlab.with { $0.projects[31].hasJobs = true }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.group(3)])
    }
  }

  @Test("the only one that is configured is no reason for a `!` either") func only() async throws {
    try await Self.with { house in
      configure(house)
      house.covers("31")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains(Self.note), "\(apply)")
    }
  }

  @Test("without Environments alone jobs deploy all the same: nothing is taken away, and somebody has to switch them on") func unseen()
    async throws
  {
    try await Self.with(false) { house in
      configure(house, Self.inGroup)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.projects[31].showsEnvironments = false }
      configure(house)
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! environments of acme/payments/docs"), "\(apply)")
      #expect(apply.output.contains("switch on Environments") && asked(house).contains(.group(3)), "\(apply)")
    }
  }

  @Test("a 403 of a project where all is switched on stays a person's to mend") func refused() async throws {
    try await Self.with(false) { house in
      configure(house)
      let refusal = Fault.Action.answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { $0.faults = [Fault(refusal, on: "GET", "projects/31/environments", times: 9)] }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("! environments of acme/payments/docs"), "\(plan)")
    }
  }
}

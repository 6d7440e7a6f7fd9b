import TestSupport
import Testing

@testable import GitLabSimulator

/// What is configured at another level than apply made it: GitLab asks both, and one account fills one rule only.
@Suite struct SetupFormerLevelTests {
  static let inProject = "reconcile_every: 1s"
  static let inGroup = inProject + "\nsetup: {protect: group, group: acme/payments}"

  private static func bare() -> HouseSettings {
    var settings = House.bare()
    settings.hookEvents = []
    return settings
  }

  private func configure(_ house: House, _ settings: String) {
    house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + settings)
  }

  /// Where the account has to approve.
  private func asked(_ house: House) -> [World.Source] {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      return world.protections.all.filter { $0.approvalRules.contains { $0.holder == .user(account) } }.map(\.source)
    }
  }

  @Test("from projects to the group and back: the former goes once the new one stands", arguments: [false, true])
  func moves(isToProject: Bool) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      configure(house, isToProject ? Self.inGroup : Self.inProject)
      #expect(try await house.setup("apply").status == 0)
      configure(house, isToProject ? Self.inProject : Self.inGroup)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- unprotected: apply has made it"), "\(plan)")
      house.forgetRequests()
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      let changes = house.changesAsked.filter { $0.contains("protected_environments") }
      #expect(changes.map { String($0.prefix(6)) } == ["POST /", "DELETE"], "\(changes)")
      #expect(asked(house) == [isToProject ? .project(30) : .group(3)])
      #expect(try await house.setup("plan").status == 0)
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main approver")?["status"]?.string == "ok", "\(check)")
      try await house.deploysWhatIsApproved()
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("what the group protected and no service gates any more stays when projects are protected themselves") func ungatedInFormer()
    async throws
  {
    try await House.with(Self.bare(), serving: false) { house in
      configure(house, Self.inGroup)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + Self.inProject, tier: "staging")
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("no service gates production any more"), "\(run)")
      }
      #expect(
        house.picture.contains { $0.contains("group") && $0.contains(" production: ") && $0.contains("gatehouse-acme") }, "\(house.picture)"
      )
    }
  }

  @Test("what is gated no more is a person's to take away: nothing is let through by that", arguments: [Self.inProject, Self.inGroup])
  func ungated(_ settings: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      configure(house, settings)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + settings, tier: "staging")
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("no service gates it any more"), "\(run)")
      }
      func asks(_ name: String) -> Bool { house.picture.contains { $0.contains(" \(name): ") && $0.contains("gatehouse-acme") } }
      #expect(asks("production") && asks("staging"), "\(house.picture)")
      house.gitlab.with { world in
        for one in world.protections.all where one.name == "production" { world.protections[one.id].approvalRules = [] }
      }
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("what others have put into the former stays, and lets the account deploy") func extended() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      configure(house, Self.inProject)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        for row in world.protections.all { world.protections[row.id].deployAccess.append(World.AccessRule(id: 4_711, .user(12))) }
      }
      configure(house, Self.inGroup)
      let apply = try await house.setup("apply")
      #expect(
        apply.status == 0 && apply.output.contains("- approval_rules: the service account, which group acme/payments asks now"), "\(apply)")
      #expect(asked(house) == [.group(3)])
      #expect(
        house.picture.contains { $0.hasPrefix("project(30) production: ") && $0.contains("dana 1") && $0.contains("gatehouse-acme 1") })
      #expect(try await house.setup("plan").status == 0)
      try await house.deploysWhatIsApproved()
    }
  }

  @Test(
    "killed before and after the former goes: the next run ends with one", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      configure(house, Self.inProject)
      #expect(try await house.setup("apply").status == 0)
      configure(house, Self.inGroup)
      try await house.setupDies("apply", at: Fault(action, on: "DELETE", "projects/*/protected_environments/*"))
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.group(3)])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("in both by others' doing: plan says what to do, check fails", arguments: [inProject, inGroup]) func byOthers(_ settings: String)
    async throws
  {
    try await House.with(Self.bare(), serving: false) { house in
      configure(house, settings)
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        let row = world.protections.all[0]
        let rule = World.AccessRule(id: 4_711, .user(world.user(named: "gatehouse-acme").id))
        world.protections.insert(
          .init(
            id: 4_712, row.source == .group(3) ? .project(30) : .group(3), name: "production", deployAccess: row.deployAccess,
            approvalRules: [rule]))
      }
      house.forgetRequests()
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! protected environment production of project acme/payments/checkout"), "\(run)")
        #expect(
          run.output.contains("one account fills one rule only") && run.output.contains("take the account out of one of the two"), "\(run)")
      }
      #expect(house.changesAsked.isEmpty)
      // A token of the project is not shown what the group protects.
      guard settings == Self.inGroup else { return }
      let check = try await house.command(["check", "--json"])
      #expect(check.status == 1 && check.finding("gitlab main approver")?["status"]?.string == "fail", "\(check)")
    }
  }

  @Test("a person who is not shown all projects leaves the group's tier as it is") func hidden() async throws {
    let settings = House.bare {
      $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
      $0.users.insert(World.User(id: 61, username: "mia", name: "Mia"))
      $0.tokens.insert(World.PersonalAccessToken(id: 611, userID: 61, secret: "glpat-mia", name: "m", createdAt: $0.now))
      $0.memberships.append(World.Membership(.project(30), userID: 61, level: .maintainer))
      $0.memberships.append(World.Membership(.project(31), userID: 61, level: .developer))
    }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup(Self.inGroup)
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(Self.inProject)
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      house.forgetRequests()
      let apply = try await house.setup("apply", token: "glpat-mia")
      #expect(apply.status == 1, "\(apply)")
      #expect(asked(house).contains(.group(3)), "\(apply)")
    }
  }
}

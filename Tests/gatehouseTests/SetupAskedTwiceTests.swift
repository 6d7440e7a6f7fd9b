import TestSupport
import Testing

@testable import GitLabSimulator

/// GitLab asks the rules of every level, and one account fills one of them: what others have set up in a group above or below, as the seed documents do it,
/// is seen before a second one is made.
@Suite struct SetupAskedTwiceTests {
  private static let inGroup = "setup: {protect: group, group: acme/payments}"

  /// The account is there, and asked in the project; `check` is shown everything.
  private static func with(_ story: (House) async throws -> Void) async throws {
    try await House.with(House.bare { $0.addAdministrator() }, serving: false) { house in
      house.configure("")
      #expect(try await house.setup("apply").status == 0)
      try await story(house)
    }
  }

  @Test("a tier that others protect above the group that is configured covers it, and what is approved runs") func above() async throws {
    try await Self.with { house in
      house.protectByHand(in: .group(2))
      house.configure(Self.inGroup)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      let subject = "protected tier production of group acme/payments: it is protected in group acme"
      #expect(apply.output.contains("= \(subject)") && apply.output.contains("- unprotected: apply has made it"), "\(apply)")
      #expect(house.asking == [.group(2)])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.approverCheck() == "ok")
      try await house.deploysWhatIsApproved()
    }
  }

  @Test("one below it is a line that says what to do, and nothing is made beside it") func below() async throws {
    try await Self.with { house in
      house.protectByHand(in: .group(3))
      house.gitlab.with { world in for one in world.protections.all where one.source == .project(30) { world.protections.remove(one.id) } }
      house.configure("setup: {protect: group, group: acme}")
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! protected tier production of group acme\n"), "\(run)")
        #expect(run.output.contains("an approver in group acme/payments, which lies below"), "\(run)")
        #expect(house.asking == [.group(3)])
      }
      house.takeAccountOut(of: .group(3))
      #expect(try await house.setup("apply").status == 0)
      #expect(house.asking == [.group(2)])
      #expect(try await house.approverCheck() == "ok")
    }
  }

  @Test("one of a project itself, as the page for the first deployment has it made by hand, is such a line too") func project() async throws
  {
    try await Self.with { house in
      house.gitlab.with { world in for one in world.protections.all { world.protections.remove(one.id) } }
      house.protectByHand(in: .project(30))
      house.configure(Self.inGroup)
      #expect(try await house.approverCheck() == "ok")
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! protected tier production of group acme/payments\n"), "\(run)")
        #expect(run.output.contains("production of project acme/payments/checkout, which lies below"), "\(run)")
        #expect(house.asking == [.project(30)])
      }
      #expect(try await house.approverCheck() == "ok")
      try await house.deploysWhatIsApproved()
      house.takeAccountOut(of: .project(30))
      #expect(try await house.setup("apply").status == 0)
      #expect(house.asking == [.group(3)])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.approverCheck() == "ok")
    }
  }

  @Test("two above that others have made are a line that says what to do") func twoAbove() async throws {
    try await Self.with { house in
      house.gitlab.with { world in for one in world.protections.all { world.protections.remove(one.id) } }
      house.protectByHand(in: .group(2))
      house.protectByHand(in: .group(3))
      for settings in ["", Self.inGroup, "setup: {protect: group, group: acme}"] {
        house.configure(settings)
        let plan = try await house.setup("plan")
        #expect(plan.status == 1 && plan.output.contains("take the account out of one of the two"), "\(plan)")
      }
      #expect(try await house.approverCheck() == "fail")
      house.takeAccountOut(of: .group(2))
      house.configure("")
      #expect(try await house.setup("apply").status == 0)
      #expect(house.asking == [.group(3)])
    }
  }

  @Test("a name that is to come is not protected beside the group's tier that it will be of") func toCome() async throws {
    try await Self.with { house in
      house.gitlab.with { world in for one in world.environments.all { world.environments.remove(one.id) } }
      house.configure(Self.inGroup, named: "production")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("acme/payments/checkout production too, not there yet"), "\(apply)")
      #expect(house.asking == [.group(3)])
      house.gitlab.with { world in
        world.environments.insert(.init(id: 9, projectID: 30, name: "production", tier: "production", createdAt: world.now))
      }
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.approverCheck() == "ok")
      try await house.deploysWhatIsApproved()
    }
  }

  @Test("what others protect below a tier that asks the account lets it deploy too") func deployer() async throws {
    try await Self.with { house in
      house.protectByHand(in: .group(2))
      house.gitlab.with { world in
        for one in world.protections.all where one.source == .project(30) {
          world.protections[one.id].approvalRules = []
          world.protections[one.id].deployAccess = [.init(id: 8_001, .level(.administrator))]
        }
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("+ deploy_access_levels: the service account"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
      #expect(house.asking == [.group(2)])
      #expect(try await house.setup("plan").status == 0)
      try await house.deploysWhatIsApproved()
    }
  }

  @Test("a second rule of the account in one protection is a line that says which") func oneProtection() async throws {
    try await Self.with { house in
      let own = house.gitlab.with { world in
        let own = world.protections.all.flatMap(\.approvalRules)[0]
        for one in world.protections.all { world.protections[one.id].approvalRules.append(.init(id: 8_002, own.holder)) }
        return own.id
      }
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! protected environment production"), "\(run)")
        #expect(run.output.contains("rules \(own) and 8002 name gatehouse-acme"), "\(run)")
      }
      house.gitlab.with { world in
        for one in world.protections.all { world.protections[one.id].approvalRules.removeAll { $0.id == 8_002 } }
      }
      #expect(try await house.setup("plan").status == 0)
    }
  }
}

extension House {
  fileprivate func configure(_ settings: String, named name: String? = nil) {
    configureForSetup("admin_token: {file: \"\(adminFile)\"}\nreconcile_every: 1s\n" + settings)
    write(HouseSettings.adminToken, toFile: adminFile)
    guard let name else { return }
    let gate = "gate: {tiers: [production]"
    write(text(ofFile: configurationFile).replacing(gate, with: "\(gate), environments: [\(name)]"), toFile: configurationFile)
  }

  /// As somebody does it who reads how to.
  fileprivate func protectByHand(in source: World.Source) {
    gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      world.memberships.append(World.Membership(source, userID: account, level: .maintainer))
      let id = 9_000 + Int64(world.protections.all.count)
      world.protections.insert(
        .init(
          id: id, source, name: "production",
          deployAccess: [.init(id: id + 100, .level(.maintainer)), .init(id: id + 200, .user(account))],
          approvalRules: [.init(id: id + 300, .user(account))]))
    }
  }

  fileprivate var asking: Set<World.Source> {
    gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      return Set(world.protections.all.filter { $0.approvalRules.contains { $0.holder == .user(account) } }.map(\.source))
    }
  }

  fileprivate func approverCheck() async throws -> String? {
    try await command(["check", "--json"]).finding("gitlab main approver")?["status"]?.string
  }
}

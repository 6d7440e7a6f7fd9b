import TestSupport
import Testing

@testable import GitLabSimulator

/// From projects to the group and back while something else is wrong: no environment is unprotected, and none waits for two rules of one account
/// without a word.
@Suite struct SetupLevelSwitchTests {
  private static let inGroup = "setup: {protect: group, group: acme/payments}"
  private static let checkout = "protected environment production of project acme/payments/checkout"
  private static let refused = Fault.Action.answer(
    status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)

  /// Two projects below the group, and one beside it.
  private static func with(_ projects: String, _ first: String, _ story: (House) async throws -> Void) async throws {
    let settings = House.bare {
      $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
      $0.addProject(32, "web", inGroup: 4, "acme/shop", below: 2)
    }
    try await House.with(settings, serving: false) { house in
      configure(house, projects, first)
      #expect(try await house.setup("apply").status == 0)
      try await story(house)
    }
  }

  private static func configure(_ house: House, _ projects: String, _ settings: String) {
    house.configureForSetup(settings)
    house.covers(projects)
  }

  private static let below = #""acme/payments/checkout", "acme/payments/inner/cart""#
  private static let beside = #""acme/payments/checkout", "acme/shop/web""#

  /// Where the account has to approve.
  private func asked(_ house: House) -> Set<World.Source> {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      return Set(world.protections.all.filter { $0.approvalRules.contains { $0.holder == .user(account) } }.map(\.source))
    }
  }

  @Test("what is wrong with another project keeps no former: what the group asks now the project asks no more") func wrongElsewhere()
    async throws
  {
    try await Self.with(Self.beside, "") { house in
      house.gitlab.with { $0.asksAccountTwice(.project(32)) }
      Self.configure(house, Self.beside, Self.inGroup)
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! protected environment production of project acme/shop/web"), "\(apply)")
      #expect(asked(house) == [.group(3), .project(32)], "\(apply)")
    }
  }

  @Test("what the group asks and nobody can meet keeps the former, and a line says that both are asked") func groupCannot() async throws {
    try await Self.with(Self.beside, "") { house in
      house.gitlab.with { $0.asksAccountTwice(.group(3)) }
      Self.configure(house, Self.beside, Self.inGroup)
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! \(Self.checkout)"), "\(run)")
        for words in ["deployments wait for both", "see protected tier production of group acme/payments above", "apply again"] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      #expect(asked(house) == [.project(30), .project(32), .group(3)])
      house.gitlab.with { world in
        for one in world.protections.all where one.source == .group(3) { world.protections[one.id].approvalRules[0].requiredApprovals = 1 }
      }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.project(32), .group(3)])
    }
  }

  @Test("a former that GitLab does not let go keeps no other") func oneStays() async throws {
    try await Self.with(Self.below, "") { house in
      Self.configure(house, Self.below, Self.inGroup)
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "DELETE", "projects/30/protected_environments/*", times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("deployments wait for both"), "\(apply)")
      #expect(asked(house) == [.project(30), .group(3)], "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.group(3)])
    }
  }

  /// As where somebody takes the tier away between the plan and what follows from it.
  @Test("what holds in its place is looked at once more before a former goes") func lookedAtOnceMore() async throws {
    try await Self.with(Self.below, "") { house in
      Self.configure(house, Self.below, Self.inGroup)
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "DELETE", "projects/30/protected_environments/*", times: 9)] }
      #expect(try await house.setup("apply").status == 1)
      let bare = #"{"name": "production", "deploy_access_levels": [], "approval_rules": []}"#
      house.gitlab.with { world in
        world.faults = [Fault(.answer(status: 200, body: bare), on: "GET", "groups/3/protected_environments/production")]
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("the account is none of its approvers"), "\(apply)")
      #expect(asked(house) == [.project(30), .group(3)], "\(apply)")
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.group(3)])
    }
  }

  @Test("a rule that GitLab does not let go, in what was there before, keeps no other former") func refusedThere() async throws {
    try await Self.with(Self.below, "") { house in
      // Others have built on the one in checkout: of it only the rule goes.
      house.gitlab.with { world in
        for one in world.protections.all where one.source == .project(30) {
          world.protections[one.id].deployAccess.append(.init(id: 9_001, .level(.maintainer)))
        }
      }
      Self.configure(house, Self.below, Self.inGroup)
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "PUT", "projects/30/protected_environments/*", times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! \(Self.checkout)"), "\(apply)")
      #expect(asked(house) == [.project(30), .group(3)], "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.group(3)])
    }
  }

  /// The request at which a run is killed.
  struct Death: Sendable, CustomTestStringConvertible {
    var isToProject: Bool
    var method: String
    var action: Fault.Action

    var testDescription: String { "\(isToProject ? "to projects" : "to the group"), \(method), \(action)" }
  }

  static let deaths = [true, false].flatMap { isToProject in
    ["POST", "DELETE"].flatMap { method in
      [Fault.Action.hangBeforeEffect, .hangAfterEffect].map { Death(isToProject: isToProject, method: method, action: $0) }
    }
  }

  @Test("killed at any step of it, each environment is protected by one level or both, and the next run ends with one", arguments: deaths)
  func killed(_ death: Death) async throws {
    try await Self.with(Self.below, death.isToProject ? Self.inGroup : "") { house in
      Self.configure(house, Self.below, death.isToProject ? "" : Self.inGroup)
      for path in ["projects/*/protected_environments/**", "groups/*/protected_environments/**"] {
        try await house.setupDies("apply", at: Fault(death.action, on: death.method, path))
        let asked = asked(house)
        #expect(asked.contains(.group(3)) || asked.isSuperset(of: [.project(30), .project(31)]), "\(path): \(asked)")
      }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == (death.isToProject ? [.project(30), .project(31)] : [.group(3)]))
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("while one project cannot be protected the group's tier covers all, and none gets a second rule") func back() async throws {
    try await Self.with(Self.below, Self.inGroup) { house in
      house.gitlab.with { $0.asksAccountTwice(.project(31)) }
      Self.configure(house, Self.below, "")
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! protected tier production of group acme/payments"), "\(apply)")
      #expect(apply.output.contains("It stays, for without it something might be unprotected"), "\(apply)")
      #expect(asked(house) == [.group(3), .project(31)], "\(apply)")
      house.gitlab.with { $0.protections.remove(4_720) }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.project(30), .project(31)])
    }
  }

  @Test("both stand after a run that was stopped: a line says so, and what is mended ends it") func bothStand() async throws {
    try await Self.with(Self.below, Self.inGroup) { house in
      Self.configure(house, Self.below, "")
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "DELETE", "groups/3/protected_environments/*")] }
      let stopped = try await house.setup("apply")
      #expect(stopped.status == 1 && asked(house) == [.project(30), .project(31), .group(3)], "\(stopped)")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("- unprotected: apply has made it") && plan.output.contains("deployments wait for both"), "\(plan)")
      // Apply's own rule of that project is gone, and another's, which nobody can meet, is there.
      house.gitlab.with { world in
        for one in world.protections.all where one.source == .project(31) { world.protections.remove(one.id) }
        world.asksAccountTwice(.project(31))
      }
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! \(Self.checkout)"), "\(run)")
        for words in ["deployments wait for both", "Apply has made both", "project acme/payments/inner/cart"] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
        #expect(asked(house) == [.project(30), .project(31), .group(3)])
      }
      house.gitlab.with { $0.protections.remove(4_720) }
      #expect(try await house.setup("apply").status == 0)
      #expect(asked(house) == [.project(30), .project(31)])
    }
  }
}

extension World {
  /// By hand: a rule of the account's that asks for two approvals, and one account gives one.
  fileprivate mutating func asksAccountTwice(_ source: Source) {
    let rule = AccessRule(id: 4_721, .user(user(named: "gatehouse-acme").id), requiredApprovals: 2)
    for one in protections.all where one.source == source && one.name == "production" {
      protections[one.id].approvalRules = [rule]
      return
    }
    protections.insert(
      .init(id: 4_720, source, name: "production", deployAccess: [AccessRule(id: 4_722, .level(.maintainer))], approvalRules: [rule]))
  }
}

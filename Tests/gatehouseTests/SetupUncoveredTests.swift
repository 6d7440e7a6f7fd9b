import TestSupport
import Testing

@testable import GitLabSimulator

/// A project below the group that no service covers: the group's tier holds it too, it waits for an account that nobody asks, and it would be open as
/// soon as the tier goes.
@Suite struct SetupUncoveredTests {
  private static let inGroup = "setup: {protect: group, group: acme/payments}"
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""
  private static let one = "\"acme/payments/checkout\""
  private static let cart = "acme/payments/inner/cart production"
  private static let tier = "! protected tier production of group acme/payments"

  private static func configure(_ house: House, _ projects: String, _ settings: String = "") {
    house.configureForSetup(settings)
    house.covers(projects)
  }

  /// Both held by the group's tier.
  private static func withTier(_ covered: String = both, _ story: (House) async throws -> Void) async throws {
    let settings = House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
    try await House.with(settings, serving: false) { house in
      configure(house, covered, inGroup)
      #expect(try await house.setup("apply").status == 0)
      try await story(house)
    }
  }

  private func asked(_ house: House) -> [World.Source] {
    house.gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      return world.protections.all.filter { $0.approvalRules.contains { $0.holder == .user(account) } }.map(\.source)
    }
  }

  @Test("taken out of `services` as projects are protected themselves: the tier stays until somebody has decided") func held() async throws
  {
    try await Self.withTier { house in
      Self.configure(house, Self.one)
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains(Self.tier) && run.output.contains(Self.cart), "\(run)")
        #expect(run.output.contains("no service gates") && !run.output.contains("- unprotected"), "\(run)")
        #expect(asked(house) == [.group(3)], "\(run)")
      }
      // By hand, in the project itself: whoever does it has said who may deploy.
      house.gitlab.with { world in
        world.protections.insert(
          .init(
            id: 4_730, .project(31), name: "production", deployAccess: [World.AccessRule(id: 4_731, .level(.maintainer))], approvalRules: []
          ))
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && asked(house) == [.project(30)], "\(apply)")
      #expect(house.gitlab.with { $0.protections.find(4_730) } != nil)
    }
  }

  @Test("a tier that stays asks the former account on: how it comes to ask the one of now is said, and till then its token serves")
  func otherAccount() async throws {
    try await Self.withTier { house in
      let former = house.accountTokens
      house.gitlab.with { $0.addsAnotherGate() }
      write("glpat-another\n", toFile: house.tokenFile)
      Self.configure(house, Self.one)
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains(Self.tier), "\(run)")
        for words in [
          "is the gate's account no more", "deployments to it wait for ever", "set `setup.protect` and `setup.group` back and apply",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
        #expect(house.accountTokens.contains(former[0]), "\(run)")
      }
      // As it says.
      Self.configure(house, Self.one, Self.inGroup)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && !house.accountTokens.contains(former[0]), "\(apply)")
      #expect(house.gitlab.with { $0.protections.all.map(\.source) } == [.group(3)], "\(apply)")
      house.gitlab.with { $0.environments[1_031].tier = "staging" }
      Self.configure(house, Self.one)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.gitlab.with { $0.protections.all.map(\.source) } == [.project(30)])
    }
  }

  @Test(
    "covered again, or with nothing to deploy there, the tier goes",
    arguments: ["covered", "deleted", "other tier", "no repository", "no CI"])
  func goes(_ how: String) async throws {
    try await Self.withTier { house in
      house.gitlab.with { world in
        if how == "deleted" { world.projects[31].markedForDeletionOn = "2026-11-29" }
        if how == "no repository" { world.projects[31].hasRepository = false }
        if how == "no CI" { world.projects[31].hasJobs = false }
        if how == "other tier" { world.environments[1_031].tier = "staging" }
      }
      Self.configure(house, how == "covered" ? Self.both : Self.one)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && asked(house) == (how == "covered" ? [.project(30), .project(31)] : [.project(30)]), "\(apply)")
    }
  }

  @Test("of a tier that goes the plan names ten of the projects whose CI/CD is off, which are open once it is on")
  func switchedOff() async throws {
    try await Self.withTier { house in
      house.gitlab.with { world in
        world.projects[31].hasJobs = false
        for id: Int64 in 41...51 {
          world.addProject(id, "quiet-\(id)", inGroup: 3_000, "acme/payments/inner", below: 3)
          if id % 2 == 0 { world.projects[id].hasJobs = false } else { world.projects[id].hasRepository = false }
        }
        world.addProject(60, "ending", inGroup: 3_000, "acme/payments/inner", below: 3)
        world.projects[60].markedForDeletionOn = "2026-11-29"
      }
      Self.configure(house, Self.one)
      let plan = try await house.setup("plan")
      let named = ["- unprotected", "acme/payments/inner/cart, acme/payments/inner/quiet-41, ", "acme/payments/inner/quiet-49 and 2 more"]
      for words in named { #expect(plan.output.contains(words), "'\(words)' in \(plan)") }
      #expect(!plan.output.contains("quiet-50") && !plan.output.contains("inner/ending"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && asked(house) == [.project(30)], "\(apply)")
    }
  }

  @Test(
    "what GitLab does not show keeps the tier",
    arguments: ["groups/3/projects", "projects/31/environments", "projects/31/protected_environments"])
  func unseen(_ path: String) async throws {
    try await Self.withTier { house in
      Self.configure(house, Self.one)
      let refusal = Fault.Action.answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { $0.faults = [Fault(refusal, on: "GET", path, times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains(Self.tier) && apply.output.contains("403 Forbidden"), "\(apply)")
      #expect(asked(house) == [.group(3)], "\(apply)")
    }
  }

  @Test(
    "of a project with thousands of environments not all are read: one that is found keeps the tier, and so does what was not looked at",
    arguments: [true, false])
  func many(_ isFirst: Bool) async throws {
    try await Self.withTier { house in
      house.gitlab.with { world in
        for id: Int64 in 40_000..<42_000 {
          world.environments.insert(
            .init(id: id, projectID: 31, name: "review/\(id)", tier: "development", createdAt: world.now))
        }
        guard !isFirst else { return }
        world.environments.remove(1_031)
        world.environments.insert(.init(id: 50_000, projectID: 31, name: "production", tier: "production", createdAt: world.now))
      }
      Self.configure(house, Self.one)
      house.forgetRequests()
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains(Self.tier), "\(plan)")
      #expect(
        plan.output.contains(
          isFirst ? "it alone holds \(Self.cart)" : "acme/payments/inner/cart, which no service covers, was not looked at"), "\(plan)")
      let pages = house.requestsToGitLab.count { $0.path.contains("projects/31/environments") }
      #expect(pages > 1 && pages <= 10, "\(pages)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && asked(house) == [.group(3)], "\(apply)")
      Self.configure(house, Self.both)
      #expect(try await house.setup("apply").status == 0)
    }
  }

  @Test("with `protect: group` the plan names what the tier holds and nobody asks for") func named() async throws {
    try await Self.withTier(Self.one) { house in
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= protected tier production of group acme/payments"), "\(plan)")
      #expect(plan.output.contains(Self.cart) && plan.output.contains("no service gates"), "\(plan)")
      Self.configure(house, Self.both, Self.inGroup)
      let covered = try await house.setup("plan")
      #expect(!covered.output.contains("no service gates"), "\(covered)")
    }
  }
}

import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// What apply has made and nothing that is configured needs any more: the plan names it, and takes it away where that lets nothing through.
@Suite struct SetupUnneededTests {
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""
  private static let one = "\"acme/payments/checkout\""
  private static let cart = World.Source.project(31)

  private static func bare() -> HouseSettings {
    House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
  }

  // MARK: A project that is configured no more

  @Test("its webhook goes, and its membership is told", arguments: ["", "setup: {hook: group}"]) func project(_ settings: String)
    async throws
  {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.takeAccountOut(of: Self.cart)
      house.configureForSetup(settings)
      house.covers(Self.one)
      let plan = try await house.setup("plan")
      #expect(
        plan.status == 1 && plan.output.contains("- removed: apply has made it, and nothing in project acme/payments/inner/cart"), "\(plan)"
      )
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(house.gitlab.with { $0.hooks.all.map(\.owner) } == [settings.isEmpty ? .project(30) : .group(3)], "\(apply)")
      let after = try await house.setup("plan")
      #expect(after.status == 0 && after.output.contains("= membership in project acme/payments/inner/cart (Developer)"), "\(after)")
      #expect(after.output.contains("nothing there is under change control here any more"), "\(after)")
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.memberships.removeAll { $0.source == Self.cart && $0.userID == account }
      }
      let left = try await house.setup("plan")
      #expect(left.status == 0 && !left.output.contains("inner/cart"), "\(left)")
    }
  }

  @Test("a webhook of somebody else's there stays") func others() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.takeAccountOut(of: Self.cart)
      let url = try #require(house.gitlab.with { $0.hooks.all.first?.url })
      house.gitlab.with { $0.hooks.insert(.init(id: 990, owner: Self.cart, url: url, events: [.deployment], createdAt: $0.now)) }
      house.covers(Self.one)
      #expect(try await house.setup("apply").status == 0)
      #expect(house.gitlab.with { Set($0.hooks.all.map(\.owner)) } == [.project(30), Self.cart])
      #expect(house.gitlab.with { $0.hooks.find(990) } != nil)
    }
  }

  // MARK: An account that another has taken the place of

  @Test("the former account's token goes once another account's is in the file") func formerAccount() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers(Self.one)
      #expect(try await house.setup("apply").status == 0)
      let former = house.fileToken
      house.gitlab.with { world in
        world.users.insert(World.User(id: 70, username: "other-gate", name: "Other gate"))
        world.tokens.insert(World.PersonalAccessToken(id: 701, userID: 70, secret: "glpat-other", name: "o", createdAt: world.now))
      }
      write("glpat-other\n", toFile: house.tokenFile)
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("which was the gate's account before"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(house.gitlab.with { world in world.tokens.all.first { $0.secret == former }?.isRevoked } == true, "\(apply)")
      #expect(house.gitlab.with { world in world.tokens.all.first { $0.secret == "glpat-other" }?.isRevoked } == false)
      let after = try await house.setup("plan")
      #expect(!after.output.contains("which was the gate's account before"), "\(after)")
    }
  }

  @Test("and so it does where the new account has none yet: it is ended in the former one's list") func formerInItsList() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers(Self.one)
      #expect(try await house.setup("apply").status == 0)
      let former = house.fileToken
      house.configureForSetup("setup: {account: {username: gate2}}")
      house.covers(Self.one)
      unlink(house.tokenFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(house.gitlab.with { world in world.tokens.all.first { $0.secret == former }?.isRevoked } == true, "\(apply)")
    }
  }

  /// Between the request that puts the new account in and the one that takes the former out.
  @Test("what a run that was cut off has put into a protection is apply's own") func cutOff() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers(Self.one)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {account: {username: gate2}}")
      house.covers(Self.one)
      unlink(house.tokenFile)
      house.gitlab.with { $0.faults = [Fault(.badGateway, on: "PUT", "projects/30/protected_environments/*", skip: 1, times: 9)] }
      #expect(try await house.setup("apply").status == 1)
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      // Only of what is apply's own one level gives way to the other.
      house.configureForSetup("setup: {account: {username: gate2}, protect: group}")
      house.covers(Self.one)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(house.gitlab.with { world in Set(world.protections.all.filter { !$0.approvalRules.isEmpty }.map(\.source)) } == [.group(3)])
    }
  }
}

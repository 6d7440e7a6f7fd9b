import TestSupport
import Testing

@testable import GitLabSimulator

/// A project that is taken out of `services` altogether: what apply has protected there waits for an account that nobody asks.
@Suite struct SetupFormerProjectTests {
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""
  private static let one = "\"acme/payments/checkout\""
  private static let cart = World.Source.project(31)

  /// With mia, a Maintainer of the project that stays.
  private static func bare() -> HouseSettings {
    var settings = House.bare {
      $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3)
      $0.users.insert(World.User(id: 61, username: "mia", name: "Mia"))
      $0.tokens.insert(World.PersonalAccessToken(id: 611, userID: 61, secret: "glpat-mia", name: "m", createdAt: $0.now))
      $0.memberships.append(World.Membership(.project(30), userID: 61, level: .maintainer))
    }
    settings.hookEvents = []
    return settings
  }

  private func withCartTakenOut(_ body: (House, _ before: [String]) async throws -> Void) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.one)
      try await body(house, before)
    }
  }

  @Test("a line says what waits there and what to do, until somebody has taken the account out") func told() async throws {
    try await withCartTakenOut { house, before in
      house.forgetRequests()
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        for words in [
          "! protected environment production of project acme/payments/inner/cart", "its deployments wait for ever",
          "Gate it again (`services`)",
          "take the account out of it", "`gatehouse setup undo` takes back all",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      // What holds something stays; the webhook holds nothing (`SetupUnneededTests`).
      #expect(house.changesAsked.count == 1 && house.changesAsked.allSatisfy { $0.hasPrefix("DELETE /projects/31/hooks/") })
      house.takeAccountOut(of: Self.cart)
      let plan = try await house.setup("plan")
      let lines = plan.output.split(separator: "\n").filter { $0.contains("inner/cart") }
      #expect(plan.status == 0 && lines == ["= membership in project acme/payments/inner/cart (Developer)"], "\(plan)")
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("gated again, nothing is left to do") func again() async throws {
    try await withCartTakenOut { house, before in
      house.covers(Self.both)
      try await house.hasSettled(before)
    }
  }

  @Test("what a person is not shown is no line that no apply could end", arguments: [nil, World.AccessLevel.developer])
  func hidden(_ level: World.AccessLevel?) async throws {
    try await withCartTakenOut { house, _ in
      if let level { house.gitlab.with { $0.memberships.append(World.Membership(Self.cart, userID: 61, level: level)) } }
      let plan = try await house.setup("plan", token: "glpat-mia")
      #expect(plan.status == 0 && plan.output.contains("GitLab does not show mia whether it stands"), "\(plan)")
      #expect(!plan.output.contains("! "), "\(plan)")
    }
  }

  @Test("a project that is deleted, or about to be, is nothing to do; to an Owner it may only be hidden", arguments: [true, false])
  func deleted(isGone: Bool) async throws {
    try await withCartTakenOut { house, _ in
      house.gitlab.with { world in
        if isGone { world.projects.remove(31) } else { world.projects[31].markedForDeletionOn = "2026-11-29" }
      }
      let owners = try await house.setup("plan")
      #expect(owners.status == 0 && owners.output.contains("GitLab does not show paula whether it stands") == isGone, "\(owners)")
      house.gitlab.with { world in
        world.users[House.paula].isAdministrator = true
        world.instance.hasAdminMode = true
      }
      let inName = try await house.setup("plan")
      #expect(inName.status == 0 && inName.output.contains("make one with the scopes api and admin_mode"), "\(inName)")
      #expect(inName.output.contains("GitLab does not show paula whether it stands") == isGone, "\(inName)")
      house.gitlab.with { $0.instance.hasAdminMode = false }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("inner/cart"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
    }
  }
}

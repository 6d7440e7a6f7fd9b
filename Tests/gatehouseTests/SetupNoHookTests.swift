import TestSupport
import Testing

@testable import GitLabSimulator

/// `hook: none` is configured later: the webhook that apply has made would go on sending.
@Suite struct SetupNoHookTests {
  static let none = "setup: {hook: none}"
  static let ofGroup = "setup: {hook: group, group: acme/payments}"

  private static func bare() -> HouseSettings {
    var settings = House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
    settings.hookEvents = []
    return settings
  }

  private func hooks(_ house: House) -> [World.Hook] { house.gitlab.with { $0.hooks.all } }

  @Test("apply takes its own out", arguments: ["", ofGroup]) func goes(_ settings: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup(settings)
      #expect(try await house.setup("apply").status == 0)
      #expect(hooks(house).count == 1)
      house.configureForSetup(Self.none)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- removed: apply has made it, and `hook: none` is configured"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "" && hooks(house).isEmpty, "\(apply)")
      try await house.hasSettled(before)
    }
  }

  @Test("of a project too that is configured no more") func elsewhere() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers("\"acme/payments/checkout\", \"acme/payments/inner/cart\"")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        for row in world.protections.all where row.source == .project(31) { world.protections.remove(row.id) }
      }
      house.configureForSetup(Self.none)
      house.covers("\"acme/payments/checkout\"")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && hooks(house).isEmpty, "\(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("what others have it send stays, and one that was there before") func others() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let made = hooks(house)[0]
      house.gitlab.with { world in
        world.hooks[made.id].events.insert(.push)
        world.hooks.insert(
          World.Hook(id: 990, owner: .project(30), url: "https://elsewhere.example.com/x", events: [.push], createdAt: world.now))
      }
      house.configureForSetup(Self.none)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(hooks(house).map(\.events) == [[.push], [.push]])
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("webhook \(made.id)"), "\(plan)")
    }
  }

  @Test("killed before and after it goes: the next run ends it", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(Self.none)
      try await house.setupDies("apply", at: Fault(action, on: "DELETE", "projects/*/hooks/*"))
      #expect(try await house.setup("apply").status == 0)
      #expect(hooks(house).isEmpty)
      try await house.hasSettled(before)
    }
  }
}

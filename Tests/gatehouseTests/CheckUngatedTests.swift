import Glibc
import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// `check` and what nobody gates: what apply has protected once and no service gates any more, and what a group is to protect and does not.
@Suite struct CheckUngatedTests {
  private static let checkout = "\"acme/payments/checkout\""
  private static let both = "\"acme/payments/checkout\", \"acme/payments/inner/cart\""

  private static func bare() -> HouseSettings {
    var settings = House.bare { $0.addProject(31, "cart", inGroup: 3_000, "acme/payments/inner", below: 3) }
    settings.hookEvents = []
    return settings
  }

  private static func with(_ settings: String = "", _ story: (House) async throws -> Void) async throws {
    try await House.with(bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + settings)
      try await story(house)
    }
  }

  private static func expectWaiting(_ house: House, _ words: [String]) async throws {
    let check = try await house.command(["check", "--json"])
    let finding = check.finding("gitlab main ungated")
    #expect(finding?["status"]?.string == "warn", "\(check)")
    for words in words + ["deployments wait for ever", "take the account out of it"] {
      #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
    }
  }

  private static func expectNothing(_ house: House) async throws {
    let check = try await house.command(["check", "--json"])
    #expect(check.finding("gitlab main ungated")?["status"]?.string == "ok", "\(check)")
  }

  @Test("an environment that was taken out of `services` is a warning, until nobody waits there") func environment() async throws {
    try await Self.with { house in
      house.covers(Self.checkout)
      #expect(try await house.setup("apply").status == 0)
      try await Self.expectNothing(house)
      let gated = text(ofFile: house.configurationFile)
      write(gated.replacing("tiers: [production]", with: "tiers: [staging]"), toFile: house.configurationFile)
      #expect(try await house.setup("plan").output.contains("! protected environment production"))
      try await Self.expectWaiting(house, ["environment production of project acme/payments/checkout", "no service gates it any more"])
      house.takeAccountOut(of: .project(30))
      try await Self.expectNothing(house)
    }
  }

  @Test("so is one that somebody has protected by hand, or whose record is lost", arguments: [true, false]) func unrecorded(byHand: Bool)
    async throws
  {
    try await Self.with { house in
      house.covers(Self.checkout)
      #expect(try await house.setup("apply").status == 0)
      if byHand {
        house.gitlab.with { world in
          world.environments.insert(.init(id: 77, projectID: 30, name: "eu", tier: "other", createdAt: world.now))
          world.protectAsProduction("eu")
        }
      } else {
        let gated = text(ofFile: house.configurationFile)
        write(gated.replacing("tiers: [production]", with: "tiers: [staging]"), toFile: house.configurationFile)
        for end in ["", "-wal", "-shm"] { unlink(house.database + end) }
      }
      try await Self.expectWaiting(
        house,
        [
          "environment \(byHand ? "eu" : "production") of project acme/payments/checkout", "by a rule that apply has no record of",
          "no service gates it",
        ])
      house.takeAccountOut(of: .project(30))
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main ungated")?["status"]?.string == (byHand ? "ok" : nil), "\(check)")
    }
  }

  @Test("so is a project that was taken out") func project() async throws {
    try await Self.with { house in
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      house.covers(Self.checkout)
      try await Self.expectWaiting(house, ["environment production of project acme/payments/inner/cart", "`gatehouse setup undo`"])
      // Where the account was put out too: the token that looks is shown it.
      house.gitlab.with { $0.memberships.removeAll { $0.source == .project(31) } }
      try await Self.expectWaiting(house, ["environment production of project acme/payments/inner/cart", "`gatehouse setup undo`"])
      house.gitlab.with { $0.projects[31].markedForDeletionOn = "2026-11-29" }
      try await Self.expectNothing(house)
    }
  }

  @Test("where a group is to protect its tiers, one that is gone there fails check, though a group above is not shown")
  func tierGone() async throws {
    try await Self.with("setup: {protect: group, group: acme/payments}") { house in
      house.covers(Self.both)
      #expect(try await house.setup("apply").status == 0)
      let well = try await house.command(["check", "--json"])
      #expect(well.finding("gitlab main protection")?["status"]?.string == "ok", "\(well)")
      house.gitlab.with { world in for row in world.protections.all { world.protections.remove(row.id) } }
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main protection")
      #expect(check.status == 1 && finding?["status"]?.string == "fail", "\(check)")
      for words in ["protected neither in its project nor by its tier in group acme/payments", "`gatehouse setup apply` makes it"] {
        #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
      }
    }
  }

  @Test("a project that comes below the group later, and that no service covers, is held by its tier and waits for ever: check names it")
  func below() async throws {
    try await Self.with("setup: {protect: group, group: acme/payments}") { house in
      house.covers(Self.checkout)
      house.gitlab.with { $0.projects[31].markedForDeletionOn = "2026-11-29" }
      #expect(try await house.setup("apply").status == 0)
      try await Self.expectNothing(house)
      house.gitlab.with { world in
        world.addProject(32, "new", inGroup: 3_001, "acme/payments/later", below: 3)
        world.environments.insert(.init(id: 78, projectID: 32, name: "test", tier: "testing", createdAt: world.now))
      }
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main ungated")
      #expect(finding?["status"]?.string == "warn", "\(check)")
      for words in [
        "tier production of group acme/payments", "acme/payments/later/new production too", "waits for ever", "gate them (`services`)",
      ] {
        #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
      }
      #expect(finding?.text.contains("test") == false)
      // GitLab is away for a moment where it is listed.
      house.gitlab.with { $0.faults = [Fault(.badGateway, on: "GET", "groups/*/projects")] }
      let unsure = try await house.command(["check", "--json"]).finding("gitlab main ungated")
      #expect(unsure?["status"]?.string == "ok", "\(unsure ?? .null)")
      #expect(
        unsure?["seen"]?.string?.contains("as far as was looked: not at what lies below group acme/payments") == true, "\(unsure ?? .null)")
    }
  }
}

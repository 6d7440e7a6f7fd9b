import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// Somebody's webhook leads to the gate beside apply's own: plan and check say the same of it.
@Suite struct SetupOtherHooksTests {
  private static let url = "https://gatehouse.example.com/webhooks/gitlab/main"

  private static func bare(_ release: World.Release = .v19) -> HouseSettings {
    var settings = House.bare(release: release)
    settings.hookEvents = []
    return settings
  }

  private static func add(_ events: Set<World.Hook.Event>, to owner: World.Source, _ house: House) {
    house.gitlab.with { world in
      world.hooks.insert(.init(id: 990, owner: owner, url: url, events: events, token: "somebody's", createdAt: world.now))
    }
  }

  /// - Parameter says: of the plan's line.
  private static func expectTwice(_ place: String, _ says: [String], _ house: House) async throws {
    house.forgetRequests()
    for verb in ["plan", "apply"] {
      let run = try await house.setup(verb)
      #expect(run.status == 1, "\(run)")
      for words in ["! webhook 990 of \(place)", "remove it in GitLab (Settings > Webhooks)"] + says {
        #expect(run.output.contains(words), "'\(words)' in \(run)")
      }
    }
    #expect(house.changesAsked.isEmpty)
  }

  /// With a token that is shown the groups' webhooks too, in the place of the one that apply has made.
  private static func checkAsOwner(_ house: House) async throws -> Program.Run {
    let made = text(ofFile: house.adminFile)
    write(House.setupToken, toFile: house.adminFile)
    let run = try await house.command(["check", "--json"])
    write(made, toFile: house.adminFile)
    return run
  }

  @Test(
    "of a group: the plan names it, check says that it cannot see it, and names it where it can",
    arguments: [(3, "acme/payments"), (2, "acme")] as [(Int64, String)])
  func ofGroup(_ id: Int64, _ path: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      Self.add([.deployment, .push], to: .group(id), house)
      try await Self.expectTwice(
        "group \(path)", ["deployment events are delivered twice", "`setup: {hook: group, group: \(path)}`"], house)
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main webhook")
      #expect(finding?["status"]?.string == "ok", "\(check)")
      for words in ["whether group", path, "to its Owners alone", "`gatehouse setup plan`"] {
        #expect(finding?.text.contains(words) == true, "'\(words)' in \(finding ?? .null)")
      }
      let seen = try await Self.checkAsOwner(house)
      #expect(seen.finding("gitlab main webhook")?["status"]?.string == "warn", "\(seen)")
      #expect(seen.finding("gitlab main webhook")?.text.contains("webhook 990 of group \(path)") == true, "\(seen)")
      house.gitlab.with { $0.hooks.remove(990) }
      #expect(try await house.setup("plan").status == 0)
      let well = try await Self.checkAsOwner(house).finding("gitlab main webhook")
      #expect(well?["status"]?.string == "ok" && well?.text.contains("Owners") == false, "\(well ?? .null)")
    }
  }

  @Test(
    "with the group's webhook: one of a project, and one of the group above",
    arguments: [(World.Source.project(30), "project acme/payments/checkout"), (.group(2), "group acme")])
  func besideGroups(_ owner: World.Source, _ place: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("setup: {hook: group, group: acme/payments}")
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      Self.add([.deployment], to: owner, house)
      try await Self.expectTwice(
        place, ["webhook 990 leads to the same gate as webhook of group acme/payments, and deployment events are delivered twice"], house)
      house.gitlab.with { $0.hooks.remove(990) }
      try await house.hasSettled(before)
    }
  }

  @Test("one that sends nothing a gate takes is a note, and nothing is wrong", arguments: [World.Source.project(30), .group(3)])
  func idle(_ owner: World.Source) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      Self.add([.push], to: owner, house)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0, "\(plan)")
      for words in ["= webhook 990 of", "nothing is delivered twice", "apply has not made it"] {
        #expect(plan.output.contains(words), "'\(words)' in \(plan)")
      }
      let check = try await Self.checkAsOwner(house)
      for name in ["webhook", "webhook events", "webhook secret", "webhook state", "webhook deliveries"] {
        #expect(check.finding("gitlab main \(name)")?["status"]?.string == "ok", "\(name): \(check)")
      }
    }
  }

  @Test("only what both send is delivered twice") func shared() async throws {
    try await House.with(Self.bare(.v18), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      Self.add([.pipeline, .push], to: .project(30), house)
      try await Self.expectTwice("project acme/payments/checkout", [", and pipeline events are delivered twice"], house)
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main webhook")?["status"]?.string == "warn", "\(check)")
      #expect(check.finding("gitlab main webhook")?.text.contains(": pipeline events are delivered more than once") == true, "\(check)")
      #expect(check.finding("gitlab main webhook events")?["status"]?.string == "ok", "\(check)")
    }
  }

  @Test("apply's own that was muted is no remark beside somebody's that sends it all") func muted() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].events = [] } }
      Self.add([.deployment], to: .project(30), house)
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main webhook events")
      #expect(finding?["status"]?.string == "fail" && finding?.text.contains("990") == false, "\(finding ?? .null)")
    }
  }
}

import Calendar
import ChangeControl
import GitLabSimulator
import JSON
import Testing

/// `gatehouse check` beside a GitLab where one thing of the gate is not as it must be.
@Suite struct CheckGateTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var settings = HouseSettings(hasAdminToken: true)
    /// After all was set up well.
    var world: @Sendable (inout World) -> Void
    /// `status name`, after the GitLab's.
    var finding: String
    var says: [String]
  }

  static let cases: [Case] = [
    Case(
      testDescription: "an environment that is not protected any more",
      world: { world in for row in world.protections.all where row.name == "production" { world.protections.remove(row.id) } },
      finding: "fail protection", says: ["acme/payments/checkout production", "setup apply"]),
    Case(
      testDescription: "a rule of somebody else's",
      world: { world in for row in world.protections.all { world.protections[row.id].approvalRules = [.init(id: 900, .level(.maintainer))] }
      },
      finding: "fail approver", says: ["none of its approval rules has change-gateway"]),
    Case(
      testDescription: "an account that may not deploy",
      world: { world in for row in world.protections.all { world.protections[row.id].deployAccess = [.init(id: 900, .level(.maintainer))] }
      },
      finding: "fail deployer", says: ["after_approval: leave"]),
    Case(
      testDescription: "a Reporter",
      world: { world in
        for index in world.memberships.indices where world.memberships[index].userID == Demo.accountID {
          world.memberships[index].level = .reporter
        }
      }, finding: "fail membership", says: ["level 20", "Developer (30)"]),
    Case(
      testDescription: "a blocked account", world: { $0.users[Demo.accountID].isBlocked = true }, finding: "fail account",
      says: ["blocked", "unblock"]),
    Case(
      testDescription: "a clock that is off, and signatures", settings: HouseSettings(proof: .signature, hasAdminToken: true),
      world: { $0.instance.clockOffset = .seconds(-400) }, finding: "fail clock", says: ["behind", "NTP"]),
    Case(
      testDescription: "a webhook that tells of nothing",
      world: { world in for hook in world.hooks.all { world.hooks[hook.id].events = [.push] } }, finding: "fail webhook events",
      says: ["tick Deployment events"]),
    Case(
      testDescription: "the same webhook in the group too",
      world: { world in
        for hook in world.hooks.all {
          world.hooks.insert(.init(id: 990, owner: .group(2), url: hook.url, events: hook.events, token: hook.token, createdAt: world.now))
        }
      }, finding: "warn webhook", says: ["group acme", "keep one"]),
    Case(
      testDescription: "a webhook without its secret",
      world: { world in for hook in world.hooks.all { world.hooks[hook.id].token = nil } }, finding: "fail webhook secret", says: ["401"]),
    Case(
      testDescription: "a plan without protected environments", world: { $0.instance.isLicensed = false }, finding: "fail protection",
      says: ["Premium"]),
    Case(
      testDescription: "a licence that has ended, of which GitLab lists what it protected",
      world: { ($0.instance.isLicensed, $0.instance.hidesUnlicensedProtections) = (false, false) }, finding: "fail protection",
      says: ["Premium", "each deployment runs without anybody's yes"]),
    Case(
      testDescription: "nobody's token that may look", settings: HouseSettings(), world: { _ in }, finding: "warn admin token",
      says: ["cannot be read", "add admin_token", "read_api"]),
  ]

  @Test("one thing broken is named with its remedy, and no secret is told", arguments: cases)
  func broken(_ state: Case) async throws {
    var settings = state.settings
    settings.hookEvents = []
    let world: @Sendable (inout World) -> Void = { [settings] world in
      world.isSetUp(for: settings)
      state.world(&world)
    }
    try await House.with(settings.beginning(with: world), serving: false) { house in
      #expect(try await house.command(["database", "migrate"]).status == 0)
      let run = try await house.command(["check", "--json"])
      let words = state.finding.split(separator: " ", maxSplits: 1)
      let checks = run.json?["checks"]?.array ?? []
      let found = checks.first { $0["name"]?.string == "gitlab main \(words[1])" }
      #expect(found?["status"]?.string == String(words[0]), "\(run.output)")
      for word in state.says { #expect(found?.text.contains(word) == true, "'\(word)' in \(run.output)") }
      #expect(run.status == (run.json?["status"]?.string == "fail" ? 1 : 0))
      let text = try await house.command(["check"])
      for secret in [HouseSettings.gitLabToken, HouseSettings.adminToken, HouseSettings.webhookToken, HouseSettings.signingToken] {
        #expect(!(run.output + run.errors + text.output + text.errors).contains(secret))
      }
    }
  }

  @Test("beside a server it asks itself by the public address: a right secret arrives and leaves nothing, a wrong one is told")
  func ping() async throws {
    try await House.with { house in
      var settings = house.settings
      settings.server = #"listen: "127.0.0.1:0", public_url: "\#(house.url)""#
      house.configure(settings)
      let stored = try house.deliveryCount()
      let right = try await house.command(["check", "--json"])
      #expect(right.finding("gitlab main webhook address")?["status"]?.string == "ok", "\(right)")
      #expect(try house.deliveryCount() == stored)
      // The configuration was changed, and the server has not read it.
      settings.proof = .signature
      house.configure(settings)
      let wrong = try await house.command(["check", "--json"])
      #expect(wrong.status == 1)
      let finding = wrong.finding("gitlab main webhook address")
      #expect(finding?["status"]?.string == "fail", "\(wrong)")
      #expect(finding?["remedy"]?.string?.contains("SIGHUP") == true)
      settings.server = #"listen: "127.0.0.1:0", public_url: "\#(house.gitLabURL)""#
      house.configure(settings)
      let elsewhere = try await house.command(["check", "--json"])
      #expect(elsewhere.finding("gitlab main webhook address")?["status"]?.string == "fail", "\(elsewhere)")
    }
  }

  @Test("a change that waits under a service that the configuration has lost is named")
  func lostService() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      #expect(try await house.command(["check", "--json"]).finding("state")?["status"]?.string == "ok")
      // Under another name it is still there.
      let renamed = text(ofFile: house.configurationFile).replacing("id: checkout", with: "id: other")
      write(renamed, toFile: house.configurationFile)
      #expect(try await house.command(["check", "--json"]).finding("state")?["status"]?.string == "ok")
      write(renamed.replacing("tiers: [production]", with: "tiers: [development]"), toFile: house.configurationFile)
      let run = try await house.command(["check", "--json"])
      #expect(run.finding("state")?["status"]?.string == "fail")
      #expect(
        run.finding("state")?["seen"]?.string?.contains("\(key) waits, and the configuration has no service checkout") == true, "\(run)")
    }
  }

  @Test("a server says once in its log what its checks found, and that the token ends soon")
  func log() async throws {
    var settings = HouseSettings(checksOnStart: true, hasAdminToken: true)
    settings.world = { world in
      world.addAdministrator()
      for token in world.tokens.all where token.userID == Demo.accountID {
        world.tokens[token.id].expiresAt = world.now + .seconds(5 * 86_400 + 60)
      }
      for row in world.protections.all where row.name == "production" {
        world.protections[row.id].approvalRules = [.init(id: 900, .level(.maintainer))]
      }
    }
    try await House.with(settings) { house in
      let line = try await eventually("the line about the checks") { () -> Sighting<String> in
        let line = house.log.split(separator: "\n").first { $0.contains("looked at what the gate stands on") }
        return line.map { .found(String($0)) } ?? .notYet(house.log)
      }
      #expect(line.contains(#""level":"warning""#) && line.contains("gitlab main approver") && line.contains(#""fail":"#), "\(line)")
      try await eventually("the warning about the token") { () -> Sighting<Void> in
        house.log.contains("token ends soon") ? .found(()) : .notYet(house.log)
      }
      #expect(house.log.contains("setup rotate-token"))
      for secret in [HouseSettings.gitLabToken, HouseSettings.adminToken, HouseSettings.webhookToken] {
        #expect(!house.log.contains(secret))
      }
    }
  }
}

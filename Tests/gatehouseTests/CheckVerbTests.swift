import Calendar
import ChangeControl
import GitLabSimulator
import Glibc
import JSON
import Testing

/// `gatehouse check`: what is wrong, and what mends it.
@Suite struct CheckVerbTests {
  /// One state of the world, and what the doctor must say of it.
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var settings = HouseSettings()
    var world: @Sendable (inout World) -> Void = { _ in }
    /// `status name`, and what it must say.
    var finding: String
    var says: [String]
    /// Of all checks.
    var worst: String
  }

  static let cases: [Case] = [
    Case(testDescription: "all is well", finding: "ok gitlab main token scope", says: ["api"], worst: "ok"),
    Case(
      testDescription: "a token that never ends", world: { $0.changeToken { $0.expiresAt = nil } }, finding: "ok gitlab main account",
      says: [Demo.accountName, "97"], worst: "ok"),
    Case(
      testDescription: "the token ends in five days", world: { $0.changeToken { $0.expiresAt = systemTime() + .seconds(5 * 86_400 + 60) } },
      finding: "warn gitlab main token expiry", says: ["expires ", " days", "rotate"], worst: "warn"),
    Case(
      testDescription: "the token has ended", world: { $0.changeToken { $0.expiresAt = systemTime() + .seconds(-86_400) } },
      finding: "fail gitlab main account", says: ["valid token", "scope api"], worst: "fail"),
    Case(
      testDescription: "the token is revoked", world: { $0.revokeTokens(of: Demo.accountName) }, finding: "fail gitlab main account",
      says: ["does not know our token", "valid token"], worst: "fail"),
    Case(
      testDescription: "the token may only read", world: { $0.changeToken { $0.scopes = ["read_api"] } },
      finding: "fail gitlab main token scope", says: ["read_api", "need the scope api"], worst: "fail"),
    Case(
      testDescription: "the token is for the registry only", world: { $0.changeToken { $0.scopes = ["read_registry"] } },
      finding: "fail gitlab main account", says: ["scope api"], worst: "fail"),
    Case(
      testDescription: "a GitLab that sends no hook for blocked deployments", settings: HouseSettings(release: .v18),
      world: { world in for hook in world.hooks.all { world.hooks[hook.id].events = [.deployment] } },
      finding: "warn gitlab main version", says: ["18.5.1", "pipeline events"], worst: "warn"),
    Case(
      testDescription: "the same, whose webhook sends pipeline events in their place", settings: HouseSettings(release: .v18),
      finding: "ok gitlab main version", says: ["18.5.1", "the pipeline events of the webhook tell of them"], worst: "ok"),
    Case(
      testDescription: "a GitLab that does not sign, and a signing token", settings: HouseSettings(release: .v18, proof: .signature),
      finding: "warn gitlab main version", says: ["18.5.1", "does not sign", "webhook_token"], worst: "warn"),
    Case(
      testDescription: "a group of GitLab's whose members can be read",
      settings: HouseSettings(approvalRules: ["{gitlab_group: acme/qa-group}"]),
      world: { $0.add(Demo.accountName, to: .group(134), level: .guest) }, finding: "ok gitlab main members of acme/qa-group", says: ["2"],
      worst: "ok"),
    Case(
      testDescription: "a group of GitLab's that nobody shows us", settings: HouseSettings(approvalRules: ["{gitlab_group: acme/secret}"]),
      finding: "fail gitlab main members of acme/secret", says: ["no group acme/secret", "member of it", "waits"], worst: "fail"),
    Case(
      testDescription: "administrators, and an account that is none", settings: HouseSettings(approvalRules: ["{access_level: 60}"]),
      finding: "fail gitlab main administrators of the instance", says: ["only an administrator"], worst: "fail"),
    Case(
      testDescription: "a freeze that is over for good",
      settings: HouseSettings(
        policy: "freeze_windows: [{name: release, from: 2020-01-01, until: 2020-01-03}, {name: night, cron: 0 0 * * *, duration: 1h}]"),
      finding: "warn policy managers-agree", says: ["freeze window release ended for good at 2020-01-03T00:00:00.000Z", "new dates"],
      worst: "warn"),
    Case(
      testDescription: "hours of an automatic rule that are over for good",
      settings: HouseSettings(policy: "auto_approve: [{risk: low}, {tiers: [staging], hours: {from: 2020-01-01, until: 2020-01-03}}]"),
      finding: "warn policy managers-agree", says: ["the hours of rule 2 of auto_approve ended for good"], worst: "warn"),
    Case(
      testDescription: "two freezes that between them never end",
      settings: HouseSettings(
        policy: "freeze_windows: [{name: even, cron: 0 */2 * * *, duration: 1h}, {name: odd, cron: 0 1-23/2 * * *, duration: 1h}]"),
      finding: "warn policy managers-agree", says: ["windows together leave no time free until", "shorten"], worst: "warn"),
    Case(
      testDescription: "a freeze that is still to come",
      settings: HouseSettings(policy: "freeze_windows: [{name: release, from: 2020-01-01, until: 2029-01-03}]"),
      finding: "ok tokens", says: ["3 can be used"], worst: "ok"),
    Case(
      testDescription: "break-glass people with no token of an operator",
      settings: HouseSettings(policy: "break_glass: {group: on-call}", groups: "on-call: [Alice, otto]"),
      finding: "warn policy managers-agree",
      says: ["break_glass: Alice, otto have no token with the role operator or admin", "token create --user Alice --role operator"],
      worst: "warn"),
    Case(
      testDescription: "somebody who may override a freeze, and has no token",
      settings: HouseSettings(
        policy: "freeze_windows: [{name: night, cron: 0 0 * * *, duration: 1h}]\n    freeze_override: {group: on-call}",
        groups: "on-call: [alice, otto]"),
      finding: "warn policy managers-agree",
      says: ["freeze_override: otto has no token with the role approver, operator or admin", "token create --user otto --role approver`"],
      worst: "warn"),
    Case(
      testDescription: "an approver with no token",
      settings: HouseSettings(approvalRules: ["{group: release-managers}", "{user: grace}"]), finding: "warn policy managers-agree",
      says: ["approval_rules: grace has no token"], worst: "warn"),
    Case(
      testDescription: "a GitLab that is overloaded", world: { $0.faults = [Fault(.badGateway, times: .max)] },
      finding: "fail gitlab main reachable", says: ["502", "url"], worst: "fail"),
    Case(
      testDescription: "something that is no GitLab",
      world: { $0.faults = [Fault(.answer(status: 200, headers: ["Content-Type": "text/html"], body: "<html>Hello</html>"), times: .max)] },
      finding: "fail gitlab main reachable", says: ["no JSON", "url"], worst: "fail"),
    Case(
      testDescription: "a sign-in page before GitLab",
      world: { $0.faults = [Fault(.answer(status: 302, headers: ["Location": "https://sso.example.com/"]), times: .max)] },
      finding: "fail gitlab main account", says: ["redirects"], worst: "fail"),
    Case(
      testDescription: "a GitLab that cuts connections", world: { $0.faults = [Fault(.resetBeforeEffect, times: .max)] },
      finding: "fail gitlab main reachable", says: ["did not answer"], worst: "fail"),
  ]

  @Test("each state of the world is named with what mends it, in JSON and in text; only a fail changes the exit status", arguments: cases)
  func states(_ state: Case) async throws {
    var settings = state.settings
    // Reconcile stays out of the way.
    settings.hookEvents = []
    settings.hasAdminToken = true
    let world: @Sendable (inout World) -> Void = { [settings] world in
      world.isSetUp(for: settings)
      state.world(&world)
    }
    try await House.with(settings.beginning(with: world), serving: false) { house in
      #expect(try await house.command(["database", "migrate"]).status == 0)
      for manager in settings.managers { _ = try await house.token(of: manager) }
      let run = try await house.command(["check", "--json"])
      let json = try #require(run.printed, "\(run)")
      #expect(json["status"]?.string == state.worst, "\(run)")
      #expect(run.status == (state.worst == "fail" ? 1 : 0))
      let checks = json["checks"]?.array ?? []
      for check in checks {
        #expect(check.object?.members.map(\.name) == ["name", "status", "seen", "remedy"])
        #expect((check["status"]?.string == "ok") == (check["remedy"]?.string == ""), "\(check.text)")
        #expect(check["seen"]?.string?.isEmpty == false)
      }
      let found = checks.first { "\($0["status"]?.string ?? "") \($0["name"]?.string ?? "")" == state.finding }
      for word in state.says { #expect(found?.text.contains(word) == true, "'\(word)' in \(run.output)") }

      let text = try await house.command(["check"])
      #expect(text.status == run.status)
      for check in checks {
        let (status, name) = (check["status"]?.string ?? "", check["name"]?.string ?? "")
        #expect(text.lines.contains { $0.hasPrefix(status) && $0.contains("  \(name): ") }, "\(status) \(name) in \(text.output)")
      }
      #expect(text.output.count { $0 == "→" } == checks.count { $0["status"]?.string != "ok" })
      let count = checks.count { $0["status"]?.string == "fail" }
      #expect(text.lines.last.map(String.init) == (count == 0 ? "nothing fails" : "\(count) of \(checks.count) checks fail"))
      if count == 0 { text.expectDone() } else { text.expectWords(["mended"]) }
    }
  }

  @Test("a GitLab where nothing listens, and a database that is not there: said, and not made")
  func nothingThere() async throws {
    try await House.with(serving: false) { house in
      await house.gitLabStops()
      let run = try await house.command(["check", "--json"])
      #expect(run.status == 1)
      #expect(run.finding("gitlab main reachable")?["status"]?.string == "fail")
      #expect(run.finding("gitlab main reachable")?["seen"]?.string?.contains("connection refused") == true, "\(run)")
      #expect(run.finding("database")?["status"]?.string == "warn")
      #expect(access(house.database, F_OK) != 0)
    }
  }

  @Test("a Unix socket whose folder is not there: said before the server is started")
  func noFolder() async throws {
    var settings = HouseSettings()
    settings.server = #"listen: ["unix:/no/such/gate.sock", "unix:gate.sock"]"#
    try await House.with(settings, serving: false) { house in
      let run = try await house.command(["check", "--json"])
      let findings = (run.printed?["checks"]?.array ?? []).filter { $0["name"]?.string == "server.listen" }
      #expect(findings.map { $0["status"]?.string } == ["warn", "ok"], "\(run)")
      #expect(findings.first?["remedy"]?.string?.contains("make /no/such/") == true, "\(run)")
    }
  }

  @Test("it looks while the server runs, and changes nothing")
  func besideServer() async throws {
    var settings = HouseSettings(hasAdminToken: true)
    settings.world = { $0.addAdministrator() }
    try await House.with(settings) { house in
      try await house.hasReconciled()
      for manager in house.settings.managers { _ = try await house.token(of: manager) }
      // Where the server listens is known only now.
      settings.server = #"listen: "127.0.0.1:0", public_url: "\#(house.url)""#
      house.configure(settings)
      let revision = try await house.command(["audit", "verify"]).output
      let requests = house.requestsToGitLab.count
      let run = try await house.command(["check", "--json"])
      #expect(run.printed?["status"]?.string == "ok", "\(run)")
      #expect(run.finding("database")?["seen"]?.string?.contains(house.database) == true)
      #expect(try await house.command(["audit", "verify"]).output == revision)
      #expect(house.requestsToGitLab.count > requests)
      #expect(house.requestsToGitLab.allSatisfy { $0.method == "GET" })
    }
  }

  @Test("every problem of the configuration is told at once, with its line, its column and what is meant")
  func configuration() async throws {
    try await House.with(serving: false) { house in
      let good = text(ofFile: house.configurationFile)
      let bad = good.replacing("give_up_after: 24h", with: "give_up_afer: 24h").replacing(
        "policy: managers-agree", with: "policy: managers"
      )
      .replacing("{env: STORY_WEBHOOK_TOKEN}", with: "{env: NOT_SET_ANYWHERE}")
      write(bad, toFile: house.configurationFile)
      let run = try await house.command(["check", "--json"])
      #expect(run.status == 1)
      let seen = (run.printed?["checks"]?.array ?? []).map { ($0["status"]?.string ?? "", $0["seen"]?.string ?? "") }
      #expect(seen.count == 3, "\(run)")
      #expect(seen.allSatisfy { $0.0 == "fail" && $0.1.hasPrefix(house.configurationFile + ":") })
      let all = seen.map(\.1).joined(separator: "\n")
      for word in ["give_up_after", "managers-agree", "NOT_SET_ANYWHERE"] { #expect(all.contains(word), "'\(word)' in \(all)") }
      #expect(all.contains(#/gatehouse\.yaml:\d+:\d+: `/#))
      // The same to who serves, and nothing starts half configured.
      let serve = try await house.command(["serve"])
      #expect(serve.status == 2)
      for problem in seen.map(\.1) { #expect(serve.errors.contains(problem), "'\(problem)' in \(serve.errors)") }
      #expect(access(house.database, F_OK) != 0)
    }
  }

  @Test("secrets that cannot be had, or that others can read, are named by where they should be")
  func secrets() async throws {
    try await House.with(serving: false) { house in
      let file = house.folder.file("gitlab-token")
      chmod(file, 0o644)
      let open = try await house.command(["check", "--json"])
      #expect(open.status == 0)
      #expect(open.finding("configuration", "warn")?["seen"]?.string?.contains("chmod 600") == true, "\(open)")
      write("", toFile: file)
      let empty = try await house.command(["check", "--json"])
      #expect(empty.status == 1)
      #expect(empty.finding("configuration", "fail")?["seen"]?.string?.contains("is empty") == true, "\(empty)")
      unlink(file)
      let gone = try await house.command(["check", "--json"])
      #expect(gone.status == 1)
      #expect(gone.finding("configuration", "fail")?["seen"]?.string?.contains(file) == true, "\(gone)")
    }
  }
}

extension World {
  fileprivate mutating func changeToken(_ change: (inout PersonalAccessToken) -> Void) {
    for token in tokens.all where token.userID == Demo.accountID { change(&tokens[token.id]) }
  }
}

extension Program.Run {
  /// One of several checks of the same name.
  fileprivate func finding(_ name: String, _ status: String) -> JSONValue? {
    printed?["checks"]?.array?.first { $0["name"]?.string == name && $0["status"]?.string == status }
  }
}

import Glibc
import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// What the gate stands on in GitLab changes while it serves: it is told once, wherever people look.
@Suite struct DriftStoryTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The checks that drift.
    var checks: [String]
    /// What the line on the change says.
    var says: String
    /// Those that are told once, and do not stand until they are mended.
    var passing: Set<String> = []
    /// Before the first look.
    var prepares: @Sendable (inout World) -> Void = { _ in }
    var breaks: @Sendable (inout World) -> Void
  }

  private static let gate = World.Holder.user(Demo.accountID)

  static let cases: [Case] = [
    Case(testDescription: "unprotected", checks: ["protection"], says: "is not protected in GitLab") {
      $0.unprotect(environment: "production")
    },
    Case(testDescription: "a licence that lapses", checks: ["protection"], says: "has no protected environments there any more") {
      $0.instance.isLicensed = false
    },
    Case(testDescription: "the account is no approver", checks: ["approver"], says: "asks for no approval") {
      $0.removeApprover(Demo.accountName, environment: "production")
    },
    Case(testDescription: "the account may not deploy", checks: ["deployer"], says: "is not known to be allowed to deploy") {
      $0.removeFromAllowedToDeploy(Demo.accountName, environment: "production")
    },
    Case(
      testDescription: "a role in the account's place", checks: ["approval_rules", "other_approvers"],
      says: "everybody else of them, past the gate", passing: ["approval_rules"]
    ) { world in
      for row in world.protections.all where row.name == "production" {
        world.protections[row.id].approvalRules = [.init(id: 900, .level(.developer))]
      }
    },
    Case(
      testDescription: "a count that is lowered", checks: ["approval_rules"], says: "went from 2 to 1", passing: ["approval_rules"],
      prepares: { $0.addApprovalRule(.user(23), requiredApprovals: 2, environment: "production") },
      breaks: { world in
        for row in world.protections.all where row.name == "production" {
          for index in row.approvalRules.indices { world.protections[row.id].approvalRules[index].requiredApprovals = 1 }
        }
      }),
    Case(testDescription: "another approver", checks: ["approval_rules"], says: "user 23", passing: ["approval_rules"]) {
      $0.addApprovalRule(.user(23), environment: "production")
    },
    Case(
      testDescription: "an approver who is gone", checks: ["approver"], says: "who is gone from GitLab",
      prepares: { $0.addApprovalRule(.user(23), environment: "production") }, breaks: { $0.users[23].isDeleted = true }),
    Case(
      testDescription: "an approver who is blocked", checks: ["approver"], says: "lets do nothing (blocked)",
      prepares: { $0.addApprovalRule(.user(23), environment: "production") }, breaks: { $0.users[23].isBlocked = true }),
    Case(testDescription: "self-approval", checks: ["self_approval"], says: "may now approve its deployment", passing: ["self_approval"]) {
      $0.projects[Demo.projectID].allowsTriggererApproval = true
    },
    Case(testDescription: "a level that is lowered", checks: ["membership"], says: "level 20") { world in
      for index in world.memberships.indices where world.memberships[index].userID == Demo.accountID {
        world.memberships[index].level = .reporter
      }
    },
    Case(testDescription: "a blocked account", checks: ["account"], says: "blocked") { $0.users[Demo.accountID].isBlocked = true },
    Case(testDescription: "no webhook", checks: ["webhook"], says: "has no webhook that leads here") { world in
      for hook in world.hooks.all { world.hooks.remove(hook.id) }
    },
    Case(testDescription: "a webhook that is switched off", checks: ["webhook"], says: "sends no deployment events") { world in
      for hook in world.hooks.all { world.hooks[hook.id].events = [.push] }
    },
  ]

  @Test(
    "a change in GitLab is an audit entry, a warning, a metric and a line on the change, once, and so is the way back", arguments: cases)
  func drifts(_ state: Case) async throws {
    let settings = House.watching
    let world = settings.world
    try await House.with(
      settings.beginning {
        world(&$0)
        state.prepares(&$0)
      }
    ) { house in
      let key = try await house.opened(house.deploy())
      try await house.hasLooked()
      try await house.look()
      #expect(try house.drifts() == [] && house.driftLines() == [])
      #expect(try await house.metrics() == [])
      let before = house.gitlab.with { world in
        let kept = (world.protections, world.memberships, world.users, world.hooks, world.projects, world.instance)
        state.breaks(&world)
        return kept
      }
      for _ in 1...2 { try await house.look() }
      let told = state.checks.flatMap { ["detected \($0)", "detected \($0) \(key)"] }
      #expect(try house.drifts().sorted() == told.sorted())
      #expect(try house.driftLines().sorted() == state.checks.map { "warning \($0)" })
      let standing = state.checks.filter { !state.passing.contains($0) }.map { check in #"drift_findings{check="\#(check)"} 1"# }
      let counted = state.checks.map { check in #"drift_total{check="\#(check)",turn="detected"} 1"# }
      #expect(try await house.metrics().sorted() == (standing + counted).sorted())
      let change = try await house.change(key)
      #expect(
        change["drift"]?.array?.contains { $0["seen"]?.string?.contains(state.says) == true } == true, "\(change["drift"]?.text ?? "")")
      let show = try await house.command(["change", "show", key], as: "alice")
      #expect(show.output.contains("  drift  ") && show.output.contains(state.says), "\(show)")
      let explain = try await house.command(["change", "explain", key], as: "alice")
      #expect(explain.output.contains("  drift  ") && explain.output.contains(state.says), "\(explain)")

      house.gitlab.with { world in
        (world.protections, world.memberships, world.users, world.hooks, world.projects, world.instance) = before
      }
      for _ in 1...2 { try await house.look() }
      let back = try house.drifts().filter { $0.hasPrefix("resolved") }.sorted()
      #expect(back == state.checks.flatMap { ["resolved \($0)", "resolved \($0) \(key)"] }.sorted())
      #expect(try await house.metrics().filter { $0.hasPrefix("drift_findings") } == [])
      try await house.isSound()
    }
  }

  @Test("killed between the change and the look, and again after it: told once, by whichever lives")
  func killed() async throws {
    // Without a webhook, whose address each life moves: a look would find it before it is moved, or after.
    var settings = House.watching
    settings.hookEvents = []
    settings.reconcileEvery = "1s"
    try await House.with(settings) { house in
      let key = try await house.opened(house.deploy())
      try await house.hasLooked()
      house.crash()
      _ = try await house.ending()
      house.gitlab.with { $0.unprotect(environment: "production") }
      try await house.start()
      try await eventually("the drift") { try house.drifts().count == 2 }
      house.crash()
      _ = try await house.ending()
      try await house.start()
      try await house.look()
      #expect(try house.drifts() == ["detected protection", "detected protection \(key)"])
      // What stands is told by the database, and not by who noticed it.
      #expect(try await house.metrics() == [#"drift_findings{check="protection"} 1"#])
      #expect(try await house.change(key)["drift"]?.array?.count == 1)
      try await house.isSound()
    }
  }

  @Test("an environment of the gated tier that is new and not protected is told, and so is its protection")
  func newEnvironment() async throws {
    try await House.with(House.watching) { house in
      try await house.hasLooked()
      house.gitlab.with { world in
        world.environments.insert(
          .init(id: 77, projectID: Demo.projectID, name: "production-eu", tier: "production", createdAt: world.now))
      }
      for _ in 1...2 { try await house.look() }
      #expect(try house.drifts() == ["detected protection"])
      #expect(house.log.contains("acme/payments/checkout production-eu is not protected"))
      house.gitlab.with { $0.protectAsProduction("production-eu") }
      try await house.look()
      #expect(try house.drifts() == ["detected protection", "resolved protection"])
    }
  }

  @Test("a GitLab that cannot be reached, refuses, or asks for quiet has nothing drift")
  func unreachable() async throws {
    try await House.with(House.watching) { house in
      _ = try await house.opened(house.deploy())
      try await house.hasLooked()
      for fault in [Fault(.badGateway, times: .max), Fault(.resetBeforeEffect, times: .max)] {
        house.gitlab.with { $0.faults = [fault] }
        try await house.look()
      }
      await house.gitLabStops()
      try await house.look()
      try house.gitLabStartsAgain()
      house.gitlab.with { $0.faults = [] }
      #expect(try house.drifts() == [])
      // In the middle of the look GitLab wants quiet: it is not asked on.
      house.gitlab.with { world in
        world.unprotect(environment: "production")
        world.faults = [
          Fault(
            .answer(status: 429, headers: ["Retry-After": "3600"], body: "Retry later"), on: "GET", "projects/*/environments", times: .max)
        ]
        world.requests.clear()
      }
      try await house.look()
      #expect(try house.drifts() == [])
      let paths = house.requestsToGitLab.map(\.path)
      #expect(paths.contains { $0.contains("/environments?") } && !paths.contains { $0.contains("/protected_environments") }, "\(paths)")
      try await eventually("the pause to be kept") {
        try house.read { try $0.instance(named: "main")?.pausedUntil.map { $0 > systemTime() } ?? false }
      }
    }
  }

  @Test("a GitLab that never answers in the middle of a look does not hold up the end of the server")
  func hanging() async throws {
    let settings = House.watching
    let world = settings.world
    let hanging = settings.beginning {
      world(&$0)
      $0.faults = [Fault(.hangBeforeEffect, on: "GET", "projects/*/environments", times: .max)]
    }
    try await House.with(hanging) { house in
      try await eventually("the look to be under way") { house.requestsToGitLab.contains { $0.path.contains("/environments?") } }
      house.signal(SIGTERM)
      let ending = try await eventually("the server to end", within: SlowGitLabTests.patience) { () -> Sighting<Ending> in
        house.hasEnded.map(Sighting.found) ?? .notYet("it runs")
      }
      #expect(ending == .exit(0))
      #expect(try house.drifts() == [])
    }
  }

  @Test("of two GitLabs, one dead: the other's drift is told, and its checks are made")
  func twoGitLabs() async throws {
    var settings = House.watching
    settings.gitlab = "memberships_every: 5m\n  - name: dead\n    url: http://127.0.0.1:9\n    token: {env: STORY_ADMIN_TOKEN}"
    try await House.with(settings) { house in
      try await house.hasLooked()
      house.gitlab.with { $0.unprotect(environment: "production") }
      try await house.look(settings)
      #expect(try house.drifts() == ["detected protection"])
      let run = try await house.command(["check", "--json"])
      #expect(run.status == 1)
      #expect(run.finding("gitlab dead reachable")?["status"]?.string == "fail", "\(run)")
      #expect(run.finding("gitlab dead reachable")?["seen"]?.string?.contains("connection refused") == true, "\(run)")
      #expect(run.finding("gitlab main reachable")?["status"]?.string == "ok", "\(run)")
      #expect(run.finding("gitlab main protection")?["status"]?.string == "fail", "\(run)")
    }
  }
}

import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// `gatehouse setup` against a GitLab that has nothing of it: the built program, real sockets, real files.
@Suite struct SetupStoryTests {
  @Test("from nothing to a gate, and back", arguments: World.Release.allCases) func whole(_ release: World.Release) async throws {
    try await House.with(House.bare(release: release), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.errors == "", "\(plan)")
      #expect(plan.output.contains("+ service account gatehouse-acme of group acme") && plan.output.contains("+ webhook of project"))
      #expect(house.picture == before && house.changesAsked.isEmpty)
      #expect(!names(inFolder: house.folder.path).contains("gatehouse.db"), "a plan makes nothing here either")

      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(house.picture != before)
      let events = release == .v19 ? #"["Deployment Hook"]"# : #"["Deployment Hook", "Pipeline Hook"]"#
      #expect(
        house.picture.filter { !before.contains($0) } == [
          "hook project(30) https://gatehouse.example.com/webhooks/gitlab/main \(events) true true false",
          "member gatehouse-acme of project(30): developer",
          "project(30) production: level(GitLabSimulator.World.AccessLevel.maintainer) 1, gatehouse-acme 1; gatehouse-acme 1",
          #"token of gatehouse-acme ["api"]"#, "user gatehouse-acme",
        ])
      #expect(house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }])
      #expect(mode(of: house.tokenFile) == 0o600 && mode(of: house.hookFile) == 0o600)
      #expect(house.gitlab.with { $0.hooks.all.map(\.token) } == [text(ofFile: house.hookFile).filter { !$0.isNewline }])
      try await expectNothingLeft(house)
      try await house.isSound()

      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.errors == "", "\(undo)")
      #expect(house.picture == before)
      #expect(!names(inFolder: house.folder.path).contains { ["account-token", "hook-token"].contains($0) })
      let again = try await house.setup("undo")
      #expect(again.status == 0 && again.output.contains("nothing was made by apply"), "\(again)")
      #expect(try await house.setup("plan").output == plan.output)
      expectNoSecrets(house, [apply, undo])
      try await house.isSound()
    }
  }

  @Test("what apply made serves: the first deployment is held, decided and run") func firstDeployment() async throws {
    var settings = House.bare()
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("reconcile_every: 1s")
      #expect(try await house.setup("apply").status == 0)
      try await house.deploysWhatIsApproved()
      // It works on the database beside the server, and the server goes on with the token until it is told of a new one.
      #expect(try await house.setup("plan").status == 0)
      // Whoever undoes beside it learns what becomes of it.
      let undo = try await house.setup("undo")
      for words in ["The token of the server that runs here is revoked", "what waits stays blocked", "`gatehouse setup apply`, and SIGHUP"]
      {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
    }
  }

  /// A second plan is empty, and a second apply asks for nothing.
  private func expectNothingLeft(_ house: House) async throws {
    house.forgetRequests()
    let plan = try await house.setup("plan", "--json")
    #expect(plan.status == 0, "\(plan)")
    #expect(plan.printed?["done"] == true)
    #expect(plan.printed?["steps"]?.array?.allSatisfy { $0["action"] == "none" } == true)
    let apply = try await house.setup("apply")
    #expect(apply.status == 0, "\(apply)")
    #expect(house.changesAsked.isEmpty)
  }

  /// Neither what is printed nor what is kept has a secret in it.
  private func expectNoSecrets(_ house: House, _ runs: [Program.Run], location: SourceLocation = #_sourceLocation) {
    let secrets = [House.setupToken] + house.gitlab.with { $0.tokens.all.map(\.secret) + $0.hooks.all.compactMap(\.token) }
    for secret in secrets {
      for run in runs { #expect(!run.output.contains(secret) && !run.errors.contains(secret), sourceLocation: location) }
      for name in names(inFolder: house.folder.path) where !["account-token", "hook-token"].contains(name) {
        let isThere = bytes(ofFile: house.folder.file(name)).contain(secret)
        #expect(!isThere, "a secret is in \(name)", sourceLocation: location)
      }
    }
  }

  @Test("what others made stays as it is, with apply and with undo") func others() async throws {
    let settings = House.bare { world in
      world.users.insert(World.User(id: Demo.accountID, username: "gatehouse-acme", name: "By hand", isServiceAccount: true))
      world.users[Demo.accountID].provisionedBy = .group(2)
      world.memberships.append(World.Membership(.project(30), userID: Demo.accountID, level: .reporter))
      world.protections.insert(
        World.ProtectedEnvironment(
          id: 38, .project(30), name: "production", deployAccess: [World.AccessRule(id: 238, .user(21))],
          approvalRules: [World.AccessRule(id: 38, .level(.maintainer), requiredApprovals: 2)]))
      world.addHook(url: "https://elsewhere.example.com/hook", token: "theirs", events: [.push])
      world.addHook(url: "https://gatehouse.example.com/webhooks/gitlab", token: "old", events: [.push])
    }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("others approve in GitLab too (Maintainers, 2)"), "\(apply)")
      let after = house.picture
      #expect(
        after.contains {
          $0.hasSuffix(
            "production: alice 1, gatehouse-acme 1; level(GitLabSimulator.World.AccessLevel.maintainer) 2, gatehouse-acme 1")
        }, "\(after)")
      #expect(after.contains("member gatehouse-acme of project(30): developer"))
      #expect(after.contains { $0.contains("elsewhere") && $0.contains("Push") } && after.count { $0.hasPrefix("hook") } == 2)
      try await expectNothingLeft(house)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("it was there before"), "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("a secret that changes is sent again, once") func changedSecret() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      write("another-secret-0815\n", toFile: house.hookFile)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("they have changed here since they were sent"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
      #expect(house.gitlab.with { $0.hooks.all.map(\.token) } == ["another-secret-0815"])
      try await expectNothingLeft(house)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("another secret into"), "\(undo)")
      #expect(text(ofFile: house.hookFile) == "another-secret-0815\n")
      #expect(house.gitlab.with { $0.hooks.all.isEmpty })
    }
  }

  @Test("whole tiers of a group, with the account as its Maintainer, a group's webhook, signed") func group() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup(
        "setup: {protect: group, hook: group, group: acme/payments}", webhook: "signing_token: {file: \"\(house.hookFile)\"}")
      let before = house.picture
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      let after = house.picture.filter { !before.contains($0) }
      #expect(after.contains("member gatehouse-acme of group(3): maintainer"), "\(after)")
      #expect(after.contains { $0.hasPrefix("group(3) production: ") && $0.hasSuffix("; gatehouse-acme 1") }, "\(after)")
      #expect(after.contains { $0.hasPrefix("hook group(3)") && $0.hasSuffix("false true") }, "\(after)")
      #expect(text(ofFile: house.hookFile).hasPrefix("whsec_"))
      try await expectNothingLeft(house)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }
}

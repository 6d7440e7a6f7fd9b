import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// GitLab from 16.10 to 17.0: service accounts can be made and not listed, webhooks have no name, no signature and no list of what they sent, and no hook
/// tells of a blocked deployment.
@Suite struct OlderGitLabTests {
  static let versions = [World.Version(16, 10), World.Version(17, 0)]

  private static func bare(_ version: World.Version) -> HouseSettings { House.bare(release: .v18) { $0.instance.version = version } }

  @Test("setup plans, makes and finds again what the gate needs", arguments: versions)
  func setup(_ version: World.Version) async throws {
    try await House.with(Self.bare(version), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.errors == "" && !plan.output.contains("! "), "\(plan)")
      #expect(house.picture == before)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(house.picture.contains { $0.contains(#"["Deployment Hook", "Pipeline Hook"]"#) }, "\(house.picture)")
      let again = try await house.setup("plan")
      #expect(again.status == 0, "\(again)")
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main version")?["status"]?.string == "warn", "\(check)")
      for words in ["blocked deployments (19.3)", "signed webhooks (19.0)", "list of what a webhook has sent (17.3)"] {
        #expect(check.finding("gitlab main version")?["seen"]?.string?.contains(words) == true, "'\(words)' in \(check)")
      }
      #expect(check.printed?["checks"]?.array?.contains { $0["status"]?.string == "fail" } == false, "\(check)")
    }
  }

  @Test(
    "before 16.10 GitLab names a service account itself: none is made, and a plain user serves", arguments: [(16, 1), (16, 9), (15, 11)])
  func unnamed(_ major: Int, _ minor: Int) async throws {
    try await House.with(Self.bare(World.Version(major, minor)), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      for verb in ["plan", "apply", "plan"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("! service account gatehouse-acme"), "\(run)")
        for words in ["is \(major).\(minor)", "update GitLab to 16.10 or later", "make a plain user for the gate by hand"] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
        #expect(house.picture == before)
      }
      house.gitlab.with { world in
        world.users.insert(World.User(id: 97, username: "gate", name: "Gate"))
        world.tokens.insert(.init(id: 611, userID: 97, secret: "glpat-by-hand", name: "by hand", createdAt: world.now))
      }
      write("glpat-by-hand", toFile: house.tokenFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  static let undoneVersions = [(16, 10), (17, 0), (17, 1), (17, 5), (17, 9), (17, 10), (17, 11)].map { World.Version($0, $1) }

  /// Before 17.11 an account's tokens can be made and not listed, and nobody but the token itself can revoke it.
  @Test("undo takes back what apply made, also where GitLab shows it nobody", arguments: undoneVersions)
  func undo(_ version: World.Version) async throws {
    try await House.with(Self.bare(version), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let undo = try await house.setup("undo")
      // An Owner cannot remove the account before 17.1, and is told who can.
      let isLeft = version < World.Version(17, 1)
      #expect(undo.status == (isLeft ? 1 : 0) && undo.errors == "", "\(undo)")
      #expect(house.picture == (before + (isLeft ? ["user gatehouse-acme"] : [])).sorted(), "\(undo)")
      #expect(undo.output.contains("have one remove the user gatehouse-acme") == isLeft, "\(undo)")
      #expect(!names(inFolder: house.folder.path).contains { ["account-token", "hook-token"].contains($0) })
      let again = try await house.setup("undo")
      #expect(again.status == (isLeft ? 1 : 0), "\(again)")
      #expect(again.output.contains(isLeft ? "= service account gatehouse-acme of group acme" : "nothing was made by apply"), "\(again)")
      // Nobody else can have its number.
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(try await house.setup("plan").status == 0)
      #expect(house.picture.filter { $0.hasPrefix("user gatehouse-acme") }.count == 1, "\(house.picture)")
      // And an administrator's undo finds it on record.
      house.gitlab.with { $0.tokens[601].userID = 1 }
      let byRoot = try await house.setup("undo")
      #expect(byRoot.status == 0 && !house.picture.contains { $0.contains("gatehouse-acme") }, "\(byRoot)")
    }
  }

  @Test("an administrator's undo removes the account too", arguments: versions) func undoByAdministrator(_ version: World.Version)
    async throws
  {
    let settings = House.bare(release: .v18) { world in
      world.instance.version = version
      world.tokens[601].userID = 1
    }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0, "\(undo)")
      #expect(!house.picture.contains { $0.contains("gatehouse-acme") }, "\(undo)")
    }
  }

  @Test("a run that was killed with a token that nobody has is undone all the same", arguments: versions)
  func undoCutOff(_ version: World.Version) async throws {
    try await House.with(Self.bare(version), serving: false) { house in
      house.configureForSetup()
      try await house.setupDies("apply", at: Fault(.hangAfterEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"))
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("it ends with its account"), "\(undo)")
      #expect(undo.output.contains("undo again with the token of one"), "\(undo)")
      house.gitlab.with { $0.tokens[601].userID = 1 }
      let byRoot = try await house.setup("undo")
      #expect(byRoot.status == 0 && !house.picture.contains { $0.contains("gatehouse-acme") }, "\(byRoot)")
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  @Test("half configured, each thing that is missing is a line of the plan and a finding of the check", arguments: versions)
  func halfConfigured(_ version: World.Version) async throws {
    var settings = HouseSettings(release: .v18, hookEvents: [], hasAdminToken: true)
    settings.world = { world in
      world.instance.version = version
      world.addAdministrator()
      world.addHook(url: "https://gatehouse.example.com/webhooks/gitlab", token: HouseSettings.webhookToken, events: [.deployment])
      for row in world.protections.all where row.name == "production" {
        // What older versions counted without rules.
        world.protections[row.id].approvalRules = []
        world.protections[row.id].requiredApprovalCount = 1
      }
    }
    try await House.with(settings, serving: false) { house in
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main approval count")?["status"]?.string == "warn", "\(check)")
      #expect(check.finding("gitlab main webhook events")?["seen"]?.string?.contains("no pipeline events") == true, "\(check)")
      #expect(check.finding("gitlab main webhook deliveries")?["seen"]?.string?.contains("does not tell (17.3 does)") == true, "\(check)")
      house.gitlab.with { world in
        world.tokens.insert(
          .init(id: 601, userID: 1, secret: House.setupToken, name: "for setup", createdAt: world.now))
      }
      let plan = try await Program.run(
        ["setup", "plan"],
        environment: HouseSettings.environment.merging([
          "GATEHOUSE_CONFIG": house.configurationFile, "GATEHOUSE_SETUP_TOKEN": House.setupToken,
        ]) { $1 }, in: house.folder)
      #expect(plan.status == 1 && plan.errors == "", "\(plan)")
      let changed = plan.lines.filter { $0.hasPrefix("~") || $0.hasPrefix("+") || $0.hasPrefix("!") }
      #expect(changed.contains { $0.contains("production") } && changed.contains { $0.contains("webhook") }, "\(plan)")
    }
  }
}

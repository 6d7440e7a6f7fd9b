import TestSupport
import Testing

@testable import GitLabSimulator

/// What setup and check say is what is: nobody is sent the wrong way, and nothing looks done that was not.
@Suite struct SetupSentenceTests {
  private func withAdminToken(_ house: House, _ settings: String = "") {
    house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}\n" + settings)
  }

  @Test("what comes after a stop is said not to be tried, in text too") func notTried() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup(token: "{file: /no/such/folder/token}")
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("not tried: protected environment production of project"), "\(apply)")
      #expect(apply.output.contains("not tried: webhook of project acme/payments/checkout"), "\(apply)")
      #expect(!apply.output.contains("+ protected environment") && !apply.output.contains("deployment_events"), "\(apply)")
      let json = try await house.setup("apply", "--json")
      let statuses = json.printed?["steps"]?.array?.compactMap { $0["status"]?.string } ?? []
      #expect(statuses.contains("not_tried") && json.printed?["steps"]?.array?.last?["action"] == "create", "\(json)")
    }
  }

  @Test("undo marks with - what it takes back, and its JSON is as it was") func undoMarks() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let apply = try await house.setup("apply")
      let undo = try await house.setup("undo")
      #expect(apply.status == 0 && undo.status == 0, "\(undo)")
      for line in ["- webhook of project acme/payments/checkout", "- access token gatehouse ", "- service account gatehouse-acme"] {
        #expect(undo.lines.contains { $0.hasPrefix(line) }, "'\(line)' in \(undo)")
      }
      #expect(!undo.lines.contains { $0.hasPrefix("~ ") }, "\(undo)")
      let again = try await house.setup("apply")
      let json = try await house.setup("undo", "--json")
      let steps = json.printed?["steps"]?.array ?? []
      #expect(again.status == 0 && !steps.isEmpty && steps.allSatisfy { $0["action"] == "update" && $0["status"] == "removed" }, "\(json)")
    }
  }

  @Test("somebody's admin_token that is shown nothing is no = in the plan") func blindAdminToken() async throws {
    let settings = House.bare { world in
      world.tokens.insert(World.PersonalAccessToken(id: 611, userID: 12, secret: "glpat-dana", name: "danas", createdAt: world.now))
    }
    try await House.with(settings, serving: false) { house in
      withAdminToken(house)
      write("glpat-dana\n", toFile: house.adminFile)
      let apply = try await house.setup("apply")
      for words in ["! admin token danas", "does not show it what project acme/payments/checkout protects", "scope read_api is enough"] {
        #expect(apply.status == 1 && apply.output.contains(words), "'\(words)' in \(apply)")
      }
      #expect(text(ofFile: house.adminFile) == "glpat-dana\n")
    }
  }

  @Test("a GitLab without service accounts is told its version, and the one it takes") func tooOld() async throws {
    try await House.with(House.bare(release: .v18) { $0.instance.version = World.Version(15, 11) }, serving: false) { house in
      house.configureForSetup()
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("GitLab main is 15.11, and service accounts begin with 16.1"), "\(plan)")
    }
  }

  @Test("who rotates and hears no answer is told to rotate again, not to apply") func lostAnswer() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let apply = try await house.setup("apply")
      house.gitlab.with {
        $0.faults = [Fault(.resetAfterEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens")]
      }
      let lost = try await house.setup("rotate-token")
      #expect(apply.status == 0 && lost.status == 1, "\(lost)")
      #expect(lost.errors.contains("run this again when it answers") && !lost.errors.contains("apply again"), "\(lost)")
      let again = try await house.setup("rotate-token")
      #expect(again.status == 0 && house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }], "\(again)")
    }
  }

  @Test("where tokens may live 30 days what is said makes it go, with whatever token it is done") func shortestLife() async throws {
    try await House.with(House.bare { $0.instance.tokenLifetimeDays = 30 }, serving: false) { house in
      house.configureForSetup("setup: {token_lifetime: 29d}")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      house.configureForSetup()
      for token in [House.setupToken, nil] {
        let refused = try await house.setup("rotate-token", token: token)
        #expect(refused.status == 1 && refused.errors.contains("`setup: {token_lifetime: 29d}`"), "\(refused)")
        #expect(!refused.errors.contains("With GATEHOUSE_SETUP_TOKEN set, a new one is made"), "it would be refused too: \(refused)")
      }
    }
  }

  @Test("a token that GitLab refuses is mended as check says: apply with a person's token") func refusedToken() async throws {
    try await House.with(House.bare(), serving: false) { house in
      withAdminToken(house)
      let apply = try await house.setup("apply")
      house.gitlab.with { $0.revokeTokens(of: "gatehouse-acme") }
      let check = try await house.command(["check", "--json"])
      let remedy = check.finding("gitlab main account")?["remedy"]?.string ?? ""
      #expect(apply.status == 0 && remedy.contains("`gatehouse setup apply` makes a new token in \(house.tokenFile)"), "\(check)")
      let mended = try await house.setup("apply")
      let after = try await house.command(["check", "--json"])
      #expect(mended.status == 0 && after.finding("gitlab main account")?["status"]?.string == "ok", "\(after)")
    }
  }

  // MARK: check is content with what is configured

  @Test(
    "webhooks where the configuration says, or none, are no warning, also in a GitLab that sends none for blocked deployments",
    arguments: World.Release.allCases, ["project", "group, group: acme/payments", "none"])
  func asConfigured(_ release: World.Release, _ hook: String) async throws {
    try await House.with(House.bare(release: release), serving: false) { house in
      withAdminToken(house, "setup: {hook: \(hook)}")
      let apply = try await house.setup("apply")
      let check = try await house.command(["check", "--json"])
      #expect(apply.status == 0, "\(apply)")
      for name in ["webhook", "version"] {
        let finding = check.finding("gitlab main \(name)")
        #expect(finding?["status"]?.string == "ok", "\(name): \(check)")
      }
      #expect(hook != "none" || check.finding("gitlab main webhook")?["seen"]?.string?.contains("`hook: none`") == true, "\(check)")
    }
  }

  @Test("a new environment of a gated tier that nobody protects fails check, as it is drift") func newEnvironment() async throws {
    try await House.with(House.bare(), serving: false) { house in
      withAdminToken(house)
      let apply = try await house.setup("apply")
      house.gitlab.with {
        $0.environments.insert(World.Environment(id: 60, projectID: 30, name: "prod-us", tier: "production", createdAt: $0.now))
      }
      let check = try await house.command(["check", "--json"])
      let finding = check.finding("gitlab main protection")
      #expect(apply.status == 0 && check.status == 1 && finding?["status"]?.string == "fail", "\(check)")
      #expect(finding?["seen"]?.string?.contains("prod-us is not protected in its project") == true, "\(check)")
    }
  }

  @Test("a project that was renamed is said to be, and to nobody that they are shown no such project") func renamed() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      house.covers("\"acme/payments/checkout\"")
      house.gitlab.with { world in
        world.faults = [
          Fault(.answer(status: 301, headers: ["Location": "/api/v4/projects/30"]), on: "GET", "projects/acme%2Fpayments%2Fcheckout")
        ]
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("redirects looking up project acme/payments/checkout"), "\(plan)")
      #expect(plan.output.contains("correct `projects` where one was renamed or moved"), "\(plan)")
      #expect(!plan.output.contains("shows paula no project"), "\(plan)")
    }
  }

  @Test("where apply finds no database it says which it has made, and undo beside another which one it has read") func whichDatabase()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let right = text(ofFile: house.configurationFile)
      let wrong = right.replacing(house.database, with: house.folder.file("recrods/gate.db"))
      write(wrong, toFile: house.configurationFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.lines.first == "+ database \(house.folder.file("recrods/gate.db"))", "\(apply)")
      #expect(try await !house.setup("apply").output.contains("+ database"))
      write(right, toFile: house.configurationFile)
      try await house.start()
      let undo = try await house.setup("undo")
      #expect(undo.output.contains("by the record in \(house.database)"), "\(undo)")
      write(wrong, toFile: house.configurationFile)
      #expect(try await house.setup("undo").status == 0)
      write(right, toFile: house.configurationFile)
    }
  }

  @Test("a record of which it cannot be told whether it is there is not taken for an empty one") func unreadableDatabase() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let path = house.configurationFile + "/gate.db"
      write(text(ofFile: house.configurationFile).replacing(house.database, with: path), toFile: house.configurationFile)
      for arguments in [["setup", "plan"], ["setup", "apply"], ["setup", "undo"], ["audit", "verify"]] {
        let run = arguments[0] == "setup" ? try await house.setup(arguments[1]) : try await house.command(arguments)
        #expect(run.status == 1 && run.errors.contains("the database \(path) cannot be looked at: Not a directory"), "\(arguments) \(run)")
      }
    }
  }
}

import TestSupport
import Testing

@testable import GitLabSimulator

/// The service account is deleted in GitLab, and another takes its place: a rule of the dead one's would hold every deployment for ever.
@Suite struct SetupFormerAccountTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var level: String
    /// Whether GitLab's queue has come to the end of the deleted user's row, and what names it went along.
    var isDropped: Bool

    var testDescription: String { "\(level), rows \(isDropped ? "dropped" : "kept")" }
    var settings: String { level == "group" ? "setup: {protect: group, group: acme/payments}\n" : "" }
  }

  static let cases = ["project", "group"].flatMap { level in [false, true].map { Case(level: level, isDropped: $0) } }

  private static func bare() -> HouseSettings {
    var settings = House.bare()
    settings.hookEvents = []
    return settings
  }

  private func delete(_ house: House, drops: Bool) {
    house.gitlab.with { world in
      world.instance.dropsRulesOfDeletedUsers = drops
      world.finishDeleting(world.user(named: "gatehouse-acme").id)
    }
  }

  @Test("apply makes another, and takes the dead one's rows out: what is approved runs", arguments: cases) func deleted(_ one: Case)
    async throws
  {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup(one.settings + "admin_token: {file: \"\(house.adminFile)\"}\nreconcile_every: 1s")
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let made = house.picture
      delete(house, drops: one.isDropped)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && !plan.output.contains("others approve in GitLab too"), "\(plan)")
      #expect(plan.output.contains("- approval_rules: user_id ") == !one.isDropped, "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(house.picture == made)
      #expect(try await house.setup("plan").status == 0)
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("gitlab main approver")?["status"]?.string == "ok", "\(check)")
      try await house.deploysWhatIsApproved()
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test(
    "that it is gone is said: by the plan, check, and what would rotate its token",
    arguments: [nil, "setup: {account: {username: the-gate}}"])
  func said(_ renamed: String?) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let looks = "admin_token: {file: \"\(house.adminFile)\"}"
      house.configureForSetup(looks)
      #expect(try await house.setup("apply").status == 0)
      let id = house.gitlab.with { $0.user(named: "gatehouse-acme").id }
      delete(house, drops: true)
      if let renamed { house.configureForSetup(looks + "\n" + renamed) }
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("gitlab main account"))
      #expect(finding["status"]?.string == "fail", "\(check)")
      #expect(finding["seen"]?.string?.contains("the account that setup has made (id \(id)) is gone from GitLab") == true, "\(finding)")
      let rotate = try await house.setup("rotate-token")
      #expect(
        rotate.status == 1 && rotate.errors.contains("is gone from GitLab main") && rotate.errors.contains("setup apply"), "\(rotate)")
      #expect(!rotate.errors.contains("no account of the gate yet"), "\(rotate)")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("the one that apply has made before (id \(id)) is gone from GitLab"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("(id \(id)) is gone from GitLab"), "\(apply)")
      let after = try await house.setup("plan")
      #expect(after.status == 0 && !after.output.contains("is gone from GitLab"), "\(after)")
    }
  }

  @Test("at no moment is nobody asked: the new rule is seen to stand before the old one goes") func inTurn() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      let first = try await house.setup("apply")
      delete(house, drops: false)
      house.forgetRequests()
      let second = try await house.setup("apply")
      #expect(first.status == 0 && second.status == 0, "\(second)")
      #expect(house.changesAsked.count { $0.contains("protected_environments") } == 2, "\(house.changesAsked)")
    }
  }

  static let unnamed = [
    "setup: {deployers: []}", "setup: {deployers: [], protect: group, group: acme/payments}",
  ]

  @Test("where only the account deploys, what apply made for two accounts is apply's: undo takes it back", arguments: unnamed)
  func undone(_ settings: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup(settings)
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      delete(house, drops: false)
      #expect(try await house.setup("apply").status == 0)
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && !undo.output.contains("others have"), "\(undo)")
      #expect(undo.output.split(separator: "\n").count { $0.hasPrefix("- protected ") } == 1, "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("and a switch of the level too", arguments: [true, false]) func switched(_ isToProject: Bool) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup(Self.unnamed[isToProject ? 1 : 0])
      #expect(try await house.setup("apply").status == 0)
      delete(house, drops: false)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(Self.unnamed[isToProject ? 0 : 1])
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(house.gitlab.with { $0.protections.all.map(\.source) } == [isToProject ? .project(30) : .group(3)])
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a rule of somebody else who is gone, or may do nothing, is said in plan and check", arguments: [nil, "blocked"])
  func stranded(_ state: String?) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      let rule = house.gitlab.with { world in
        world.addApprovalRule(.user(23), environment: "production")
        return world.protections.all.flatMap(\.approvalRules).first { $0.holder == .user(23) }?.id ?? 0
      }
      #expect(try await house.setup("plan").status == 0)
      house.gitlab.with { world in
        if let state { world.users[23].barredState = state } else { world.users[23].isDeleted = true }
      }
      house.forgetRequests()
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(run)")
        for words in [
          "! approval rule \(rule) of protected environment production of project acme/payments/checkout", "user_id 23",
          state.map { "lets do nothing (\($0))" } ?? "is gone from GitLab", "deployments wait for ever", "remove it in GitLab",
        ] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      #expect(house.changesAsked.isEmpty)
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("gitlab main approver"))
      #expect(check.status == 1 && finding["status"]?.string == "fail", "\(check)")
      #expect(finding["seen"]?.string?.contains("waits for user 23") == true, "\(finding)")
    }
  }

  @Test(
    "while the account may do nothing, nothing is made, and who lets it again is said", arguments: ["blocked", "deactivated", "banned"])
  func barred(_ state: String) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.users[$0.user(named: "gatehouse-acme").id].barredState = state }
      let id = house.gitlab.with { $0.user(named: "gatehouse-acme").id }
      house.forgetRequests()
      let deed = ["blocked": "unblock", "deactivated": "activate", "banned": "unban"][state] ?? ""
      for verb in ["plan", "apply", "apply", "rotate-token"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1, "\(verb): \(run)")
        let said = run.output + run.errors
        for words in ["(\(state))", "have an administrator of GitLab \(deed) it", "POST /users/\(id)/\(deed)"] {
          #expect(said.contains(words), "'\(words)' in \(verb): \(run)")
        }
        #expect(verb == "rotate-token" || said.contains("! service account gatehouse-acme"), "\(verb): \(run)")
      }
      #expect(house.changesAsked.isEmpty && house.accountTokens.count == 1)
      let check = try await house.command(["check", "--json"])
      let finding = try #require(check.finding("gitlab main account"))
      #expect(finding["status"]?.string == "fail" && finding["remedy"]?.string?.contains("have an administrator") == true, "\(check)")
      #expect(!check.output.contains("Developer of the project, with a token"), "\(check)")
      house.gitlab.with { $0.users[id].barredState = nil }
      #expect(try await house.setup("plan").status == 0)
    }
  }
}

import Calendar
import TestSupport
import Testing

@testable import GitLabSimulator

/// Accounts that undo has asked GitLab to remove, which it does in the background; and numbers that are somebody else's by now.
@Suite struct SetupUndoLeavingTests {
  /// Its rows would go with it, and with them what holds a deployment.
  @Test("no apply builds on an account that GitLab is about to remove", arguments: [true, false])
  func leaving(_ isBlocked: Bool) async throws {
    let settings = House.bare { ($0.instance.deletesAccountsAfter, $0.instance.blocksAccountsFirst) = (.seconds(3_600), isBlocked) }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      #expect(try await house.setup("undo").status == (isBlocked ? 0 : 1))
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("has asked GitLab main to remove it"), "\(run)")
      }
      #expect(house.gitlab.with { $0.protections.all.isEmpty })
      house.gitlab.with { world in for user in world.users.all where user.username == "gatehouse-acme" { world.users.remove(user.id) } }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("+ service account gatehouse-acme"), "\(apply)")
    }
  }

  @Test(
    "an account that GitLab was asked to remove is no apply's, whatever became of the undo",
    arguments: [Fault.Action.hangAfterEffect, .hangBeforeEffect])
  func leavingUnheard(_ action: Fault.Action) async throws {
    try await House.with(House.bare { $0.instance.deletesAccountsAfter = .seconds(3_600) }, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      try await house.setupDies("undo", at: Fault(action, on: "DELETE", "groups/*/service_accounts/*"))
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("has asked GitLab main to remove it"), "\(plan)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("undo again in a few minutes"), "\(undo)")
    }
  }

  @Test("an account that GitLab has refused to remove is gone on with") func refusedToLeave() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let no = Fault.Action.answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { $0.faults = [Fault(no, on: "DELETE", "groups/*/service_accounts/*")] }
      #expect(try await house.setup("undo").status == 1)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
    }
  }

  /// As in a GitLab that was restored to a time before apply.
  private static func givesNumberToZoe(_ world: inout World) -> Int64 {
    let account = world.user(named: "gatehouse-acme").id
    world.users[account].username = "zoe"
    for token in world.tokens.all where token.userID == account { world.tokens[token.id].isRevoked = true }
    return account
  }

  @Test("and nobody is asked to take that person out of what others have built: whose it is comes first") func restoredAndUsed()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        let account = Self.givesNumberToZoe(&world)
        world.memberships.append(.init(.group(2), userID: account, level: .developer))
        world.environments.insert(.init(id: 1_099, projectID: 30, name: "eu", tier: "production", createdAt: world.now))
        world.protections.insert(
          .init(
            id: 4_730, .project(30), name: "eu", deployAccess: [.init(id: 4_731, .level(.maintainer))],
            approvalRules: [.init(id: 4_732, .user(account))]))
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("is zoe, and apply has made gatehouse-acme"), "\(undo)")
      #expect(!undo.output.contains("ake the account out there"), "\(undo)")
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("was gatehouse-acme, and user") && !plan.output.contains("which is there still"), "\(plan)")
    }
  }

  /// GitLab gives out the numbers once more that it had given after the backup.
  @Test("who has the account's number in a GitLab that was restored is left alone", arguments: [true, false])
  func restored(byAdministrator: Bool) async throws {
    try await House.with(House.bare { $0.users[House.paula].isAdministrator = byAdministrator }, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { _ = Self.givesNumberToZoe(&$0) }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("is zoe, and apply has made gatehouse-acme"), "\(undo)")
      #expect(house.picture.contains("user zoe") && house.gitlab.with { world in world.users.all.contains { $0.username == "zoe" } })
      let members = house.gitlab.with { world in world.memberships.filter { $0.userID == world.user(named: "zoe").id } }
      #expect(!members.isEmpty, "\(undo)")
      #expect(house.picture.contains { $0.hasPrefix("project(30) production:") && $0.contains("zoe") }, "her protection: \(house.picture)")
      // Nor does apply put her out, whose own account is another now.
      let apply = try await house.setup("apply")
      #expect(
        house.gitlab.with { world in world.memberships.filter { $0.userID == world.user(named: "zoe").id } }.count == members.count,
        "\(apply)")
    }
  }

  @Test("somebody's webhook that has the number of apply's, made within minutes of it, is theirs") func restoredWebhook() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let theirs = house.gitlab.with { world -> String in
        guard let hook = world.hooks.all.first else { return "" }
        world.hooks[hook.id].url = "https://chat.example.com/deployments"
        world.hooks[hook.id].createdAt = hook.createdAt + .seconds(300)
        return "\(world.hooks[hook.id])"
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("+ webhook of project"), "\(apply)")
      #expect(house.gitlab.with { world in world.hooks.all.map { "\($0)" }.contains(theirs) }, "\(apply)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && house.gitlab.with { world in world.hooks.all.map { "\($0)" } } == [theirs], "\(undo)")
    }
  }

  @Test("a webhook whose time GitLab writes without the milliseconds now is apply's all the same") func rounded() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].createdAt = hook.createdAt - .milliseconds(900) } }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("+ webhook"), "\(plan)")
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && house.gitlab.with { $0.hooks.all.isEmpty }, "\(undo)")
    }
  }
}

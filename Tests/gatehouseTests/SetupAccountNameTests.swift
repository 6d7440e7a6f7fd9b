import TestSupport
import Testing

@testable import GitLabSimulator

/// Other names for the account under `setup.account` than it has.
@Suite struct SetupAccountNameTests {
  private static func bare(_ more: @escaping @Sendable (inout World) -> Void = { _ in }) -> HouseSettings {
    var settings = House.bare(more)
    settings.hookEvents = []
    return settings
  }

  private func account(_ house: House) -> World.User? { house.gitlab.with { $0.users.all.first { $0.isServiceAccount && !$0.isDeleted } } }

  @Test("another username: the account of before goes on being used, and how that changes is said") func username() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {account: {username: the-gate}}")
      for verb in ["plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 0, "\(run)")
        for words in ["= service account gatehouse-acme", "`setup.account.username` says the-gate", "goes on being used", "setup undo"] {
          #expect(run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      #expect(account(house)?.username == "gatehouse-acme")
      house.gitlab.with { world in
        if let id = world.users.all.first(where: { $0.username == "gatehouse-acme" })?.id { world.users[id].username = "the-gate" }
      }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && !plan.output.contains("goes on being used"), "\(plan)")
      try await house.hasSettled(before)
    }
  }

  @Test("another name that people see: apply gives it, and undo takes the account back all the same") func displayName() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {account: {name: The Gate}}")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("~ name: Gatehouse → The Gate"), "\(plan)")
      house.forgetRequests()
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.changesAsked.count == 1, "\(apply) \(house.changesAsked)")
      #expect(account(house)?.name == "The Gate" && account(house)?.username == "gatehouse-acme")
      try await house.hasSettled(before)
    }
  }

  @Test("killed in between: the next run ends it, once", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await House.with(Self.bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup("setup: {account: {name: The Gate}}")
      try await house.setupDies("apply", at: Fault(action, on: "PATCH", "groups/*/service_accounts/*"))
      #expect(try await house.setup("apply").status == 0)
      #expect(account(house)?.name == "The Gate")
      try await house.hasSettled(before)
    }
  }

  @Test("where GitLab cannot, or the person may not, or apply has not made it, how is said and nothing is left", arguments: [true, false])
  func unchangeable(isOlder: Bool) async throws {
    let settings = Self.bare { if isOlder { $0.instance.version = World.Version(17, 9) } }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      let first = try await house.setup("apply")
      #expect(first.status == 0, "\(first)")
      house.configureForSetup("setup: {account: {name: The Gate}}")
      if !isOlder { house.gitlab.with { $0.instance.allowsOwnersServiceAccounts = false } }
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("`setup.account.name` says The Gate"), "\(plan)")
    }
  }
}

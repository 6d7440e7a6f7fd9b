import Glibc
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// Memberships of an account that another has taken the place of: whoever has it still sees the project, and may deploy.
@Suite struct SetupFormerMemberTests {
  private static let former = "membership of gatehouse-acme (id "
  private static let gate2 = "setup: {account: {username: gate2}}"

  private static let forbidden = Fault.Action.answer(
    status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)

  private static let broken = Fault.Action.answer(
    status: 500, headers: ["Content-Type": "application/json"], body: #"{"message":"500 Internal Server Error"}"#)

  private static func bare() -> HouseSettings {
    var settings = House.bare()
    settings.hookEvents = []
    return settings
  }

  /// Apply has made one account, and the configuration has another by now.
  private static func replaced(
    _ first: String = "", _ second: String = gate2, _ story: (House, _ before: [String]) async throws -> Void
  ) async throws {
    try await House.with(bare(), serving: false) { house in
      let before = house.picture
      house.configureForSetup(first)
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(second)
      unlink(house.tokenFile)
      try await story(house, before)
    }
  }

  private static func members(_ house: House) -> [String] {
    house.picture.filter { $0.hasPrefix("member gat") }
  }

  @Test("it goes with the rules that named it, in one run") func goes() async throws {
    try await Self.replaced { house, before in
      let plan = try await house.setup("plan")
      #expect(plan.output.contains("~ \(Self.former)"), "\(plan)")
      #expect(plan.output.contains("- removed: apply has made it, and another is the gate's account now"), "\(plan)")
      #expect(plan.output.contains("a job that it has started and that still runs may lose its rights"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
      #expect(try await !house.setup("plan").output.contains("gatehouse-acme"))
      try await house.hasSettled(before)
    }
  }

  @Test("killed before and after it goes: the next run ends it", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await Self.replaced { house, before in
      try await house.setupDies("apply", at: Fault(action, on: "DELETE", "projects/30/members/*"))
      #expect(try await house.setup("apply").status == 0)
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
      try await house.hasSettled(before)
    }
  }

  @Test("what GitLab does not let go is a line that says who can end it, and is tried again") func refused() async throws {
    try await Self.replaced { house, before in
      house.gitlab.with { $0.faults = [Fault(Self.forbidden, on: "DELETE", "projects/30/members/*", times: 99)] }
      #expect(try await house.setup("plan").output.contains("~ \(Self.former)"))
      for verb in ["apply", "plan", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 0 && run.output.contains("= \(Self.former)") && !run.output.contains("~ \(Self.former)"), "\(run)")
        for words in ["403 Forbidden", "have an Owner or an administrator remove it in GitLab (Manage > Members)", "LDAP or SAML"] {
          #expect(run.output.contains(words), "'\(words)' in \(verb): \(run)")
        }
      }
      #expect(Self.members(house).count == 2)
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 200) }.filter { $0.action == "setup.refused" }
      #expect(entries.count == 1 && entries.allSatisfy { $0.detail.contains("403 Forbidden") }, "\(entries)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
      try await house.hasSettled(before)
    }
  }

  @Test("where GitLab fails at it, what comes after is made all the same", arguments: [true, false])
  func failing(_ wasRefused: Bool) async throws {
    try await Self.replaced { house, before in
      func fail(_ action: Fault.Action) {
        house.gitlab.with { $0.faults = [Fault(action, on: "DELETE", "projects/30/members/*", times: 99)] }
      }
      if wasRefused {
        fail(Self.forbidden)
        #expect(try await house.setup("apply").status == 0)
      }
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks.remove(hook.id) } }
      fail(Self.broken)
      let apply = try await house.setup("apply")
      #expect(apply.output.contains("\(wasRefused ? "=" : "!") \(Self.former)") && apply.output.contains("500"), "\(apply)")
      // A remark is nothing that apply has to end.
      #expect(apply.status == (wasRefused ? 0 : 1), "\(apply)")
      #expect(house.picture.contains { $0.hasPrefix("hook") }, "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
      try await house.hasSettled(before)
    }
  }

  @Test("where our own database takes nothing it is no remark: apply stops, and the next one ends it", arguments: [true, false])
  func unwritten(_ wasRefused: Bool) async throws {
    try await Self.replaced { house, before in
      if wasRefused {
        house.gitlab.with { $0.faults = [Fault(Self.forbidden, on: "DELETE", "projects/30/members/*", times: 99)] }
        #expect(try await house.setup("apply").status == 0)
        house.gitlab.with { $0.faults = [] }
      }
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks.remove(hook.id) } }
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.execute(
        "CREATE TRIGGER full BEFORE UPDATE ON setup_record WHEN NEW.state = 'undone' AND NEW.kind = 'membership' "
          + "BEGIN SELECT RAISE(ABORT, 'no room is left'); END")
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! \(Self.former)") && apply.output.contains("no room is left"), "\(apply)")
      #expect(!house.picture.contains { $0.hasPrefix("hook") }, "\(apply)")
      try connection.execute("DROP TRIGGER full")
      #expect(try await house.setup("apply").status == 0)
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
      try await house.hasSettled(before)
    }
  }

  @Test("put out by hand and joined again by apply, it goes all the same") func joinedAgain() async throws {
    try await House.with(Self.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.memberships.removeAll { $0.userID == account }
      }
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup(Self.gate2)
      unlink(house.tokenFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(Self.members(house) == ["member gate2 of project(30): developer"], "\(apply)")
      try await house.hasSettled(before)
    }
  }

  @Test("a rule of somebody's that names that account keeps it, and the plan says which") func named() async throws {
    try await Self.replaced { house, _ in
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.protections.insert(
          .init(
            id: 990, .project(30), name: "staging", deployAccess: [.init(id: 991, .level(.maintainer))],
            approvalRules: [.init(id: 992, .user(account))]))
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(Self.members(house).count == 2)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= \(Self.former)"), "\(plan)")
      for words in ["protected environment staging names that account", "Take it out there", "and apply again"] {
        #expect(plan.output.contains(words), "'\(words)' in \(plan)")
      }
      house.gitlab.with { $0.protections.remove(990) }
      #expect(try await house.setup("apply").status == 0)
      #expect(Self.members(house) == ["member gate2 of project(30): developer"])
    }
  }

  @Test("in a group, whose projects are not all looked at, a person does it") func ofGroup() async throws {
    let inGroup = "setup: {members: group, group: acme/payments"
    try await Self.replaced("\(inGroup)}", "\(inGroup), account: {username: gate2}}") { house, before in
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= \(Self.former)"), "\(plan)")
      for words in ["in group acme/payments (Developer)", "not all looked at", "have an Owner of the group remove it in GitLab"] {
        #expect(plan.output.contains(words), "'\(words)' in \(plan)")
      }
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.memberships.removeAll { $0.userID == account }
      }
      let after = try await house.setup("plan")
      #expect(after.status == 0 && !after.output.contains(Self.former), "\(after)")
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a level that others have set is theirs") func raised() async throws {
    try await Self.replaced { house, _ in
      house.gitlab.with { world in
        for index in world.memberships.indices where world.memberships[index].userID == world.user(named: "gatehouse-acme").id {
          world.memberships[index].level = .maintainer
        }
      }
      #expect(try await house.setup("apply").status == 0)
      let plan = try await house.setup("plan")
      #expect(plan.status == 0 && plan.output.contains("= \(Self.former)"), "\(plan)")
      #expect(plan.output.contains("others have set its level since"), "\(plan)")
      #expect(Self.members(house).count == 2)
    }
  }
}

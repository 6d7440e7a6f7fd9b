import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// The account was asked for and not made, or nobody heard of it; and by the next run somebody has its name.
@Suite struct SetupStrangerTests {
  struct Case: Sendable, CustomTestStringConvertible {
    /// Made by an administrator, an account of the instance; else by an Owner, one of the group.
    var isOfInstance: Bool
    var isKilled: Bool

    var testDescription: String { "of the \(isOfInstance ? "instance" : "group"), \(isKilled ? "killed" : "502")" }
    var path: String { isOfInstance ? "service_accounts" : "groups/*/service_accounts" }

    func bare() -> HouseSettings {
      House.bare { world in if isOfInstance { world.tokens[601].userID = 1 } }
    }

    func cutOff(_ house: House) async throws {
      house.configureForSetup(isOfInstance ? "setup: {account: {level: instance}}" : "")
      guard !isKilled else { return try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", path)) }
      house.gitlab.with { $0.faults = [Fault(.badGateway, on: "POST", path)] }
      #expect(try await house.setup("apply").status == 1)
    }
  }

  static let cases = [false, true].flatMap { level in [false, true].map { Case(isOfInstance: level, isKilled: $0) } }

  private func register(_ house: House) {
    house.gitlab.with { $0.users.insert(World.User(id: 666, username: "gatehouse-acme", name: "Mallory")) }
  }

  private func begun(_ house: House) throws -> [String] {
    try house.read { try $0.setupRecords(instance: "main", state: .intended) }.map(\.kind)
  }

  @Test("whoever has registered it meanwhile is not taken for the account, and not removed", arguments: cases)
  func registered(_ one: Case) async throws {
    try await House.with(one.bare(), serving: false) { house in
      try await one.cutOff(house)
      #expect(try begun(house) == ["account"])
      register(house)
      let before = house.picture
      for verb in ["plan", "apply", "plan", "apply"] {
        let run = try await house.setup(verb)
        for words in ["! service account gatehouse-acme", "(id 666)", "may be anybody's"] {
          #expect(run.status == 1 && run.output.contains(words), "\(verb): '\(words)' in \(run)")
        }
      }
      #expect(try begun(house).isEmpty)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a service account of that name that others have made is used, and not taken back") func othersMade() async throws {
    let one = Case(isOfInstance: false, isKilled: true)
    try await House.with(one.bare(), serving: false) { house in
      try await one.cutOff(house)
      house.gitlab.with { _ = try? $0.createServiceAccount(of: .group(2), name: "By hand", username: "gatehouse-acme", email: nil) }
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  // MARK: 16.1 to 17.0: GitLab lists service accounts to nobody

  private func withOlder(_ version: World.Version, _ action: Fault.Action, _ body: (House) async throws -> Void) async throws {
    try await House.with(House.bare(release: .v18) { $0.instance.version = version }, serving: false) { house in
      house.configureForSetup()
      try await house.setupDies("apply", at: Fault(action, on: "POST", "groups/*/service_accounts"))
      #expect(try begun(house) == ["account"])
      try await body(house)
    }
  }

  @Test("where GitLab lists none, one that nobody has the name of was not made", arguments: OlderGitLabTests.versions)
  func olderAndFree(_ version: World.Version) async throws {
    try await withOlder(version, .hangBeforeEffect) { house in
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("where GitLab lists none, whoever has the name is not taken: a token of it tells", arguments: OlderGitLabTests.versions)
  func olderAndTold(_ version: World.Version) async throws {
    try await withOlder(version, .hangAfterEffect) { house in
      let before = house.picture
      for verb in ["apply", "undo", "apply"] {
        let run = try await house.setup(verb)
        for words in ["! service account gatehouse-acme of group acme", "does not tell", "put a token of it with scope api where `token`"] {
          #expect(run.status == 1 && run.output.contains(words), "\(verb): '\(words)' in \(run)")
        }
      }
      #expect(house.picture == before)
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.tokens.insert(.init(id: 666, userID: account, secret: "glpat-of-the-account", name: "by hand", createdAt: world.now))
      }
      write("glpat-of-the-account\n", toFile: house.tokenFile)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(try begun(house).isEmpty)
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == (before + ["token of gatehouse-acme [\"api\"]"]).sorted())
    }
  }

  @Test("where GitLab lists none, another name goes through", arguments: OlderGitLabTests.versions)
  func olderAndRenamed(_ version: World.Version) async throws {
    try await withOlder(version, .hangBeforeEffect) { house in
      register(house)
      #expect(try await house.setup("apply").status == 1)
      house.configureForSetup("setup: {account: {username: the-gate}}")
      _ = try await house.setup("apply")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      #expect(try begun(house).isEmpty)
      #expect(try await house.setup("plan").status == 0)
      #expect(house.gitlab.with { world in world.memberships.allSatisfy { $0.userID != 666 } })
    }
  }
}

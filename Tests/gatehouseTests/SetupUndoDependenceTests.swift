import TestSupport
import Testing

@testable import GitLabSimulator

/// `setup undo` and what waits for the account: nothing goes that something needs which stands in GitLab, whoever made it, forgotten or not.
@Suite struct SetupUndoDependenceTests {
  private static let refused = Fault.Action.answer(
    status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
  private static let production = "protected environment production of project acme/payments/checkout"
  private static let stands = [
    "member gatehouse-acme of project(30): developer", "user gatehouse-acme", #"token of gatehouse-acme ["api"]"#,
  ]

  private static func applied(
    _ gitlab: String = "", _ settings: HouseSettings = House.bare(), _ body: (House, _ before: [String]) async throws -> Void
  ) async throws {
    try await House.with(settings, serving: false) { house in
      house.configureForSetup(gitlab)
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      try await body(house, before)
    }
  }

  /// The token in the file serves, so that what waits can be decided.
  private static func expectServing(_ house: House, location: SourceLocation = #_sourceLocation) {
    #expect(house.accountTokens == [text(ofFile: house.tokenFile).filter { !$0.isNewline }], sourceLocation: location)
  }

  @Test("a protection that stands keeps the account, its membership and its token, forgotten or not") func forgottenProtection()
    async throws
  {
    try await Self.applied { house, before in
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "DELETE", "projects/30/protected_environments/*", times: 9)] }
      let forgetting = try await house.setup("undo", "--forget", Self.production, "--because", "archived")
      for undo in [forgetting, try await house.setup("undo"), try await house.setup("undo")] {
        #expect(undo.status == 1 && undo.errors == "", "\(undo)")
        for words in ["\(Self.production) names the account", "Settings > CI/CD > Protected environments", "3 of"] {
          #expect(undo.output.contains(words), "'\(words)' in \(undo)")
        }
        #expect(Set(Self.stands).isSubset(of: house.picture), "\(house.picture)")
        Self.expectServing(house)
      }
      house.gitlab.with { world in
        world.faults = []
        world.unprotect(environment: "production")
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 0, "\(undo)")
      #expect(house.picture == before && !names(inFolder: house.folder.path).contains("account-token"))
    }
  }

  @Test("where the account stays for what others protect, its token stays too, also one that was rotated since", arguments: [false, true])
  func tokenStays(isRotated: Bool) async throws {
    try await Self.applied { house, before in
      if isRotated { #expect(try await house.setup("rotate-token").status == 0) }
      house.gitlab.with { $0.protectAsProduction("staging") }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.errors == "" && undo.output.contains("protected environment staging"), "\(undo)")
      #expect(!house.picture.contains { $0.hasPrefix("project(30) production") }, "what waits for nothing goes")
      #expect(Set(Self.stands).isSubset(of: house.picture), "\(house.picture)")
      Self.expectServing(house)
      #expect(!undo.output.contains("is revoked"), "\(undo)")
      house.gitlab.with { $0.unprotect(environment: "staging") }
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a rotated token is not gone before a protection that GitLab does not let go") func rotatedAndRefused() async throws {
    try await Self.applied { house, before in
      #expect(try await house.setup("rotate-token").status == 0)
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: "DELETE", "projects/30/protected_environments/*")] }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1, "\(undo)")
      Self.expectServing(house)
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  /// What names the account below the group that it is a member of, outside what is configured.
  static let below: [(String, @Sendable (inout World, Int64) -> Void)] = [
    ("an environment of a project", { $0.protects(.project(30), "staging", by: $1) }),
    ("an environment of another project", { $0.protects(.project(33), "production", by: $1) }),
    ("a tier of a subgroup", { $0.protects(.group(6), "staging", by: $1) }),
  ]

  @Test("a membership in a group is weighed against all that is in the group", arguments: below.indices) func group(_ index: Int)
    async throws
  {
    let settings = House.bare { $0.addProject(33, "ledger", inGroup: 6, "acme/payments/eu", below: 3) }
    try await Self.applied("setup: {members: group}", settings) { house, before in
      house.gitlab.with { world in
        guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
        Self.below[index].1(&world, account.id)
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.errors == "", "\(Self.below[index].0): \(undo)")
      #expect(house.picture.contains("member gatehouse-acme of group(3): developer"), "\(Self.below[index].0): \(undo)")
      Self.expectServing(house)
      house.gitlab.with { world in for row in world.protections.all { world.protections.remove(row.id) } }
      let again = try await house.setup("undo")
      #expect(again.status == 0, "\(again)")
      #expect(house.picture == before)
    }
  }

  @Test("what GitLab has no time to show now is a doubt, and a person may decide") func tooMany() async throws {
    let settings = House.bare { $0.addProject(33, "ledger", inGroup: 6, "acme/payments/eu", below: 3) }
    try await Self.applied("setup: {members: group}", settings) { house, before in
      let limited = Fault(.tooManyRequests(retryAfter: 60), on: "GET", "projects/33/protected_environments", times: 99)
      house.gitlab.with { $0.faults = [limited] }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.errors == "", "\(undo)")
      for words in ["project acme/payments/eu/ledger", "429", "--discard-changes \"service account gatehouse-acme of group acme\""] {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(house.picture.contains("user gatehouse-acme"))
      Self.expectServing(house)
      let decided = try await house.setup("undo", "--discard-changes", "service account gatehouse-acme of group acme")
      #expect(decided.status == 0, "\(decided)")
      #expect(house.picture == before)
    }
  }

  @Test("an account that a project nobody has configured waits for stays") func unconfigured() async throws {
    let settings = House.bare { $0.addProject(31, "cart", inGroup: 4, "acme/shop", below: 2) }
    try await Self.applied("", settings) { house, before in
      house.accountJoins(31)
      house.gitlab.with { world in
        guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
        world.protects(.project(31), "production", by: account.id)
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("production of project acme/shop/cart"), "\(undo)")
      #expect(house.picture.contains("user gatehouse-acme") && !house.picture.contains(Self.stands[0]))
      Self.expectServing(house)
      house.gitlab.with { $0.unprotect(environment: "production") }
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("a membership that was left to others keeps the account in the next run too") func forgottenMembership() async throws {
    try await Self.applied { house, before in
      house.gitlab.with { world in
        for index in world.memberships.indices where world.users.find(world.memberships[index].userID)?.isServiceAccount == true {
          world.memberships[index].level = .maintainer
        }
      }
      let membership = "membership in project acme/payments/checkout"
      let forgetting = try await house.setup("undo", "--forget", membership, "--because", "the release team uses it")
      for undo in [forgetting, try await house.setup("undo")] {
        #expect(undo.status == 1 && undo.output.contains("(\(membership))"), "\(undo)")
        #expect(house.picture.contains("member gatehouse-acme of project(30): maintainer") && house.picture.contains("user gatehouse-acme"))
      }
      house.gitlab.with { world in world.memberships.removeAll { world.users.find($0.userID)?.isServiceAccount == true } }
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }

  @Test("what was forgotten and is not shown, in a project that is, keeps the account until a person says otherwise") func unseen()
    async throws
  {
    try await Self.applied { house, _ in
      house.gitlab.with { $0.faults = [Fault(Self.refused, on: nil, "projects/30/protected_environments/**", times: 99)] }
      let forgetting = try await house.setup("undo", "--forget", Self.production, "--because", "archived")
      for undo in [forgetting, try await house.setup("undo")] {
        #expect(undo.status == 1 && undo.output.contains("--discard-changes"), "\(undo)")
        #expect(Set(Self.stands).isSubset(of: house.picture), "\(house.picture)")
        Self.expectServing(house)
      }
      let undo = try await house.setup("undo", "--discard-changes", "service account gatehouse-acme of group acme")
      #expect(undo.status == 0 && house.accountTokens.isEmpty && !house.picture.contains("user gatehouse-acme"), "\(undo)")
    }
  }
}

extension World {
  /// By hand: the account is the one approver.
  fileprivate mutating func protects(_ source: Source, _ name: String, by account: Int64) {
    protections.insert(
      ProtectedEnvironment(
        id: 960, source, name: name, deployAccess: [AccessRule(id: 961, .level(.maintainer))],
        approvalRules: [AccessRule(id: 962, .user(account))]))
  }
}

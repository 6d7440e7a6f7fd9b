import TestSupport
import Testing

@testable import GitLabSimulator

/// `setup undo` where others have edited what apply made: what apply made goes, what others made of it stays, and both are said.
@Suite struct SetupUndoEditsTests {
  /// What somebody does in GitLab after apply, and what undo leaves of it.
  struct Edit: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Lines of the picture beside those of before apply.
    var stays: [String]
    var says: [String]
    var edits: @Sendable (inout World) -> Void
  }

  private static let alice = World.Holder.user(21)
  private static let maintainers = "level(GitLabSimulator.World.AccessLevel.maintainer) 1"

  static let edits: [Edit] = [
    Edit(
      testDescription: "an approver", stays: ["project(30) production: \(maintainers); alice 1"],
      says: ["others have put rows into it", "approval by Alice", "Maintainers may still deploy", "unprotect it in GitLab"]
    ) { $0.addApprovalRule(alice, environment: "production") },
    Edit(
      testDescription: "somebody who may deploy", stays: ["project(30) production: \(maintainers), alice 1; "],
      says: ["others have put rows into it", "deployment by Alice", "nobody's approval is asked for there any more"]
    ) { world in world.edit { $0.deployAccess.append(World.AccessRule(id: 901, alice)) } },
    Edit(
      testDescription: "both", stays: ["project(30) production: \(maintainers), alice 1; alice 2"],
      says: ["approval by Alice", "deployment by Alice"]
    ) { world in
      world.edit { $0.deployAccess.append(World.AccessRule(id: 901, alice)) }
      world.addApprovalRule(alice, requiredApprovals: 2, environment: "production")
    },
    Edit(
      testDescription: "somebody else in the account's rule", stays: ["project(30) production: \(maintainers); alice 1"],
      says: ["approval by Alice", "the account is taken out"]
    ) { world in world.edit { $0.approvalRules[0].holder = alice } },
    Edit(
      testDescription: "another count of the account's rule", stays: [],
      says: ["the account's rule asked for 2 approvals, and apply had made it 1"]
    ) { world in world.edit { $0.approvalRules[0].requiredApprovals = 2 } },
    Edit(
      testDescription: "events of a webhook",
      stays: [#"hook project(30) https://gatehouse.example.com/webhooks/gitlab/main ["Push Hook"] true true false"#],
      says: ["others have it send push_events too", "remove webhook"]
    ) { world in for hook in world.hooks.all { world.hooks[hook.id].events.insert(.push) } },
  ]

  /// - Parameter body: gets the picture of GitLab before apply, too.
  private static func afterApply(_ body: (House, [String]) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      try await body(house, before)
    }
  }

  @Test("what others have added stays, and what apply made goes", arguments: edits) func additions(_ edit: Edit) async throws {
    try await Self.afterApply { house, before in
      house.gitlab.with { edit.edits(&$0) }
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.errors == "", "\(undo)")
      #expect(house.picture == (before + edit.stays).sorted(), "\(undo)")
      for words in edit.says { #expect(undo.output.contains(words), "'\(words)' in \(undo)") }
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  @Test("what is to go whole goes whole, where a person says so", arguments: [edits[0], edits[5]]) func discarded(_ edit: Edit) async throws
  {
    try await Self.afterApply { house, before in
      house.gitlab.with { edit.edits(&$0) }
      let misspelt = try await house.setup("undo", "--discard-changes", "project acme/payments/chekout")
      misspelt.expectRefusal(2, saying: "apply's record has nothing called", "webhook of project acme/payments/checkout")
      let undo = try await house.setup("undo", "--discard-changes", "project acme/payments/checkout")
      #expect(undo.status == 0 && undo.output.contains("others had"), "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("nothing is taken that would leave deployments waiting for somebody who may deploy") func nobodyToDeploy() async throws {
    try await Self.afterApply { house, before in
      house.gitlab.with { world in
        world.addApprovalRule(Self.alice, environment: "production")
        world.edit { $0.deployAccess.removeAll { $0.holder == .level(.maintainer) } }
      }
      let edited = house.picture.filter { $0.hasPrefix("project(30)") || $0.contains("gatehouse-acme") }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("besides the account nobody may deploy"), "\(undo)")
      #expect(undo.output.contains("Name in GitLab who else may"), "\(undo)")
      #expect(Set(edited).isSubset(of: Set(house.picture)), "the gate goes on as it was")
      house.gitlab.with { world in world.edit { $0.deployAccess.append(World.AccessRule(id: 901, Self.alice)) } }
      let again = try await house.setup("undo")
      #expect(again.status == 0, "\(again)")
      #expect(house.picture == (before + ["project(30) production: alice 1; alice 1"]).sorted())
    }
  }

  @Test("a membership that was raised stays, with its account, until a person says otherwise") func raised() async throws {
    try await Self.afterApply { house, before in
      house.gitlab.with { world in
        for index in world.memberships.indices where world.memberships[index].source == .project(30) {
          if world.users.find(world.memberships[index].userID)?.isServiceAccount == true { world.memberships[index].level = .maintainer }
        }
      }
      for _ in 0..<2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && undo.errors == "", "\(undo)")
        for words in [
          "at access level 40 (Maintainer) now, and apply made it 30", "--discard-changes", "to leave it to them for good", "2 of",
        ] {
          #expect(undo.output.contains(words), "'\(words)' in \(undo)")
        }
        #expect(house.picture == (before + ["member gatehouse-acme of project(30): maintainer", "user gatehouse-acme"]).sorted())
      }
      let undo = try await house.setup("undo", "--discard-changes", "membership in project acme/payments/checkout")
      #expect(undo.status == 0, "\(undo)")
      #expect(house.picture == before)
    }
  }

  @Test("one that is others' by now is struck from the record, and stays") func forgottenMembership() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        for index in world.memberships.indices where world.users.find(world.memberships[index].userID)?.isServiceAccount == true {
          world.memberships[index].level = .maintainer
        }
      }
      let undo = try await house.setup(
        "undo", "--forget", "membership in project acme/payments/checkout", "--forget", "service account gatehouse-acme of group acme",
        "--because", "the release team uses it")
      #expect(undo.status == 0 && undo.output.contains("2 are struck from the record"), "\(undo)")
      #expect(house.picture.contains("member gatehouse-acme of project(30): maintainer"))
      #expect(try await house.setup("undo").output.contains("nothing was made by apply"))
    }
  }

  @Test("an account that others have named in another environment stays: its only rule would wait for ever") func namedElsewhere()
    async throws
  {
    try await Self.afterApply { house, before in
      house.gitlab.with { world in
        guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
        world.protections.insert(
          World.ProtectedEnvironment(
            id: 950, .project(30), name: "staging", deployAccess: [World.AccessRule(id: 951, .level(.maintainer))],
            approvalRules: [World.AccessRule(id: 952, .user(account.id))]))
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("others have named the account in protected environment staging"), "\(undo)")
      #expect(house.picture.contains("member gatehouse-acme of project(30): developer") && house.picture.contains("user gatehouse-acme"))
      house.gitlab.with { $0.unprotect(environment: "staging") }
      let again = try await house.setup("undo")
      #expect(again.status == 0, "\(again)")
      #expect(house.picture == before)
    }
  }

  @Test("what names the account and apply did not make stays, and is not said to be out", arguments: [false, true])
  func namedAnew(_ isInGroup: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup(isInGroup ? "setup: {protect: group, group: acme/payments}" : "")
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        let account = World.Holder.user(world.user(named: "gatehouse-acme").id)
        world.edit { $0.approvalRules = [World.AccessRule(id: 902, account)] }
      }
      let undo = try await house.setup("undo")
      let name = isInGroup ? "protected tier production of group acme/payments" : "protected environment production of project"
      #expect(undo.status == 1 && undo.output.contains("= \(name)") && !undo.output.contains("the account is taken out"), "\(undo)")
      for words in ["the account is in it still", "apply did not make", "approval by Gatehouse", "Take the account out there"] {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(house.picture.contains("user gatehouse-acme") && house.accountTokens.count == 1)
    }
  }

  @Test("an account that somebody uses with a token of their own stays") func othersToken() async throws {
    try await Self.afterApply { house, before in
      house.gitlab.with { world in
        guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
        world.tokens.insert(
          World.PersonalAccessToken(id: 990, userID: account.id, secret: "glpat-of-a-script", name: "nightly", createdAt: world.now))
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("access token nightly"), "\(undo)")
      #expect(house.accountTokens == ["glpat-of-a-script"])
      let whole = try await house.setup("undo", "--discard-changes", "service account gatehouse-acme of group acme")
      #expect(whole.status == 0, "\(whole)")
      #expect(house.picture == before)
    }
  }

  @Test("what others switched in a webhook that was there stays as they switched it") func adoptedWebhook() async throws {
    let settings = House.bare { $0.addHook(url: "https://gatehouse.example.com/webhooks/gitlab", token: "old", events: [.push]) }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in for hook in world.hooks.all { world.hooks[hook.id].events.insert(.pipeline) } }
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && undo.output.contains("pipeline_events is true"), "\(undo)")
      #expect(house.gitlab.with { $0.hooks.all.map(\.events) } == [[.push, .pipeline]])
    }
  }
}

extension World {
  /// By hand, in GitLab's settings.
  fileprivate mutating func edit(_ edit: (inout ProtectedEnvironment) -> Void) {
    for row in protections.all where row.name == "production" { edit(&protections[row.id]) }
  }
}

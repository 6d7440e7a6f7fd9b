import JSON
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// What a run that was cut off has begun, where whoever runs setup next is not shown what became of it: the record stays, and nothing waits for it.
@Suite struct SetupHealTests {
  private static func answer(_ status: Int, _ words: String) -> Fault.Action {
    .answer(status: status, headers: ["Content-Type": "application/json"], body: #"{"message":"\#(status) \#(words)"}"#)
  }

  private static func begun(_ house: House) throws -> [String] {
    try house.read { try $0.setupRecords(instance: "main", state: .intended) }.map(\.kind)
  }

  /// Quinn is a Maintainer of another project, and shown nothing of the one that the run was cut off in.
  private static let quinn = "glpat-quinn-sets-up"

  @Test("a token in a place that is hidden from whoever goes on stays on record, and goes when somebody is shown it") func hidden()
    async throws
  {
    let settings = House.bare { world in
      world.addProject(31, "cart", inGroup: 4, "acme/shop", below: 2)
      world.users.insert(World.User(id: 70, username: "quinn", name: "Quinn"))
      world.memberships.append(World.Membership(.project(31), userID: 70, level: .maintainer))
      world.tokens.insert(.init(id: 604, userID: 70, secret: Self.quinn, name: "quinn", createdAt: world.now))
    }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      try await house.setupDies("apply", at: Fault(.hangAfterEffect, on: "POST", "projects/*/access_tokens"))
      #expect(try Self.begun(house) == ["admin_token"] && house.botTokens.count == 1)
      house.covers(#""acme/shop/*""#)
      let apply = try await house.setup("apply", token: Self.quinn)
      for words in ["! access token gatehouse ", "does not show quinn", "project acme/payments/checkout", "with the token of paula"] {
        #expect(apply.status == 1 && apply.output.contains(words), "'\(words)' in \(apply)")
      }
      #expect(try Self.begun(house) == ["admin_token"] && house.botTokens.count == 2)
      house.takeAccountOut(of: .project(30))
      let healed = try await house.setup("apply")
      #expect(healed.status == 0, "\(healed)")
      #expect(try Self.begun(house).isEmpty)
      #expect(house.botTokens.map(\.secret) == [text(ofFile: house.adminFile).filter { !$0.isNewline }])
      #expect(try await house.setup("plan").status == 0)
    }
  }

  /// What cannot be settled: the request that was cut off, and how GitLab answers when it is looked for.
  static let deadEnds: [(String, Fault, Fault, takesAccount: Bool)] = [
    (
      "an admin token, 401", Fault(.hangAfterEffect, on: "POST", "projects/*/access_tokens"),
      Fault(answer(401, "Unauthorized"), on: "GET", "projects/*/access_tokens", times: 99), true
    ),
    (
      "a webhook, 404", Fault(.hangAfterEffect, on: "POST", "projects/*/hooks"),
      Fault(answer(404, "Project Not Found"), on: "GET", "projects/30/hooks", skip: 1, times: 99), true
    ),
    (
      "a protection, 403", Fault(.hangBeforeEffect, on: "POST", "projects/*/protected_environments"),
      Fault(answer(403, "Forbidden"), on: "GET", "projects/30/protected_environments/**", times: 99), false
    ),
  ]

  @Test("a record that cannot be settled keeps nothing else from being undone, and a person may strike it", arguments: deadEnds.indices)
  func deadEnd(_ index: Int) async throws {
    let (name, death, refusal, takesAccount) = Self.deadEnds[index]
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let before = house.picture
      try await house.setupDies("apply", at: death)
      #expect(try Self.begun(house).count == 1, "\(name)")
      house.gitlab.with { $0.faults = [refusal] }
      for _ in 0..<2 {
        let undo = try await house.setup("undo")
        #expect(undo.status == 1 && undo.errors == "", "\(name): \(undo)")
        for words in ["could not be settled", "--forget", "with the token of paula"] {
          #expect(undo.output.contains(words), "\(name): '\(words)' in \(undo)")
        }
        #expect(try Self.begun(house).count == 1, "\(name)")
        #expect(house.picture.contains("user gatehouse-acme") == !takesAccount, "\(name): \(undo)")
      }
      let misspelt = try await house.setup("undo", "--forget", "project acme/payments/chekout", "--because", "x")
      misspelt.expectRefusal(2, saying: "apply's record has nothing called", "of project acme/payments/checkout")
      let undo = try await house.setup("undo", "--forget", "project acme/payments/checkout", "--because", "lost its licence")
      #expect(undo.output.contains("paula says: lost its licence"), "\(name): \(undo)")
      #expect(try Self.begun(house).isEmpty, "\(name)")
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 200) }.filter { $0.action == "setup.forgotten" }
      #expect(entries.count == 1 && entries[0].detail.contains("lost its licence"), "\(name)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("undo").status == 0, "\(name)")
      #expect(!house.picture.contains("user gatehouse-acme") && Set(before).isSubset(of: house.picture), "\(name)")
    }
  }

  /// The request that a run was cut off in, and whether an administrator goes on.
  static let lastWords: [(path: String, isAdministrator: Bool)] = [
    ("projects/*/protected_environments", false), ("projects/*/protected_environments", true), ("projects/*/hooks", false),
    ("projects/*/access_tokens", false), ("projects/*/members", true),
  ]

  @Test(
    "what was begun in a project that is deleted by now is gone with it for an administrator; to an Owner it may only be hidden",
    arguments: lastWords.indices)
  func deletedProject(_ index: Int) async throws {
    let (path, isAdministrator) = Self.lastWords[index]
    let settings = House.bare { $0.addProject(31, "cart", inGroup: 4, "acme/shop", below: 2) }
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", path))
      #expect(try Self.begun(house).count == 1, "\(path)")
      house.gitlab.with { world in
        world.delete(project: 30)
        world.users[House.paula].isAdministrator = isAdministrator
      }
      house.covers(#""acme/shop/*""#)
      if !isAdministrator {
        let apply = try await house.setup("apply")
        #expect(apply.status == 1 && apply.output.contains("could not be settled"), "\(path): \(apply)")
        #expect(try Self.begun(house).count == 1, "\(path)")
        house.gitlab.with { $0.users[House.paula].isAdministrator = true }
      }
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "", "\(path): \(apply)")
      #expect(apply.output.contains("is gone with project acme/payments/checkout"), "\(path): \(apply)")
      #expect(try Self.begun(house).isEmpty, "\(path)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("a token that is struck from the record and may serve keeps its file") func forgottenToken() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      let secret = text(ofFile: house.adminFile)
      house.gitlab.with { world in
        world.faults = [
          Fault(Self.answer(401, "Unauthorized"), on: nil, "projects/*/access_tokens/**", times: 9),
          Fault(Self.answer(403, "Forbidden"), on: "DELETE", "personal_access_tokens/self", times: 9),
        ]
      }
      let undo = try await house.setup("undo", "--forget", "project acme/payments/checkout", "--because", "it is theirs")
      #expect(undo.status == 0, "\(undo)")
      for words in ["\(house.adminFile) has it still", "revoke it in GitLab"] {
        #expect(undo.output.contains(words), "'\(words)' in \(undo)")
      }
      #expect(house.botTokens.count == 1 && text(ofFile: house.adminFile) == secret && !undo.output.contains("glpat-"))
    }
  }

  @Test("a dead token that is configured no more is settled, though GitLab lists it to nobody", arguments: [true, false])
  func dropped(isListed: Bool) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      house.configureForSetup()
      house.gitlab.with { world in
        for token in world.tokens.all where world.users.find(token.userID)?.botOf != nil { world.tokens[token.id].isRevoked = true }
        world.memberships.removeAll { world.users.find($0.userID)?.botOf != nil }
        for user in world.users.all where user.botOf != nil { world.users.remove(user.id) }
        if !isListed { world.faults = [Fault(Self.answer(401, "Unauthorized"), on: nil, "projects/*/access_tokens/**", times: 9)] }
      }
      let undo = try await house.setup("undo")
      #expect(undo.status == 0, "\(undo)")
      #expect(house.picture == before && !names(inFolder: house.folder.path).contains("admin-token"))
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .made) }.isEmpty)
    }
  }

  @Test("GitLab's 401 about service accounts is none about the token either") func accounts() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      house.gitlab.with { $0.faults = [Fault(Self.answer(401, "Unauthorized"), on: "GET", "*/*/service_accounts", times: 9)] }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && !(plan.output + plan.errors).contains("does not know"), "\(plan)")
      #expect(plan.output.contains("lets paula make no service account"), "\(plan)")
    }
  }

  /// GitLab answers 401 to whoever may not see the access tokens of a project, though it knows their token.
  @Test("GitLab's 401 about a place's access tokens is told as no fault of the person's token") func whose() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      house.gitlab.with { $0.faults = [Fault(Self.answer(401, "Unauthorized"), on: nil, "projects/*/access_tokens", times: 9)] }
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && !apply.output.contains("no longer takes"), "\(apply)")
      for words in ["GATEHOUSE_SETUP_TOKEN", "whose owner may not", "it takes the token of a Maintainer of the project"] {
        #expect(apply.output.contains(words), "'\(words)' in \(apply)")
      }
    }
  }
}

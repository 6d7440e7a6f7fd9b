import Calendar
import TestSupport
import Testing

@testable import GitLabSimulator

/// A token of which a run that was cut off does not know what became of it is told by its own account's tokens, and by nobody else's; and somebody's own
/// is not taken for it.
@Suite struct SetupForeignListTests {
  private static let begun = Fault(.hangAfterEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens")

  private static func kinds(_ house: House) throws -> [String] {
    try house.read { try $0.setupRecords(instance: "main", state: .intended) }.map(\.kind)
  }

  @Test("another account's tokens settle nothing: what nobody has is on record until its own account's are shown") func another()
    async throws
  {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      try await house.setupDies("apply", at: Self.begun)
      let lost = house.accountTokens
      #expect(try Self.kinds(house) == ["token"] && lost.count == 1)
      // Another service account, whose tokens the Owner is listed; for now not those of this one.
      let own = house.gitlab.with { world -> Int64 in
        world.addsAnotherGate()
        return world.user(named: "gatehouse-acme").id
      }
      write("glpat-another\n", toFile: house.tokenFile)
      house.gitlab.with { $0.faults = [Self.hidden(own)] }
      _ = try await house.setup("apply")
      #expect(house.accountTokens.contains(lost[0]))
      #expect(try Self.kinds(house).contains("token"), "of another account's tokens nothing follows")
      house.gitlab.with { $0.faults = [] }
      let shown = try await house.setup("apply")
      #expect(try !Self.kinds(house).contains("token") && !house.accountTokens.contains(lost[0]), "\(shown)")
    }
  }

  @Test("one by hand with the name of the lost one, in its place by now: neither is revoked, and both are named") func byHand() async throws
  {
    try await Self.withLost { house, name, lost in
      house.addsToken("glpat-by-hand", name: name, after: .seconds(5))
      write("glpat-by-hand\n", toFile: house.tokenFile)
      for verb in ["plan", "apply", "apply"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("which cannot be told"), "\(verb): \(run)")
        #expect(Set(house.accountTokens) == ["glpat-by-hand", lost], "\(verb): \(run)")
      }
      house.revoke(lost)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens == ["glpat-by-hand"], "\(apply)")
      #expect(try Self.kinds(house).isEmpty)
    }
  }

  @Test("one by hand alone, made minutes later or used since, is nobody's loss", arguments: [true, false]) func later(_ isUsed: Bool)
    async throws
  {
    try await Self.withLost { house, name, lost in
      house.revoke(lost)
      house.addsToken("glpat-elsewhere", name: name, after: .seconds(isUsed ? 5 : 300), isUsed: isUsed)
      let apply = try await house.setup("apply")
      #expect(house.accountTokens.contains("glpat-elsewhere"), "\(apply)")
      #expect(apply.status == (isUsed ? 0 : 1), "\(apply)")
    }
  }

  @Test(
    "one by hand of the same name, made at once and never used, is not taken for the lost one while that is revoked: it is told, until it is used",
    arguments: [true, false], [true, false])
  func atOnce(_ hasSameEnd: Bool, _ isListed: Bool) async throws {
    // By its end and by what is listed as revoked: without either nothing tells them apart.
    guard !hasSameEnd || isListed else { return }
    try await Self.withLost { house, name, lost in
      if hasSameEnd {
        house.addsToken("glpat-elsewhere", like: lost, after: .seconds(5))
      } else {
        house.addsToken("glpat-elsewhere", name: name, after: .seconds(5))
      }
      if isListed { house.revoke(lost) } else { house.removes(lost) }
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("cannot be told") && !plan.output.contains("- revoked"), "\(plan)")
      for verb in ["apply", "rotate-token"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && house.accountTokens.contains("glpat-elsewhere"), "\(verb): \(run)")
      }
      house.uses("glpat-elsewhere")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens.contains("glpat-elsewhere"), "\(apply)")
      #expect(try Self.kinds(house).isEmpty)
    }
  }

  @Test(
    "what a run that was cut off has made for the account of before is a line of the plan, and apply ends it", arguments: [true, false])
  func former(_ isRotation: Bool) async throws {
    try await Self.withAnother(isRotation) { house, former, lost in
      let plan = try await house.setup("plan")
      for words in ["- revoked: a run that was cut off has made it for the user of id \(former), which was the gate's account before"] {
        #expect(plan.status == 1 && plan.output.contains(words), "'\(words)' in \(plan)")
      }
      #expect(Set(house.accountTokens) == [lost, "glpat-another"])
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens == ["glpat-another"], "\(apply)")
      #expect(apply.output.contains("- revoked: a run that was cut off has made it"), "\(apply)")
      #expect(try Self.kinds(house).isEmpty)
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("and undo ends it too", arguments: [true, false]) func formerUndone(_ isRotation: Bool) async throws {
    try await Self.withAnother(isRotation) { house, _, lost in
      let undo = try await house.setup("undo")
      #expect(undo.status == 0 && !house.accountTokens.contains(lost), "\(undo)")
      #expect(try Self.kinds(house).isEmpty)
    }
  }

  @Test("of several that a lost rotation of before may have made none is revoked, until somebody has ended one") func formerUntold()
    async throws
  {
    try await Self.withAnother(true) { house, former, lost in
      house.addsToken("glpat-by-hand", like: lost, after: .seconds(5))
      for verb in ["plan", "apply", "plan"] {
        let run = try await house.setup(verb)
        #expect(run.status == 1 && run.output.contains("which cannot be told"), "\(verb): \(run)")
        #expect(Set(house.accountTokens) == ["glpat-another", "glpat-by-hand", lost], "\(verb): \(run)")
      }
      house.revoke(lost)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && Set(house.accountTokens) == ["glpat-another", "glpat-by-hand"], "\(apply)")
      #expect(try Self.kinds(house).isEmpty)
    }
  }

  @Test("where GitLab does not list them that is said, with who ends it, and keeps no plan from being empty", arguments: [true, false])
  func formerUnlisted(_ isRotation: Bool) async throws {
    try await Self.withAnother(isRotation) { house, former, lost in
      house.gitlab.with { $0.faults = [Self.hidden(former)] }
      for verb in ["apply", "plan"] {
        let run = try await house.setup(verb)
        for words in [
          "the user of id \(former), which was the gate's account before", "have an administrator revoke it, or delete that user",
        ] {
          #expect(run.status == 0 && run.output.contains(words), "'\(words)' in \(verb): \(run)")
        }
      }
      #expect(house.accountTokens.contains(lost))
      // With its user it has ended.
      house.gitlab.with { $0.finishDeleting(former) }
      let apply = try await house.setup("apply")
      let plan = try await house.setup("plan")
      #expect(apply.status == 0 && plan.status == 0 && !plan.output.contains("id \(former)"), "\(apply) \(plan)")
      #expect(try Self.kinds(house).isEmpty)
    }
  }

  /// A token of the gate's account was made and reached no file, and then another account's is put there.
  ///
  /// - Parameter isRotation: whether it rotated itself; else it was made.
  private static func withAnother(
    _ isRotation: Bool, _ story: (House, _ former: Int64, _ lost: String) async throws -> Void
  ) async throws {
    func goOn(_ house: House, _ lost: String) async throws {
      let former = house.gitlab.with { world -> Int64 in
        world.addsAnotherGate()
        return world.user(named: "gatehouse-acme").id
      }
      write("glpat-another\n", toFile: house.tokenFile)
      try await story(house, former, lost)
    }
    guard !isRotation else { return try await withLost { house, _, lost in try await goOn(house, lost) } }
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      try await house.setupDies("apply", at: begun)
      try await goOn(house, try #require(house.accountTokens.first))
    }
  }

  private static func hidden(_ account: Int64) -> Fault {
    let refusal = Fault.Action.answer(
      status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
    return Fault(refusal, on: "GET", "groups/*/service_accounts/\(account)/personal_access_tokens", times: 99)
  }

  private static func withLost(_ story: (House, _ name: String, _ lost: String) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let before = house.accountTokens
      house.gitlab.with { $0.faults = [Fault(.resetAfterEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      #expect(try await house.setup("rotate-token", token: nil).status == 1)
      let lost = try #require(house.accountTokens.first { !before.contains($0) })
      let name = try #require(house.gitlab.with { world in world.tokens.all.first { $0.secret == lost }?.name })
      try await story(house, name, lost)
    }
  }
}

extension House {
  /// By hand: another token of the gate's account.
  fileprivate func addsToken(_ secret: String, name: String, after pause: Duration, isUsed: Bool = false) {
    gitlab.with { world in
      let account = world.user(named: "gatehouse-acme").id
      var token = World.PersonalAccessToken(
        id: world.nextIDs.take(\.row), userID: account, secret: secret, name: name, createdAt: world.now + pause,
        expiresAt: world.today + .seconds(300 * 86_400))
      if isUsed { token.lastUsedAt = world.now }
      world.tokens.insert(token)
    }
  }

  /// By hand too, with the name and the end of one that is there.
  fileprivate func addsToken(_ secret: String, like other: String, after pause: Duration) {
    gitlab.with { world in
      guard var token = world.tokens.all.first(where: { $0.secret == other }) else { return }
      token = .init(
        id: world.nextIDs.take(\.row), userID: token.userID, secret: secret, name: token.name, createdAt: world.now + pause,
        expiresAt: token.expiresAt)
      world.tokens.insert(token)
    }
  }

  fileprivate func uses(_ secret: String) {
    gitlab.with { world in for token in world.tokens.all where token.secret == secret { world.tokens[token.id].lastUsedAt = world.now } }
  }

  /// GitLab has forgotten it too.
  fileprivate func removes(_ secret: String) {
    gitlab.with { world in for token in world.tokens.all where token.secret == secret { world.tokens.remove(token.id) } }
  }

  fileprivate func revoke(_ secret: String) {
    gitlab.with { world in for token in world.tokens.all where token.secret == secret { world.tokens[token.id].isRevoked = true } }
  }
}

extension World {
  /// Another service account of the group, with a token.
  mutating func addsAnotherGate() {
    var another = User(id: 72, username: "another-gate", name: "Another")
    another.provisionedBy = .group(2)
    users.insert(another)
    tokens.insert(.init(id: 606, userID: 72, secret: "glpat-another", name: "another", createdAt: now))
  }
}

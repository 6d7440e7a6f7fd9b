import Calendar
import JSON
import TestSupport
import Testing

@testable import GitLabSimulator

/// A token rotated itself and its answer was lost: the one that nobody has goes, and no other of the same name.
@Suite struct SetupLostRotationTests {
  private static func with(_ story: (House, _ old: String) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      try await story(house, house.fileToken)
    }
  }

  /// - Returns: the secret of the token that nobody has.
  private static func lose(_ house: House) async throws -> String {
    let before = house.accountTokens
    house.gitlab.with { $0.faults = [Fault(.resetAfterEffect, on: "POST", "personal_access_tokens/self/rotate")] }
    let run = try await house.setup("rotate-token", token: nil)
    #expect(run.status == 1 && run.errors.contains("the new one was lost with the answer"), "\(run)")
    return try #require(house.accountTokens.first { !before.contains($0) })
  }

  @Test("another gate's token of the same name stays", arguments: ["rotate-token", "apply"]) func another(_ verb: String) async throws {
    try await Self.with { house, old in
      house.addsToken("glpat-another-gate", namedAs: old, after: .seconds(-60))
      let lost = try await Self.lose(house)
      let run = try await house.setup(verb)
      #expect(run.status == 0, "\(run)")
      #expect(Set(house.accountTokens) == ["glpat-another-gate", house.fileToken] && house.fileToken != old)
      #expect(!house.accountTokens.contains(lost))
      #expect(try await house.setup("plan").status == 0)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test("where it cannot be told from another none is revoked, and both are named", arguments: ["rotate-token", "apply"])
  func untold(_ verb: String) async throws {
    try await Self.with { house, old in
      let lost = try await Self.lose(house)
      house.addsToken("glpat-another-gate", namedAs: old, after: .zero)
      let ids = house.gitlab.with { world in world.tokens.all.filter { [lost, "glpat-another-gate"].contains($0.secret) }.map(\.id) }
      let unnoted = try await house.setup("plan")
      for words in ids.map({ "(id \($0)" }) + ["cannot be told", "`gatehouse setup apply`"] {
        #expect(unnoted.status == 1 && unnoted.output.contains(words), "'\(words)' in \(unnoted)")
      }
      // Said with each run, and by check, for as long as both serve.
      for again in [verb, "plan", "apply"] {
        let run = try await house.setup(again)
        for words in ids.map({ "(id \($0)" }) + ["cannot be told", "revoke the one that nobody uses"] {
          #expect(run.status == 1 && run.output.contains(words), "'\(words)' in \(run)")
        }
      }
      let check = try await house.command(["check", "--json"]).finding("gitlab main token rotation")
      for id in ids {
        #expect(check?["status"]?.string == "warn" && check?["seen"]?.string?.contains("id \(id)") == true, "\(check ?? .null)")
      }
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 200) }.filter { $0.action.hasPrefix("setup.") }
      #expect(entries.contains { entry in ids.allSatisfy { entry.detail.contains("\($0)") } }, "the audit log names both")
      #expect(!entries.contains { $0.detail.contains(lost) || $0.detail.contains("glpat-") })
      #expect(Set(house.accountTokens) == [lost, "glpat-another-gate", house.fileToken])
      // Whoever revokes the one has said nothing of the other.
      house.gitlab.with { world in for token in world.tokens.all where token.secret == lost { world.tokens[token.id].isRevoked = true } }
      #expect(try await house.setup("apply").status == 0)
      #expect(try await house.setup("rotate-token").status == 0)
      #expect(Set(house.accountTokens) == ["glpat-another-gate", house.fileToken])
      #expect(try await house.setup("plan").status == 0)
      #expect(try await house.command(["check", "--json"]).finding("gitlab main token rotation") == nil)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test("one that a person has put in its place rotates itself, and what was lost is not given up for that") func byHand() async throws {
    try await Self.with { house, _ in
      let lost = try await Self.lose(house)
      house.addsToken("glpat-by-hand", namedAs: lost, after: .zero, name: "by hand")
      write("glpat-by-hand\n", toFile: house.tokenFile)
      let run = try await house.setup("rotate-token", token: nil)
      #expect(run.status == 0 && Set(house.accountTokens) == [lost, house.fileToken], "\(run)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("nobody has it"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens == [house.fileToken], "\(apply)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("what rotates itself is not taken for the one on record") func theOneThatAsks() async throws {
    try await Self.with { house, recorded in
      house.addsToken("glpat-by-hand", namedAs: recorded, after: .zero, name: "by hand")
      write("glpat-by-hand\n", toFile: house.tokenFile)
      let run = try await house.setup("rotate-token", token: nil)
      #expect(run.status == 0 && Set(house.accountTokens) == [recorded, house.fileToken], "\(run)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- revoked: apply has made it, and nobody has it any more"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && house.accountTokens == [house.fileToken], "\(apply)")
      // What apply has not made it does not take back.
      let undo = try await house.setup("undo")
      #expect(
        undo.output.contains("it took the place of one that apply had not made"), "\(undo)")
    }
  }

  private static func rotation(_ house: House) async throws -> JSONValue? {
    try await house.command(["check", "--json"]).finding("gitlab main token rotation")
  }

  @Test("of an account that another has taken the place of check warns while something is left, and says what ends it")
  func ofFormer() async throws {
    try await Self.with { house, _ in
      house.configureForSetup("setup: {rotate_token_before: 30d}")
      let lost = try await Self.lose(house)
      let here = try await Self.rotation(house)
      #expect(here?["status"]?.string == "warn" && here?["remedy"]?.string?.contains("rotate-token") == true, "\(here ?? .null)")
      house.gitlab.with { $0.addsAnotherGate() }
      write("glpat-another\n", toFile: house.tokenFile)
      let former = try await Self.rotation(house)
      #expect(former?["status"]?.string == "warn", "\(former ?? .null)")
      #expect(former?["remedy"]?.string?.contains("run `gatehouse setup apply`, which ends") == true, "\(former ?? .null)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && !house.accountTokens.contains(lost), "\(apply)")
      let after = try await Self.rotation(house)
      #expect(after?["status"]?.string == "ok", "\(after ?? .null)")
    }
  }

  @Test("where the old token serves still the server tries again, and check says when, and what to do if it does not")
  func servesStill() async throws {
    try await Self.with { house, _ in
      house.configureForSetup("setup: {rotate_token_before: 30d}")
      house.gitlab.with { $0.faults = [Fault(.resetBeforeEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      #expect(try await house.setup("rotate-token", token: nil).status == 1)
      let seen = try await Self.rotation(house)
      let remedy = seen?["remedy"]?.string ?? ""
      #expect(seen?["status"]?.string == "warn" && !remedy.contains("GATEHOUSE_SETUP_TOKEN"), "\(seen ?? .null)")
      let end = house.gitlab.with { world in world.tokens.all.first { $0.secret == house.fileToken }?.expiresAt }
      let due = try #require(end) - .seconds(30 * 86_400)
      for words in ["the old token still serves", "tries again by itself from \(due.iso8601)", "`gatehouse setup rotate-token` at once"] {
        #expect(remedy.contains(words), "'\(words)' in \(remedy)")
      }
      #expect(try await house.setup("rotate-token", token: nil).status == 0)
      #expect(try await Self.rotation(house)?["status"]?.string == "ok")
    }
  }

  @Test("what GitLab refused to the account of before is nothing to the one of now") func refusedToFormer() async throws {
    try await Self.with { house, _ in
      house.configureForSetup("setup: {rotate_token_before: 30d}")
      let forbidden = Fault.Action.answer(
        status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { $0.faults = [Fault(forbidden, on: "POST", "personal_access_tokens/self/rotate", times: 9)] }
      #expect(try await house.setup("rotate-token", token: nil).status == 1)
      let here = try await Self.rotation(house)
      #expect(here?["status"]?.string == "warn" && here?["seen"]?.string?.contains("did not succeed") == true, "\(here ?? .null)")
      house.gitlab.with { $0.addsAnotherGate() }
      write("glpat-another\n", toFile: house.tokenFile)
      let after = try await Self.rotation(house)
      #expect(after?["status"]?.string == "ok", "\(after ?? .null)")
    }
  }

  @Test("a rotation that was not done leaves nothing to revoke") func notDone() async throws {
    try await Self.with { house, old in
      house.addsToken("glpat-another-gate", namedAs: old, after: .seconds(-60))
      house.gitlab.with { $0.faults = [Fault(.resetBeforeEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      #expect(try await house.setup("rotate-token", token: nil).status == 1)
      let run = try await house.setup("rotate-token")
      #expect(run.status == 0, "\(run)")
      #expect(Set(house.accountTokens) == ["glpat-another-gate", house.fileToken])
    }
  }

  @Test("more revoked tokens than are read end no plan: those that serve tell which one was lost", arguments: ["apply", "rotate-token"])
  func countless(_ verb: String) async throws {
    try await Self.with { house, _ in
      let lost = try await Self.lose(house)
      house.gitlab.with { world in
        guard let userID = world.tokens.all.first(where: { $0.secret == lost })?.userID else { return }
        for id: Int64 in 100_000...110_000 {
          var token = World.PersonalAccessToken(id: id, userID: userID, secret: "glpat-former-\(id)", name: "former", createdAt: world.now)
          token.isRevoked = true
          world.tokens.insert(token)
        }
      }
      let plan = try await house.setup("plan")
      #expect(plan.errors == "" && plan.output.contains("nobody has it"), "\(plan)")
      let run = try await house.setup(verb)
      #expect(run.status == 0 && house.accountTokens == [house.fileToken], "\(run)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("undo takes the lost one too, and leaves the other with the account") func undone() async throws {
    try await Self.with { house, old in
      house.addsToken("glpat-another-gate", namedAs: old, after: .seconds(-60))
      _ = try await Self.lose(house)
      let undo = try await house.setup("undo")
      #expect(undo.status == 1 && undo.output.contains("a token that apply did not make"), "\(undo)")
      #expect(house.accountTokens == ["glpat-another-gate"])
    }
  }
}

extension House {
  /// By hand: another token of the account, with the name of one that is there.
  fileprivate func addsToken(_ secret: String, namedAs other: String, after pause: Duration, name: String? = nil) {
    gitlab.with { world in
      guard let like = world.tokens.all.first(where: { $0.secret == other }) else { return }
      world.tokens.insert(
        .init(
          id: world.nextIDs.take(\.row), userID: like.userID, secret: secret, name: name ?? like.name, createdAt: world.now + pause,
          expiresAt: like.expiresAt))
    }
  }
}

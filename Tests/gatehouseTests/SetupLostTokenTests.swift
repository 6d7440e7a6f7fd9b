import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// The file of the account's token is lost: apply makes another, and the one that nobody holds any more does not live on for a year.
@Suite struct SetupLostTokenTests {
  private func expectOne(_ house: House, location: SourceLocation = #_sourceLocation) {
    let now = text(ofFile: house.tokenFile).filter { !$0.isNewline }
    #expect(house.accountTokens == [now], sourceLocation: location)
  }

  @Test("plan shows the end of the former, and apply revokes it once the new one is in its file") func lost() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      #expect(try await house.setup("apply").status == 0)
      let former = house.accountTokens
      unlink(house.tokenFile)
      let plan = try await house.setup("plan")
      for words in ["+ access token", "~ access token gatehouse ", "- revoked, once the new one is in its file"] {
        #expect(plan.status == 1 && plan.output.contains(words), "'\(words)' in \(plan)")
      }
      #expect(house.accountTokens == former)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.errors == "" && apply.output.contains("- revoked"), "\(apply)")
      expectOne(house)
      #expect(house.accountTokens != former)
      try await house.hasSettled(before)
    }
  }

  @Test("one that GitLab does not let go keeps nothing from being protected") func refused() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let protected = house.picture.filter { $0.contains(" production: ") }
      unlink(house.tokenFile)
      let refused = Fault.Action.answer(
        status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)
      house.gitlab.with { world in
        world.unprotect(environment: "production")
        world.faults = [Fault(refused, on: "DELETE", "**", times: 9)]
      }
      #expect(house.picture.filter { $0.contains(" production: ") } != protected)
      let apply = try await house.setup("apply")
      #expect(apply.status == 1 && apply.output.contains("! access token"), "\(apply)")
      #expect(house.picture.filter { $0.contains(" production: ") } == protected, "\(apply)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("apply").status == 0)
      expectOne(house)
    }
  }

  @Test("one that a person has put in its place makes the former one nobody's, as long as no file holds it") func another() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let former = text(ofFile: house.tokenFile)
      house.gitlab.with { world in
        guard let account = world.users.all.first(where: { $0.username == "gatehouse-acme" }) else { return }
        world.tokens.insert(.init(id: 605, userID: account.id, secret: "glpat-by-hand", name: "by hand", createdAt: world.now))
      }
      // Kept in another file, somebody may be about to use it.
      house.configureForSetup("", token: "{file: \"\(house.folder.file("other"))\"}")
      write("glpat-by-hand\n", toFile: house.folder.file("other"))
      let kept = try await house.setup("plan")
      #expect(kept.status == 0 && !kept.output.contains("revoked"), "\(kept)")
      unlink(house.tokenFile)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- revoked: apply has made it, and nobody has it any more"), "\(plan)")
      #expect(try await house.setup("apply").status == 0)
      #expect(house.accountTokens == ["glpat-by-hand"] && former != "glpat-by-hand\n")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test(
    "killed at each request that changes something: the next run ends with one, in its file",
    arguments: ["POST", "DELETE"], [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ method: String, _ action: Fault.Action) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      unlink(house.tokenFile)
      let path = "groups/*/service_accounts/*/personal_access_tokens" + (method == "DELETE" ? "/*" : "")
      try await house.setupDies("apply", at: Fault(action, on: method, path))
      #expect(try await house.setup("apply").status == 0)
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test("a rotation revokes what it has taken the place of, and leaves a lost one to apply") func rotation() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let rotated = try await house.setup("rotate-token")
      #expect(rotated.status == 0, "\(rotated)")
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
      unlink(house.tokenFile)
      #expect(try await house.setup("rotate-token").status == 0)
      #expect(try await house.setup("apply").status == 0)
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
    }
  }
}

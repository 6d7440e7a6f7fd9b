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

  @Test(
    "a rotation revokes what it has taken the place of, and one whose file was lost",
    arguments: [World.Version(17, 5), World.Version(18, 0)])
  func rotation(_ version: World.Version) async throws {
    try await House.with(House.bare(release: .v18) { $0.instance.version = version }, serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      let rotated = try await house.setup("rotate-token")
      #expect(rotated.status == 0, "\(rotated)")
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
      unlink(house.tokenFile)
      let again = try await house.setup("rotate-token")
      #expect(again.status == 0 && again.output.contains("- access token gatehouse "), "\(again)")
      expectOne(house)
      #expect(try await house.setup("plan").status == 0)
    }
  }

  /// The account with a second token, which somebody has put in the place of apply's.
  private func withAnother(isAdministered: Bool = false, _ story: (House, _ former: String) async throws -> Void) async throws {
    try await House.with(House.bare(), serving: false) { house in
      if isAdministered { write(House.setupToken, toFile: house.adminFile) }
      house.configureForSetup(isAdministered ? "admin_token: {file: \"\(house.adminFile)\"}" : "")
      #expect(try await house.setup("apply").status == 0)
      let former = house.fileToken
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.tokens.insert(.init(id: 605, userID: account, secret: "glpat-by-hand", name: "by hand", createdAt: world.now))
        world.tokens.insert(.init(id: 606, userID: account, secret: "glpat-elsewhere", name: "elsewhere", createdAt: world.now))
      }
      try await story(house, former)
    }
  }

  @Test(
    "so it does with one whose place another has in the file, and with no other's",
    arguments: [(House.setupToken, false), (nil, true)] as [(String?, Bool)])
  func rotationOfAnother(_ person: String?, isAdministered: Bool) async throws {
    try await withAnother(isAdministered: isAdministered) { house, former in
      write("glpat-by-hand\n", toFile: house.tokenFile)
      let run = try await house.setup("rotate-token", token: person)
      #expect(run.status == 0 && house.fileToken != former, "\(run)")
      #expect(Set(house.accountTokens) == ["glpat-elsewhere", house.fileToken], "\(run)")
      #expect(try await house.setup("plan").status == 0)
    }
  }

  @Test("one that another file has is somebody's, and stays") func rotationBesideKept() async throws {
    try await withAnother { house, former in
      let other = house.folder.file("other")
      house.configureForSetup("", token: "{file: \"\(other)\"}")
      write("glpat-by-hand\n", toFile: other)
      let run = try await house.setup("rotate-token")
      #expect(run.status == 0, "\(run)")
      #expect(Set(house.accountTokens) == ["glpat-elsewhere", former, text(ofFile: other).filter { !$0.isNewline }])
    }
  }

  @Test("one that GitLab does not let go is told, and in the plan") func rotationRefused() async throws {
    try await withAnother { house, former in
      let id = house.gitlab.with { world in world.tokens.all.first { $0.secret == former }?.id ?? 0 }
      write("glpat-by-hand\n", toFile: house.tokenFile)
      house.gitlab.with { world in
        world.faults = [
          Fault(
            .answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#), on: "DELETE",
            "groups/*/service_accounts/*/personal_access_tokens/\(id)", times: 9)
        ]
      }
      let run = try await house.setup("rotate-token")
      #expect(run.status == 1 && run.output.contains("(id \(id)") && run.output.contains("serves still"), "\(run)")
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("- revoked: apply has made it, and nobody has it any more"), "\(plan)")
      house.gitlab.with { $0.faults = [] }
      #expect(try await house.setup("rotate-token").status == 0)
      #expect(Set(house.accountTokens) == ["glpat-elsewhere", house.fileToken])
    }
  }
}

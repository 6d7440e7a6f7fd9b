import Calendar
import ChangeControl
import Storage
import TestSupport
import Testing

@testable import GitLab
@testable import GitLabSimulator

/// GitLab goes on with a request that a run has given up: what it makes then nobody has.
@Suite struct SetupLateTests {
  /// The access token that a run has begun and not heard of.
  private static func begun(_ house: House) throws -> SetupTrace {
    let records = try house.read { try $0.setupRecords(instance: "main", state: .intended) }
    return try #require(records.lazy.compactMap { SetupTrace($0.trace) }.first { [.token, .adminToken].contains($0.change.kind) })
  }

  /// As long as GitLab may be at it, apply asks for nothing, and says when to come again.
  private func expectWaiting(_ house: House) async throws {
    house.forgetRequests()
    let soon = try await house.setup(["apply"], isLater: false)
    #expect(soon.status == 1 && soon.errors.contains("it may be at it still: run this again in "), "\(soon)")
    #expect(house.changesAsked.isEmpty)
  }

  @Test(
    "nothing is asked for twice while GitLab may be at it",
    arguments: [
      "groups/*/service_accounts", "projects/*/hooks", "projects/*/protected_environments", "projects/*/members",
    ])
  func twice(_ what: String) async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", what))
      try await expectWaiting(house)
      #expect(try await house.setup("apply").status == 0)
      try await house.hasSettled(before)
    }
  }

  @Test("what was begun while the clock was ahead counts as just begun, and for no longer") func ahead() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", "projects/*/hooks"))
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.execute("UPDATE setup_record SET updated_at = updated_at + 86400000 WHERE state = 'intended'")
      try await expectWaiting(house)
      #expect(try await house.setup("apply").status == 0)
      try await house.hasSettled(before)
    }
  }

  @Test("an access token that comes late is waited for, and revoked") func token() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      let before = house.picture
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"))
      try await expectWaiting(house)
      let name = try Self.begun(house).change.name
      house.gitlab.with { world in
        let account = world.user(named: "gatehouse-acme").id
        world.tokens.insert(
          World.PersonalAccessToken(id: 990, userID: account, secret: "glpat-that-nobody-has", name: name, createdAt: world.now))
      }
      #expect(try await house.setup("apply").status == 0)
      #expect(house.gitlab.with { $0.tokens.find(990)?.isRevoked } != false)
      try await house.hasSettled(before)
    }
  }

  @Test("a token whose rotation was not answered is not asked again while GitLab may be at it") func rotation() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup()
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { $0.faults = [Fault(.resetBeforeEffect, on: "POST", "personal_access_tokens/self/rotate")] }
      let first = try await house.setup("rotate-token", token: nil)
      #expect(first.status == 1 && first.errors.contains("GitLab may be at it still: run this again in two minutes"), "\(first)")
      house.forgetRequests()
      let soon = try await house.setup(["rotate-token"], token: nil, isLater: false)
      #expect(soon.status == 1 && soon.errors.contains("run this again in "), "\(soon)")
      #expect(house.changesAsked.isEmpty)
      let later = try await house.setup("rotate-token", token: nil)
      #expect(later.status == 0, "\(later)")
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test("nor is an admin token taken for never made") func adminToken() async throws {
    try await House.with(House.bare(), serving: false) { house in
      house.configureForSetup("admin_token: {file: \"\(house.adminFile)\"}")
      let before = house.picture
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", "projects/*/access_tokens"))
      let undo = try await house.setup(["undo"], isLater: false)
      #expect(undo.status == 1 && undo.output.contains("it may be at it still: run this again in "), "\(undo)")
      #expect(try await house.setup("undo").status == 0)
      #expect(house.picture == before)
    }
  }
}

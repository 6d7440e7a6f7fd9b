import Glibc
import TestSupport
import Testing

@testable import GitLabSimulator

/// GitLab from 16.10 to 17.10 lists a service account's tokens to nobody but the account, and lets no Owner revoke one: what setup does about those that
/// are to go all the same.
@Suite struct SetupUnlistedTokensTests {
  static let versions = [World.Version(16, 10), World.Version(17, 1), World.Version(17, 10)]

  private static func with(_ version: World.Version, _ story: (House, _ old: String) async throws -> Void) async throws {
    try await House.with(House.bare(release: .v18) { $0.instance.version = version }, serving: false) { house in
      house.configureForSetup()
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      try await story(house, house.fileToken)
    }
  }

  private static func expectOne(_ house: House, _ what: String = "") async throws {
    #expect(house.accountTokens == [house.fileToken], "\(what)")
    let plan = try await house.setup("plan")
    #expect(plan.status == 0 && plan.errors == "", "\(what): \(plan)")
    #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty, "\(what)")
  }

  @Test("a rotation with a person's token ends the old one by its number, and plan and apply go on", arguments: versions)
  func rotates(_ version: World.Version) async throws {
    try await Self.with(version) { house, old in
      let run = try await house.setup("rotate-token")
      #expect(run.status == 0 && run.errors == "" && house.fileToken != old, "\(run)")
      try await Self.expectOne(house)
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      try await Self.expectOne(house)
    }
  }

  @Test(
    "killed at the end of the old one: the next run goes on", arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect],
    ["rotate-token", "apply"])
  func killed(_ action: Fault.Action, _ next: String) async throws {
    try await Self.with(World.Version(17, 5)) { house, old in
      try await house.setupDies("rotate-token", at: Fault(action, on: "DELETE", "personal_access_tokens/*"))
      #expect(house.fileToken != old)
      let run = try await house.setup(next)
      #expect(run.status == 0, "\(run)")
      try await Self.expectOne(house, next)
    }
  }

  @Test("one that GitLab does not let go is named, with what to do, and stays in the plan until it is gone")
  func refused() async throws {
    try await Self.with(World.Version(17, 5)) { house, old in
      let id = try #require(house.gitlab.with { world in world.tokens.all.first { $0.secret == old }?.id })
      house.gitlab.with {
        $0.faults = [Fault(.answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "DELETE", "personal_access_tokens/*")]
      }
      let run = try await house.setup("rotate-token")
      for words in ["the new token is in", "(id \(id)", "serves still", "Revoke it in GitLab (as an administrator"] {
        #expect(run.status == 1 && run.output.contains(words), "'\(words)' in \(run)")
      }
      #expect(Set(house.accountTokens) == [old, house.fileToken] && house.fileToken != old)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.errors == "" && plan.output.contains("- revoked: apply has made it"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0, "\(apply)")
      try await Self.expectOne(house)
    }
  }

  @Test("one whose file is lost is revoked once another is in its place", arguments: versions)
  func lostFile(_ version: World.Version) async throws {
    try await Self.with(version) { house, _ in
      unlink(house.tokenFile)
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("lists the tokens of gatehouse-acme to nobody else"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("- revoked"), "\(apply)")
      try await Self.expectOne(house)
    }
  }

  @Test("a token that a run which was cut off has made is ended once the account has one that lists it", arguments: versions)
  func cutOff(_ version: World.Version) async throws {
    try await House.with(House.bare(release: .v18) { $0.instance.version = version }, serving: false) { house in
      house.configureForSetup()
      try await house.setupDies("apply", at: Fault(.hangAfterEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"))
      let plan = try await house.setup("plan")
      #expect(plan.status == 1 && plan.output.contains("lists the tokens of gatehouse-acme to nobody else"), "\(plan)")
      let apply = try await house.setup("apply")
      #expect(apply.status == 0 && apply.output.contains("nobody has it"), "\(apply)")
      try await Self.expectOne(house)
    }
  }
}

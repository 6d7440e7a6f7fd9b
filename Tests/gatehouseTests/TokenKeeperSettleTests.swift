import Calendar
import Glibc
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator

/// What an earlier run has begun and nobody can settle is told, and keeps no token from being rotated.
@Suite struct TokenKeeperSettleTests {
  /// Before 17.11 GitLab lists an account's tokens to nobody, so that one of a run that was cut off stays begun.
  @Test("a server rotates its token though a record cannot be settled with the admin_token", arguments: [(17, 0), (19, 3)])
  func unsettled(_ version: (Int, Int)) async throws {
    var settings = House.bare(release: version.0 == 17 ? .v18 : .v19) { $0.instance.version = .init(version.0, version.1) }
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      house.configureForSetup("reconcile_every: 1s\nsetup: {rotate_token_before: 30d}\nadmin_token: {file: \"\(house.adminFile)\"}")
      #expect(try await house.setup("apply").status == 0)
      let token = text(ofFile: house.tokenFile)
      unlink(house.tokenFile)
      try await house.setupDies("apply", at: Fault(.hangBeforeEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"))
      write(token, toFile: house.tokenFile)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.count == 1)
      house.gitlab.with { world in
        for token in world.tokens.all where token.secret == house.fileToken {
          world.tokens[token.id].expiresAt = world.today + .seconds(10 * 86_400)
          world.tokens[token.id].createdAt = world.today - .seconds(300 * 86_400)
        }
      }
      let old = house.fileToken
      try await house.start()
      try await eventually("a new token") { () -> Sighting<Void> in
        house.fileToken != old && house.accountTokens == [house.fileToken] ? .found(()) : .notYet(house.log)
      }
      #expect(house.log.contains("a rotation that was cut off could not be settled"), "\(house.log)")
      #expect(house.log.contains("the admin_token"), "\(house.log)")
    }
  }

  @Test("killed while its token rotates itself, which GitLab never did: the next server asks again once GitLab can be at it no more")
  func asksAgain() async throws {
    try await TokenKeeperTests.with { house, old in
      house.gitlab.with { $0.faults = [Fault(.hangBeforeEffect, on: "POST", TokenKeeperTests.rotate)] }
      try await house.start()
      try await eventually("GitLab to be asked") { house.gitlab.with { $0.requests.entries.contains { $0.fault != nil } } }
      house.crash()
      _ = try await house.ending()
      house.gitlab.with { $0.faults = [] }
      let connection = try Connection(path: house.database, access: .readWrite)
      try connection.execute("UPDATE setup_record SET updated_at = updated_at - 120000 WHERE state = 'intended'")
      try await house.start()
      try await eventually("a new token") { () -> Sighting<Void> in
        house.fileToken != old && house.accountTokens == [house.fileToken] ? .found(()) : .notYet(house.log)
      }
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test(
    "killed while its token rotates itself: the next server asks no second time and says what to do, and that mends it",
    arguments: [Fault.Action.hangBeforeEffect, .hangAfterEffect])
  func killed(_ action: Fault.Action) async throws {
    try await TokenKeeperTests.with { house, old in
      house.gitlab.with { $0.faults = [Fault(action, on: "POST", TokenKeeperTests.rotate)] }
      try await house.start()
      try await eventually("GitLab to be asked") { house.gitlab.with { $0.requests.entries.contains { $0.fault != nil } } }
      house.crash()
      _ = try await house.ending()
      house.gitlab.with { $0.faults = [] }
      house.forgetRequests()
      try await house.start()
      let isLost = action == .hangAfterEffect
      // The old one may serve; then there is time.
      let said = isLost ? "does not know our token" : "GitLab's answer was lost, and the new token with it, if there was one"
      try await eventually("the log to say '\(said)'") { () -> Sighting<Void> in
        house.log.contains(said) && house.log.contains("run `gatehouse setup rotate-token`") ? .found(()) : .notYet(house.log)
      }
      let check = try await house.command(["check"])
      #expect(check.output.contains("warn  gitlab main token rotation"), "\(check.output)")
      #expect(house.changesAsked.isEmpty && house.fileToken == old, "\(house.changesAsked)")
      let mended = try await house.setup(["rotate-token"], token: isLost ? House.setupToken : nil)
      #expect(mended.status == 0 && house.fileToken != old && house.accountTokens == [house.fileToken], "\(mended)")
      #expect(try await house.setup("plan").status == 0)
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }
}

import Calendar
import Configuration
import Glibc
import JSON
import Storage
import Synchronization
import TestSupport
import Testing

@testable import GitLabSimulator
@testable import gatehouse

/// A server that rotates its access token by itself: it ends with one that serves, in the file and in use, and asks no more often than is good.
@Suite struct TokenKeeperTests {
  static let rotate = "personal_access_tokens/self/rotate"

  /// Sets a gate up whose token was made long ago and ends in ten days.
  static func with(isAdministered: Bool = false, _ story: (House, _ old: String) async throws -> Void) async throws {
    var settings = House.bare()
    settings.hookEvents = []
    try await House.with(settings, serving: false) { house in
      let admin = house.folder.file("admin-token")
      if isAdministered { write(House.setupToken, toFile: admin) }
      house.configureForSetup(
        "reconcile_every: 1s\nsetup: {rotate_token_before: 30d}\n" + (isAdministered ? "admin_token: {file: \"\(admin)\"}" : ""))
      #expect(try await house.setup("apply").status == 0)
      house.gitlab.with { world in
        for token in world.tokens.all where token.userID != House.paula {
          world.tokens[token.id].expiresAt = world.today + .seconds(10 * 86_400)
          world.tokens[token.id].createdAt = world.today - .seconds(300 * 86_400)
        }
      }
      house.forgetRequests()
      try await story(house, house.fileToken)
    }
  }

  /// The one in the file is another one than before, and no other serves.
  private func rotated(_ house: House, from old: String) async throws {
    try await eventually("a new token") { () -> Sighting<Void> in
      let now = house.fileToken
      return now != old && house.accountTokens == [now] ? .found(()) : .notYet("\(house.changesAsked)")
    }
    #expect(mode(of: house.tokenFile) == 0o600)
    #expect(!names(inFolder: house.folder.path).contains("account-token.next"))
  }

  private func logged(_ house: House, _ sentence: String) async throws {
    try await eventually("the log to say '\(sentence)'") { house.log.contains(sentence) ? .found(()) : .notYet(house.log) }
  }

  @Test("before its end, and what is held afterwards is decided with the new one") func byItself() async throws {
    try await Self.with { house, old in
      try await house.start()
      try await rotated(house, from: old)
      try await logged(house, "the access token was rotated")
      #expect(house.changesAsked == ["POST /\(Self.rotate)"])
      try await eventually("the metrics of it") {
        let samples = try await house.send(.get, "/metrics").text.split(separator: "\n")
        return samples.contains(#"gatehouse_token_rotations_total{instance="main",outcome="done"} 1"#)
          && samples.contains { $0.hasPrefix(#"gatehouse_token_expires_timestamp_seconds{instance="main",token="token"} "#) }
      }
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      let entries = try house.read { try $0.auditEntries(after: 0, limit: 100) }.filter { $0.detail.contains("access token") }
      #expect(entries.suffix(3).map(\.action) == ["setup.intended", "setup.made", "setup.undone"])
      #expect(!house.log.contains(old) && !house.log.contains(house.fileToken) && !house.log.contains("glpat-"))
      let plan = try await house.setup("plan")
      #expect(plan.status == 0, "\(plan)")
      #expect(try await house.setup("undo").status == 0)
      #expect(house.accountTokens.isEmpty && !names(inFolder: house.folder.path).contains("account-token"))
    }
  }

  @Test("one that has time left is left alone") func hasTime() async throws {
    try await Self.with { house, old in
      house.gitlab.with { world in
        for token in world.tokens.all where token.userID != House.paula {
          world.tokens[token.id].expiresAt = world.today + .seconds(31 * 86_400)
        }
      }
      try await house.start()
      // The keeper asks what the reconciler asks too, so twice it was asked.
      try await eventually("GitLab to be asked about the token") {
        house.requestsToGitLab.count { $0.path.hasSuffix("/personal_access_tokens/self") } >= 2
      }
      #expect(house.changesAsked.isEmpty && house.fileToken == old)
    }
  }

  @Test("with the administrator's token a second one is made before the first one goes") func byAdministrator() async throws {
    try await Self.with(isAdministered: true) { house, old in
      try await house.start()
      try await rotated(house, from: old)
      #expect(house.changesAsked.map { $0.prefix(6) } == ["POST /", "DELETE"], "\(house.changesAsked)")
      #expect(!house.changesAsked.contains { $0.contains("self/rotate") })
    }
  }

  @Test(
    "killed at each exchange that changes something, with an administrator's token",
    arguments: [
      Fault(.hangBeforeEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"),
      Fault(.hangAfterEffect, on: "POST", "groups/*/service_accounts/*/personal_access_tokens"),
      Fault(.hangBeforeEffect, on: "DELETE", "groups/*/service_accounts/*/personal_access_tokens/*"),
      Fault(.hangAfterEffect, on: "DELETE", "groups/*/service_accounts/*/personal_access_tokens/*"),
    ])
  func killed(_ fault: Fault) async throws {
    try await Self.with(isAdministered: true) { house, old in
      house.gitlab.with { $0.faults = [fault] }
      try await house.start()
      try await eventually("GitLab to be asked") { house.gitlab.with { $0.requests.entries.contains { $0.fault != nil } } }
      house.crash()
      _ = try await house.ending()
      house.gitlab.with { $0.faults = [] }
      #expect(house.accountTokens.contains(house.fileToken), "at each moment the file has one that serves")
      try await house.start()
      // Where the new one is in the file already, only the old one is left to go.
      try await rotated(house, from: old)
      // The server may be at it still.
      let apply = try await eventually("the lock to be free") { () -> Sighting<Program.Run> in
        let run = try await house.setup("apply")
        return run.errors.contains("another `gatehouse setup` is at work") ? .notYet(run.errors) : .found(run)
      }
      #expect(apply.status == 0 && house.accountTokens == [house.fileToken], "\(apply)")
      #expect(try house.read { try $0.setupRecords(instance: "main", state: .intended) }.isEmpty)
    }
  }

  @Test("a lost answer is told, asked no second time, and mended by a person's token") func lostAnswer() async throws {
    try await Self.with { house, old in
      house.gitlab.with { $0.faults = [Fault(.resetAfterEffect, on: "POST", Self.rotate)] }
      try await house.start()
      try await logged(house, "the old token no longer serves, and the new one was lost with the answer: set GATEHOUSE_SETUP_TOKEN")
      house.crash()
      _ = try await house.ending()
      try await house.start()
      try await eventually("the second server to say it too") { house.log.split(separator: "the access token was not rotated").count == 3 }
      #expect(house.changesAsked == ["POST /\(Self.rotate)"])
      let check = try await house.command(["check"])
      #expect(check.output.contains("warn  gitlab main token rotation") && check.output.contains("was lost"), "\(check.output)")
      let mended = try await house.setup("rotate-token")
      #expect(mended.status == 0 && mended.output.contains("takes it into use by itself within a minute"), "\(mended)")
      try await rotated(house, from: old)
      #expect(try await house.command(["check"]).output.contains("ok    gitlab main token rotation"))
    }
  }

  /// The first time a token is made, the second time it is ended with the old one (GitLab's reuse detection), and the 401 is of that.
  @Test("what a proxy asked twice has ended the old token, whatever GitLab answered") func askedTwice() async throws {
    try await Self.with { house, _ in
      house.gitlab.with { $0.faults = [Fault(.askedTwice, on: "POST", Self.rotate)] }
      try await house.start()
      try await logged(house, "the old token no longer serves, and the new one was lost with the answer: set GATEHOUSE_SETUP_TOKEN")
      #expect(!house.log.contains("the old token serves as before") && house.accountTokens.isEmpty)
    }
  }

  @Test("a refusal changes nothing, and a server that starts again does not ask again at once") func refused() async throws {
    try await Self.with { house, old in
      house.gitlab.with {
        $0.faults = [Fault(.answer(status: 403, body: #"{"message":"403 Forbidden"}"#), on: "POST", Self.rotate, times: 9)]
      }
      try await house.start()
      try await logged(house, "the old token serves as before")
      try await eventually("the metrics of it") {
        try await house.send(.get, "/metrics").text.contains(#"gatehouse_token_rotations_total{instance="main",outcome="failed"} 1"#)
      }
      house.crash()
      _ = try await house.ending()
      house.forgetRequests()
      try await house.start()
      try await eventually("the keeper to have asked") {
        house.requestsToGitLab.count { $0.path.hasSuffix("/personal_access_tokens/self") } >= 2
      }
      // What is said once a day does not ask people to do what the server does, but says that it could not.
      try await logged(house, "and the server could not rotate it")
      #expect(house.changesAsked.isEmpty && house.accountTokens == [old] && house.fileToken == old)
      let check = try await house.command(["check"])
      #expect(check.output.contains("warn  gitlab main token rotation") && check.output.contains("403"), "\(check.output)")
    }
  }

  /// What a keeper has taken into use.
  final class Used: Sendable {
    private let tokens = Mutex<[String]>([])

    var all: [String] { tokens.withLock { $0 } }

    func add(_ token: Secret) { tokens.withLock { $0.append(token.reveal()) } }
  }

  /// The keeper alone, in this process.
  static func keep(_ configuration: Configuration, writings: Int = 1, until isDone: @escaping (Used, LogLines) -> Bool) async throws -> (
    Used, LogLines
  ) {
    let (lines, used) = (LogLines(), Used())
    let inForce = Mutex(configuration)
    let keeper = TokenKeeper(
      configuration: { inForce.withLock { $0 } }, log: lines.logger, lookEvery: .milliseconds(20), writings: writings,
      use: { token, name in
        used.add(token)
        inForce.withLock { configuration in
          for index in configuration.gitlab.indices where configuration.gitlab[index].name == name {
            configuration.gitlab[index].token = token
          }
        }
      })
    let keeping = Task { await keeper.run() }
    defer { keeping.cancel() }
    try await eventually("the keeper to have looked") { isDone(used, lines) }
    return (used, lines)
  }

  @Test("while somebody at a terminal is at it, the lock is theirs") func locked() async throws {
    try await Self.with { house, old in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      let theirs = try SetupLock(databasePath: house.database)
      let (used, lines) = try await Self.keep(configuration) { _, lines in
        lines.all.contains { $0.contains("another `gatehouse setup` is at work") }
      }
      withExtendedLifetime(theirs) { #expect(used.all.isEmpty && house.changesAsked.isEmpty && house.fileToken == old, "\(lines.all)") }
    }
  }

  @Test("what somebody puts into the file and GitLab does not take is told once, and not used") func useless() async throws {
    try await Self.with { house, _ in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      write("glpat-of-nobody\n", toFile: house.tokenFile)
      let (used, lines) = try await Self.keep(configuration) { _, lines in !lines.all.isEmpty }
      #expect(used.all.isEmpty && lines.all.count == 1 && lines.all[0].contains("the old one stays in use"), "\(lines.all)")
      #expect(!lines.all[0].contains("glpat") && house.changesAsked.isEmpty)
    }
  }

  @Test("what somebody puts into the file is used, if it serves") func byHand() async throws {
    try await Self.with { house, old in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      #expect(try await house.setup("rotate-token").status == 0)
      let new = house.fileToken
      let (used, _) = try await Self.keep(configuration) { used, _ in used.all == [new] }
      #expect(new != old && used.all == [new] && house.accountTokens == [new])
    }
  }
}

extension House {
  var fileToken: String { text(ofFile: tokenFile).filter { !$0.isNewline } }
}

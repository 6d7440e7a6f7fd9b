import Configuration
import Glibc
import Storage
import TestSupport
import Testing

@testable import GitLabSimulator
@testable import gatehouse

/// A token that rotated itself is in GitLab's answer and nowhere else: what is done where its file cannot be written, and where two want to.
@Suite struct UnwrittenTokenTests {
  /// Until GitLab has answered, all was well; then the file's place is taken, by a folder that is not empty.
  @Test("a rotated token that cannot be written is used, said, and written as soon as it can be, or the next start brings it in")
  func unwritten() async throws {
    try await TokenKeeperTests.with { house, old in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      let blocked = house.blocksTokenFileOnceAsked()
      let (used, lines) = try await TokenKeeperTests.keep(configuration) { _, lines in
        if lines.all.contains(where: { $0.contains("could still not be written") }) { try? house.freeTokenFile(restoring: old) }
        return lines.all.contains { $0.contains("the access token in use is in its file now") }
      }
      try await blocked.value
      let new = house.fileToken
      #expect(new != old && house.accountTokens == [new] && used.all == [new])
      #expect(house.changesAsked == ["POST /\(TokenKeeperTests.rotate)"], "GitLab is asked once")
      #expect(
        lines.all.contains { $0.hasPrefix("critical: the access token was rotated, and the new one could not be written") }, "\(lines.all)")
      #expect(!lines.all.contains { $0.contains("glpat") })
      #expect(!names(inFolder: house.folder.path).contains("account-token.next"))
    }
  }

  @Test("at a terminal such a token is kept beside the file, and the next run brings it to its place") func unwrittenByHand() async throws {
    try await TokenKeeperTests.with { house, old in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      let blocked = house.blocksTokenFileOnceAsked()
      let refusal = try await refusedRotation(configuration, database: house.database)
      #expect(
        refusal?.message.contains("account-token.next, and `gatehouse setup rotate-token` brings it from there") == true,
        "\(refusal.debugDescription)")
      try await blocked.value
      try house.freeTokenFile(restoring: old)
      // A server that starts then brings it in too.
      let (used, _) = try await TokenKeeperTests.keep(configuration) { used, _ in !used.all.isEmpty }
      #expect(used.all == [house.fileToken] && house.accountTokens == [house.fileToken] && house.fileToken != old)
      #expect(!names(inFolder: house.folder.path).contains("account-token.next"))
      let plan = try await house.setup("plan")
      #expect(plan.status == 0, "\(plan)")
    }
  }

  /// Its locks are given back when it returns.
  private func refusedRotation(_ configuration: Configuration, database path: String) async throws -> Failure? {
    var session = try SetupSession(
      instance: configuration.gitlab[0], configuration: configuration, personToken: nil,
      database: Connection(path: path, access: .readWrite), isWriting: true, report: SetupReport(instance: "main", form: .nothing))
    session.isUnattended = true
    session.writings = 1
    var refusal: Failure?
    do { try await session.rotateToken() } catch { refusal = error as? Failure }
    await session.client.shutDown()
    return refusal
  }

  @Test("two gates with one token file and two databases do not rotate it at once, and the second sees what the first has done")
  func twoGates() async throws {
    try await TokenKeeperTests.with { house, old in
      let configuration = try Configuration.load(path: house.configurationFile, environment: [:])
      var other = configuration
      other.database.path = house.folder.file("other.db")
      _ = try Migrator.migrate(Connection(path: other.database.path, access: .readWrite))
      func session(_ configuration: Configuration) throws -> SetupSession {
        try SetupSession(
          instance: configuration.gitlab[0], configuration: configuration, personToken: nil,
          database: Connection(path: configuration.database.path, access: .readWrite), isWriting: true,
          report: SetupReport(instance: "main", form: .nothing))
      }
      var first: SetupSession? = try session(configuration)
      let refusal = #expect(throws: Failure.self) { try session(other) }
      #expect(refusal?.message.contains("another `gatehouse setup` is at work on \(house.tokenFile)") == true)
      try await first?.rotateToken()
      await first?.client.shutDown()
      first = nil
      let new = house.fileToken
      var second = try session(other)
      // Its configuration was read before, and has the old one: to rotate that would have GitLab revoke the new one.
      #expect(other.gitlab[0].token.reveal() == old && second.token == new && new != old)
      try await second.rotateToken()
      await second.client.shutDown()
      #expect(house.accountTokens == [house.fileToken] && house.fileToken != new)
    }
  }
}

extension House {
  /// GitLab takes its time with its answer, so that on a slow machine too the file is blocked before there is something to write.
  fileprivate func blocksTokenFileOnceAsked() -> Task<Void, any Error> {
    gitlab.with { $0.faults = [Fault(.delay(.seconds(5)), on: "POST", TokenKeeperTests.rotate)] }
    return Task {
      try await eventually("GitLab to be asked") { self.changesAsked == ["POST /\(TokenKeeperTests.rotate)"] }
      try blockTokenFile()
    }
  }

  /// Nothing can be renamed over a folder that is not empty, whoever one is.
  fileprivate func blockTokenFile() throws {
    unlink(tokenFile)
    try #require(mkdir(tokenFile, 0o700) == 0)
    write("", toFile: tokenFile + "/in-the-way")
  }

  fileprivate func freeTokenFile(restoring token: String) throws {
    guard unlink(tokenFile + "/in-the-way") == 0 else { return }
    try #require(rmdir(tokenFile) == 0)
    write(token + "\n", toFile: tokenFile)
  }
}

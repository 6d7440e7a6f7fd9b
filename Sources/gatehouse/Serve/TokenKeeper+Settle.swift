import Configuration
import GitLab
import Logging
import Storage

/// What a process before has begun.
extension TokenKeeper {
  /// A token that could not take its place is beside the file: it is brought in, for the one in the file serves no more.
  func bringIn(_ instance: Configuration.GitLabInstance, _ file: SecretFile, _ configuration: Configuration) async throws {
    guard try file.waitingPlaces.contains(where: { try $0.read()?.isEmpty == false }) else { return }
    var session = try session(instance, configuration, isWriting: true)
    defer {
      let client = session.client
      Task { await client.shutDown() }
    }
    try await session.finishRotation()
  }

  /// Tokens that are to go, perhaps, and serve still: a person can end them.
  func tell(_ left: [String], _ instance: Configuration.GitLabInstance) {
    for sentence in left {
      log.warning(
        "the access token was rotated, and something is left that a person has to see to",
        metadata: ["instance": "\(instance.name)", "reason": "\(terminalSafe(sentence))"])
    }
  }

  /// What cannot be settled is told, and keeps no token from being rotated.
  ///
  /// - Returns: whether nothing is left of it.
  func isSettled(_ instance: Configuration.GitLabInstance, _ configuration: Configuration, _ database: Connection?) async throws -> Bool {
    do {
      try await settle(instance, configuration, database)
      return true
    } catch let failure as Failure where failure.isPassing {
      throw failure
    } catch {
      log.warning(
        "a rotation that was cut off could not be settled; the token in use is looked after all the same",
        metadata: [
          "instance": "\(instance.name)", "reason": "\(terminalSafe((error as? Failure)?.message ?? "\(error)"))",
          "remedy": "set GATEHOUSE_SETUP_TOKEN and run `gatehouse setup apply`",
        ])
      return false
    }
  }

  /// Only with an administrator's token can a rotation be cut off with two tokens that serve, and only with it the one too many can go.
  private func settle(_ instance: Configuration.GitLabInstance, _ configuration: Configuration, _ database: Connection?) async throws {
    guard instance.adminToken != nil, let database else { return }
    let isCutOff = try refusing {
      try database.reading(at: SystemClock.now()) { reading in
        try reading.setupRecords(instance: instance.name, state: .intended).compactMap { SetupTrace($0.trace) }
          .contains { $0.change.kind == .token && !$0.isOwnRotation }
      }
    }
    guard isCutOff else { return }
    var session = try session(instance, configuration, isWriting: true)
    defer {
      let client = session.client
      Task { await client.shutDown() }
    }
    try await session.settleCutOffRotation()
    log.notice("a rotation of the access token that was cut off is at its end", metadata: ["instance": "\(instance.name)"])
  }
}

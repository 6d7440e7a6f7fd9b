import GitLabSimulator
import Testing

/// Several deployments at the same time, people who decide on them as they appear, and a server that is killed at moments nobody chose.
///
/// The moments come from a seed. A run is not repeated to the microsecond by it, but each is another one, and all must end the same.
@Suite struct BurstCrashTests {
  static let lives = 10

  static let cases = BurstCase.several(8)

  @Test("killed at any moment of a burst, again and again", arguments: [1, 2, 3, 4] as [UInt64])
  func anyMoment(seed: UInt64) async throws {
    try await House.with(HouseSettings(proof: seed % 2 == 0 ? .signature : .token, reconcileEvery: "1s")) { house in
      for person in ["alice", "bob"] { _ = try await house.token(of: person) }
      try await withThrowingTaskGroup { group in
        group.addTask { try await house.diesAndStarts(times: BurstCrashTests.lives, seed: seed) }
        for element in BurstCrashTests.cases { group.addTask { try await house.live(element) } }
        try await group.waitForAll()
      }
      try await house.rests()
      #expect(try await house.changes().count == BurstCrashTests.cases.count)
      #expect(try house.deliveriesLost() == [])
      try await house.isSound()
      #expect(house.log.contains("are taken up again"), "no life ended in the middle of anything")
    }
  }
}

extension House {
  fileprivate func diesAndStarts(times: Int, seed: UInt64) async throws {
    var chance = SeededGenerator(seed: seed)
    try await diesWhileGitLabIsAsked()
    for _ in 0..<times {
      // Nothing is waited for: the time is the chance.
      try await Task.sleep(for: .microseconds(Int.random(in: 0...120_000, using: &chance)))
      crash()
      try await start()
    }
  }

  /// One moment that is not left to chance: a conversation with GitLab is under way, and no answer comes.
  private func diesWhileGitLabIsAsked() async throws {
    gitlab.with { $0.faults = [Fault(.delay(.seconds(60)), times: .max)] }
    try await eventually("GitLab to be asked of a deployment") {
      self.requestsToGitLab.contains { $0.fault != nil && $0.path.contains("/deployments/") }
    }
    crash()
    gitlab.with { $0.faults = [] }
    try await start()
  }
}

import GitLabSimulator
import Glibc
import TestSupport
import Testing

/// `make soak MINUTES=n`: half of the time a server that is killed again and again under load, half of it one that lives on under the same load.
///
/// One house, one database file, which grows. The moments and the faults come from a seed, which is printed; a run is not repeated to the
/// microsecond by it.
@Suite(.enabled(if: Soak.minutes > 0, "set SOAK_MINUTES, or run `make soak`")) struct SoakTests {
  @Test func nothingIsLostAndNothingGrows() async throws {
    print("soak: \(Soak.minutes) minutes, SOAK_SEED=\(Soak.seed)")
    var chance = GitLabSimulator.SeededGenerator(seed: Soak.seed)
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      for person in ["alice", "bob"] { _ = try await house.token(of: person) }
      let kills = try await house.diesUnderLoad(for: .seconds(Soak.minutes * 30), &chance)
      try await house.isWhole("after \(kills) kills")
      let held = try await house.livesUnderLoad(for: .seconds(Soak.minutes * 30), &chance)
      try await house.isWhole("after a life of \(held.count) waves")
      let (early, late) = (held[held.count / 4], held[held.count - 1])
      print("soak: \(kills) kills, then \(held.count) waves in one life: \(early) early on, \(late) at the end")
      #expect(kills >= Soak.minutes * 10)
      #expect(late.threads <= early.threads)
      #expect(late.files <= early.files)
      // The allocator's arenas and SQLite's pages fill up for a while; what leaks goes on for ever, with every wave.
      #expect(late.memory <= early.memory + early.memory / 8)
    }
  }
}

enum Soak {
  static let minutes = value("SOAK_MINUTES").flatMap(Int.init) ?? 0
  static let seed = value("SOAK_SEED").flatMap(UInt64.init) ?? UInt64.random(in: 1...999_999)
  /// Deployments of one wave.
  static let wave = 8

  private static func value(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

  /// What may befall a request to GitLab. Each strikes once: what is retried is done at last.
  static let faults: [Fault.Action] = [
    .badGateway, .internalError, .tooManyRequests(retryAfter: 1), .resetBeforeEffect, .resetAfterEffect, .truncate, .garble,
    .delay(.milliseconds(300)),
  ]
}

/// What a process holds at a moment at which nothing is asked of it.
private struct Holding: CustomStringConvertible {
  var memory: Int
  var files: Int
  var threads: Int

  var description: String { "\(memory / 1_024) KiB resident, \(files) files, \(threads) threads" }
}

extension House {
  /// Waves of deployments while the server is killed at moments nobody chose. Returns how often it was.
  fileprivate func diesUnderLoad(for duration: Duration, _ chance: inout GitLabSimulator.SeededGenerator) async throws -> Int {
    let end = ContinuousClock.now + duration
    var kills = 0
    var waves = 0
    while ContinuousClock.now < end {
      waves += 1
      strike(3, &chance)
      kills += try await wave("Killed \(waves)", killing: UInt64.random(in: .min ... .max, using: &chance))
    }
    gitlab.with { $0.faults = [] }
    return kills
  }

  /// The same load on a server that lives on; what it holds after each wave.
  fileprivate func livesUnderLoad(for duration: Duration, _ chance: inout GitLabSimulator.SeededGenerator) async throws -> [Holding] {
    let end = ContinuousClock.now + duration
    var held: [Holding] = []
    while ContinuousClock.now < end || held.count < 8 {
      strike(3, &chance)
      _ = try await wave("Lived \(held.count + 1)", killing: nil)
      gitlab.with { $0.faults = [] }
      try await rests()
      held.append(try holding())
    }
    return held
  }

  /// Deployments that are decided on as they appear, and, with a seed, a server that dies meanwhile. Returns how often.
  private func wave(_ name: String, killing seed: UInt64?) async throws -> Int {
    try await withThrowingTaskGroup(of: Int.self) { group in
      for element in BurstCase.several(Soak.wave, named: name) {
        group.addTask {
          try await self.live(element, within: .seconds(120))
          return 0
        }
      }
      if let seed { group.addTask { try await self.dies(seed: seed) } }
      return try await group.reduce(0, +)
    }
  }

  private func dies(seed: UInt64) async throws -> Int {
    var chance = GitLabSimulator.SeededGenerator(seed: seed)
    for _ in 0..<10 {
      // Nothing is waited for: the time is the chance.
      try await Task.sleep(for: .microseconds(Int.random(in: 0...250_000, using: &chance)))
      crash()
      try await start()
    }
    return 10
  }

  private func strike(_ count: Int, _ chance: inout GitLabSimulator.SeededGenerator) {
    let faults = (0..<count).map { _ in
      Fault(
        Soak.faults.randomElement(using: &chance) ?? .badGateway, on: Bool.random(using: &chance) ? "POST" : nil,
        skip: Int.random(in: 0...20, using: &chance))
    }
    gitlab.with { $0.faults = faults }
  }

  fileprivate func isWhole(_ when: Comment) async throws {
    try await rests()
    #expect(try deliveriesLost() == [], when)
    try await isSound()
  }

  private func holding() throws -> Holding {
    let process = "/proc/\(try serving())"
    return Holding(
      memory: try memory("VmRSS"), files: names(inFolder: process + "/fd").count, threads: names(inFolder: process + "/task").count)
  }
}

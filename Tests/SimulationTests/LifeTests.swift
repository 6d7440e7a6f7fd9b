import Testing

@testable import Simulation

/// A part of `make simulate`, on every change: lives that are always the same, and some that nobody has lived before.
@Suite struct LifeTests {
  @Test("no life of a fixed seed breaks a promise")
  func fixedLives() async throws { try await expectNoViolation(seed: 2_026, lives: 100, everything: true) }

  @Test("nor does one of a fresh seed")
  func freshLives() async throws {
    let seed = UInt64.random(in: 1...1 << 53)
    print("simulate: a fresh seed: \(seed)")
    try await expectNoViolation(seed: seed, lives: 100)
  }

  @Test("the same seed is the same lives, byte for byte")
  func repetition() throws {
    let digests = try (0..<2).map { _ in
      let simulator = try Simulator(seed: 77)
      for _ in 0..<10 { _ = try simulator.live() }
      return simulator.digest
    }
    #expect(digests[0] == digests[1])
  }

  @Test("a life of the simulation is repeated by its own seed alone")
  func oneLife() throws {
    let simulator = try Simulator(seed: 5)
    _ = try simulator.live()
    let second = try simulator.live()
    #expect(try Simulator(seed: second.seed).live().digest == second.digest)
  }

  /// - Parameter everything: whether each kind of trouble must have come: what never comes is no proof.
  private func expectNoViolation(seed: UInt64, lives: Int, everything: Bool = false) async throws {
    let simulator = try Simulator(seed: seed)
    var missing: [Happening] { Happening.allCases.filter { simulator.happenings[$0] == nil } }
    var lived = 0
    // What is rare may take some lives more.
    while lived < lives || everything && lived < 4 * lives && !missing.isEmpty {
      lived += 1
      let outcome = try simulator.live()
      // A life waits for nothing, and other tests share its thread.
      await Task.yield()
      guard let violation = outcome.violation else { continue }
      Issue.record(
        """
        \(violation)
        again: make simulate SEED=\(outcome.seed) LIVES=1
        \(outcome.options)
        \(outcome.lastEvents.joined(separator: "\n"))
        """)
    }
    guard everything else { return }
    #expect(missing.map(\.rawValue) == [])
  }
}

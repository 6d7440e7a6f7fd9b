import GitLabSimulator
import Glibc
import JSON
import Testing

/// A GitLab that answers, but takes its time over every answer, must not hold up the end of the server or a new configuration.
@Suite struct SlowGitLabTests {
  /// Longer than a stopping server may take; shorter than the conversation that is under way.
  static let patience: Duration = .seconds(20)

  @Test("the server ends in the middle of a slow conversation, and the next one brings it to its end once")
  func ends() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      let before = house.requestsToGitLab.count
      house.gitlab.with { $0.faults = [Fault(.delay(.seconds(13)), times: .max)] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await eventually("the conversation to begin") { house.requestsToGitLab.count > before }
      house.signal(SIGTERM)
      let ending = try await eventually("the server to end", within: Self.patience) { () -> Sighting<Ending> in
        house.hasEnded.map(Sighting.found) ?? .notYet("it runs")
      }
      #expect(ending == .exit(0))

      house.gitlab.with { $0.faults = [] }
      try await house.start()
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline).sorted() == ["approved", "played"])
    }
  }
}

import Testing

@testable import GitLabSimulator

/// A gate that cannot see what it stands on, and says so.
@Suite struct SightStoryTests {
  @Test("what GitLab does not show is said at each start and in the metrics, and once more when it is shown") func unseen() async throws {
    var settings = HouseSettings(checksOnStart: true).beginning { $0.addAdministrator() }
    try await House.with(settings) { house in
      try await house.hasLooked()
      func lines(_ words: String) -> [Substring] { house.log.split(separator: "\n").filter { $0.contains(words) } }
      let hidden = "a change there goes unnoticed"
      try await eventually("the line about it") { lines(hidden).count == 1 }
      let line = lines(hidden).joined()
      for words in [
        "protection of acme/payments/checkout production", "webhook of acme/payments/checkout", "403", "admin_token", "setup apply",
      ] {
        #expect(line.contains(words), "'\(words)' in \(line)")
      }
      #expect(line.contains(#""level":"warning""#))
      #expect(try await house.metrics().sorted() == [#"drift_unseen{check="protection"} 1"#, #"drift_unseen{check="webhook"} 1"#])
      house.crash()
      _ = try await house.ending()
      try await house.start()
      try await eventually("the next process to say it too") { lines(hidden).count == 2 }
      settings.hasAdminToken = true
      try await house.look(settings)
      #expect(lines("GitLab shows all that the gate stands on again").count <= 1)
      #expect(try await house.metrics() == [] && house.drifts() == [])
    }
  }
}

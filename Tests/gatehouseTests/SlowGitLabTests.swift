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

  @Test("more questions than GitLab is asked at once hang, and a decision goes out past them")
  func questionsHang() async throws {
    let rules = (1...8).map { "{gitlab_group: acme/group-\($0)}" }
    let settings = HouseSettings(approvalRules: rules + ["{group: release-managers}"]).beginning { world in
      world.faults = [Fault(.hangBeforeEffect, on: "GET", "groups/*/members", times: .max)]
    }
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let hanging = try await eventually("the questions to hang") { () -> Sighting<[String]> in
        let hanging = try self.questionsUnderWay(house)
        return hanging.count >= 6 ? .found(hanging) : .notYet("\(hanging)")
      }
      #expect(try await house.decide(key, "rejected", as: "alice").status == 201)
      try await house.callback("reject", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
      // Not because one of them was given up, and made room.
      #expect(try questionsUnderWay(house) == hanging)
    }
  }

  /// Each with its attempts so far.
  private func questionsUnderWay(_ house: House) throws -> [String] {
    try house.read { reading in
      try reading.connection.query("SELECT hint || ' ' || attempts FROM outbox WHERE step = 'ask' AND leased_until IS NOT NULL ORDER BY id")
      {
        $0.requiredText(0)
      }
    }
  }
}

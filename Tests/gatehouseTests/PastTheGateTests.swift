import GitLabSimulator
import JSON
import Testing

/// What people do in GitLab past the gate is a warning and a metric, beside the entry and the mark on its change.
@Suite struct PastTheGateTests {
  private static let settings = HouseSettings(reconcileEvery: "1s").beginning { $0.letMaintainersApprove() }

  @Test("approved, then started by others") func approved() async throws {
    try await House.with(Self.settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .approved, by: "carol") }
      try await house.change(key, shows: "out of band") { $0["out_of_band"]?.bool == true }
      let line = try await house.line("approved in GitLab itself, past the gate")
      #expect(line["level"]?.string == "warning" && line["change"]?.string == key && line["by"]?.string == "carol", "\(line.text)")
      #expect(try await house.pastTheGate() == ["approval 1"])
      try house.gitlab.with { world throws in try world.play(job: pipeline.jobID, by: "carol") }
      try await house.change(key, reaches: "Deployed")
      let turn = try await house.line("the gate turned")
      #expect(turn["level"]?.string == "warning" && turn["out_of_band"]?.string == "true", "\(turn.text)")
      #expect(try await house.pastTheGate() == ["approval 1", "play 1"])
    }
  }

  @Test("rejected by others") func rejected() async throws {
    try await House.with(Self.settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .rejected, by: "carol") }
      try await house.change(key, reaches: "Rejected")
      let turn = try await house.line("the gate turned")
      #expect(turn["level"]?.string == "warning" && turn["out_of_band"]?.string == "true", "\(turn.text)")
      #expect(try await house.pastTheGate() == ["rejection 1"])
      #expect(try await house.audit(key).contains { $0["action"]?.string == "gitlab.approval" && $0["actor"]?.string == "gitlab:carol" })
    }
  }

  @Test("started by others once the gate has allowed it") func started() async throws {
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      let (_, key) = try await house.startedByOthers()
      try await house.callback("play", of: key, becomes: "delivered")
      let line = try await house.line("started in GitLab itself, past the gate")
      #expect(line["level"]?.string == "warning" && line["change"]?.string == key, "\(line.text)")
      #expect(try await house.pastTheGate() == ["play 1"])
    }
  }

  @Test("nobody approves, for no approval is asked for any more") func waived() async throws {
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      let key = try await house.opened(house.deploy())
      house.gitlab.with { $0.relaxApprovalRules(environment: "production") }
      let line = try await house.line("GitLab asks for no approval any more")
      #expect(line["level"]?.string == "warning" && line["change"]?.string == key, "\(line.text)")
      #expect(try await house.pastTheGate() == ["waiver 1"])
    }
  }

  @Test("what others had to approve too is nobody's way past the gate") func together() async throws {
    try await House.with(HouseSettings(world: { $0.addApprovalRule(.user(23), environment: "production") }, reconcileEvery: "1s")) {
      house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .approved, by: "carol") }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(!house.log.contains("past the gate"))
      #expect(try await house.pastTheGate() == [])
    }
  }
}

extension House {
  fileprivate func line(_ words: String) async throws -> JSONValue {
    try await eventually("the line '\(words)'") { () -> Sighting<JSONValue> in
      let line = self.log.split(separator: "\n").first { $0.contains(words) }
      return try line.map { .found(try JSONValue.parse(String($0))) } ?? .notYet(self.log)
    }
  }

  /// What `/metrics` counts, above zero: `play 1`.
  fileprivate func pastTheGate() async throws -> [String] {
    try await send(.get, "/metrics").text.split(separator: "\n").compactMap { line in
      line.wholeMatch(of: /gatehouse_past_the_gate_total\{kind="(\w+)"\} ([1-9]\d*)/).map { "\($0.output.1) \($0.output.2)" }
    }
  }
}

import GitLabSimulator
import JSON
import Testing

/// People and machines act in GitLab while the gate looks on: what GitLab says is taken in, and never overwritten.
@Suite struct OutOfBandTests {
  /// Everything is noticed within a second, with a webhook or without.
  private static let settings = World.Release.allCases.map { HouseSettings(release: $0, reconcileEvery: "1s") }

  @Test("a canceled pipeline closes its change as prevented", arguments: settings)
  func canceled(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.cancelPipeline(pipeline.pipelineID) }
      let change = try await house.change(key, reaches: "Canceled")
      #expect(change["gate"]?.string == "prevented")
      let late = try await house.decide(key, "approved", as: "alice")
      #expect(late.status == 409)
      #expect(house.deeds(on: pipeline) == [])
    }
  }

  @Test("a skipped job, of which GitLab sends no hook, closes its change as prevented", arguments: settings)
  func skipped(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.skipJob(pipeline.jobID) }
      let change = try await house.change(key, reaches: "Canceled")
      #expect(change["gate"]?.string == "prevented")
      #expect(house.deeds(on: pipeline) == [])
    }
  }

  @Test("a deployment that is gone from GitLab makes its change invalid", arguments: settings)
  func deleted(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.deleteDeployment(pipeline.deploymentID) }
      let change = try await house.change(key, shows: "an invalid gate") { $0["gate"]?.string == "invalid" }
      #expect(change["closed_at"]?.isNull == false)
      #expect(try await house.decide(key, "approved", as: "alice").status == 409)
    }
  }

  @Test("approved and played in GitLab by others: marked, closed, nothing added", arguments: settings)
  func allByOthers(_ settings: HouseSettings) async throws {
    try await House.with(settings.beginning(with: { $0.letMaintainersApprove() })) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .approved, by: "carol") }
      let marked = try await house.change(key, shows: "out of band") { $0["out_of_band"]?.bool == true }
      let show = try await house.command(["change", "show", key], as: "alice")
      #expect(show.output.contains("out of band") && show.output.contains("job  "), "\(show.output)")
      #expect(marked["gate"]?.string == "awaiting")
      #expect(marked["gitlab_approvals"]?.array?.count == 1)
      try house.gitlab.with { world throws in try world.play(job: pipeline.jobID, by: "carol") }
      let closed = try await house.change(key, reaches: "Deployed")
      #expect(closed["gate"]?.string == "invalid")
      #expect(closed["callbacks"]?.array == [])
      try await house.rests()
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(!house.requestsToGitLab.contains { $0.method == "POST" })
      #expect(try await house.audit(key).contains { $0["action"]?.string == "gitlab.approval" && $0["actor"]?.string == "gitlab:carol" })
    }
  }

  @Test("approved in GitLab by others, then here: the gate adds nothing and does not start the job")
  func approvedTwice() async throws {
    try await House.with(HouseSettings(world: { $0.letMaintainersApprove() }, reconcileEvery: "1s")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .approved, by: "carol") }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.callback("approve", of: key, becomes: "abandoned")
      try await house.rests()
      let change = try await house.change(key)
      #expect(change["out_of_band"]?.bool == true)
      #expect(change.callbackStates == ["approve abandoned", "play abandoned"])
      #expect(house.deeds(on: pipeline) == ["approved"])
      #expect(!house.requestsToGitLab.contains { $0.method == "POST" })
    }
  }

  @Test("rejected in GitLab by somebody else is a rejection, not a broken deployment", arguments: settings)
  func rejectedByOthers(_ settings: HouseSettings) async throws {
    try await House.with(settings.beginning(with: { $0.letMaintainersApprove() })) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .rejected, by: "carol", comment: "no")
      }
      let change = try await house.change(key, reaches: "Rejected")
      #expect(change["gate"]?.string == "prevented")
      #expect(change["out_of_band"]?.bool == true)
      try await house.rests()
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
      #expect(!house.requestsToGitLab.contains { $0.method == "POST" })
    }
  }

  @Test("somebody plays the job before the gate does: it is played once, and said so")
  func playedByOthers() async throws {
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      let (pipeline, key) = try await house.startedByOthers()
      try await house.change(key, reaches: "Deployed")
      let play = try await house.callback("play", of: key, becomes: "delivered")
      #expect(play["last_error"]?.string == "somebody else did it in GitLab")
      #expect(try await house.change(key)["out_of_band"]?.bool == true)
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("the rules in GitLab are taken away while a change waits: marked, and not played by the gate", arguments: settings)
  func relaxed(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.relaxApprovalRules(environment: "production") }
      let marked = try await house.change(key, shows: "out of band") { $0["out_of_band"]?.bool == true }
      #expect(marked["gate"]?.string == "awaiting")
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.callback("approve", of: key, becomes: "abandoned")
      try await house.rests()
      #expect(house.deeds(on: pipeline) == [])
      #expect(house.jobStatus(pipeline) == .manual)
    }
  }

  @Test("GitLab wants somebody else's approval too: the gate's is recorded, and the job is played once all are there")
  func togetherWithOthers() async throws {
    try await House.with(HouseSettings(world: { $0.addApprovalRule(.user(23), environment: "production") }, reconcileEvery: "1s")) {
      house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.callback("approve", of: key, becomes: "delivered")
      let play = try await house.callback("play", of: key, becomes: "retrying")
      #expect(play["last_error"]?.string?.contains("GitLab still waits for") == true, "\(play.text)")
      #expect(house.deeds(on: pipeline) == ["approved"])
      try house.gitlab.with { world throws in _ = try world.decide(deployment: pipeline.deploymentID, .approved, by: "carol") }
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "approved", "played"])
      #expect(try await house.change(key)["out_of_band"]?.bool == false)
    }
  }
}

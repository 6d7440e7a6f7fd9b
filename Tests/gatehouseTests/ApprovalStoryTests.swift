import GitLabSimulator
import JSON
import Testing

/// The main job, from the blocked deployment to its end, with both ways in which GitLab tells of it.
@Suite struct ApprovalStoryTests {
  @Test("approved: GitLab counts it once, the job is played once, the change closes", arguments: HouseSettings.kinds)
  func approve(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let waiting = try await house.change(key)
      #expect(waiting["gate"]?.string == "awaiting")
      #expect(waiting["status"]?.string == "Awaiting approval")
      #expect(waiting.strings("waiting_for") == ["1 more approval from group release-managers"])
      #expect(waiting["requested_by"]?["username"]?.string == "dana")
      #expect(waiting["project"]?["path"]?.string == Demo.projectPath)
      #expect(waiting["environment"]?["tier"]?.string == "production")
      #expect(waiting["deployment"]?["commit_title"]?.string == "Raise checkout timeout")
      #expect(waiting["deployment"]?["job_id"]?.integer == pipeline.jobID)
      #expect(waiting["deployment"]?["pipeline_id"]?.integer == pipeline.pipelineID)
      #expect(waiting["deployment"]?["sha"]?.string?.count == 40)

      let approved = try await house.decide(key, "approved", as: "alice")
      #expect(approved.status == 201, "\(approved)")
      #expect(approved.json?["gate"]?.string == "allowed")
      try await house.change(key, reaches: "Deployed")
      try await house.rests()
      let deployed = try await house.change(key)
      #expect(deployed.callbackStates == ["approve delivered", "play delivered"])
      #expect(deployed["out_of_band"]?.bool == false)
      #expect(deployed.strings("waiting_for") == [])
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(house.jobStatus(pipeline) == .success)

      let actions = try await house.audit(key).compactMap { $0["action"]?.string }
      #expect(actions.prefix(3) == ["change.opened", "approval.recorded", "gate.turned"])
      #expect(actions.count { $0 == "callback.delivered" } == 2)
      #expect(actions.contains("change.status"))
      let comment = house.effects(on: pipeline).compactMap { if case .approvalRecorded(_, _, _, let comment) = $0 { comment } else { nil } }
      #expect(comment.first?.hasPrefix("\(key)") == true, "\(comment)")
      #expect(comment.first?.contains("alice") == true, "\(comment)")
      #expect(comment.first?.contains("https://gatehouse.example.com") == true, "\(comment)")
    }
  }

  @Test("rejected: GitLab is told once, the job fails for good", arguments: HouseSettings.kinds)
  func reject(_ settings: HouseSettings) async throws {
    try await House.with(settings) { house in
      let pipeline = house.deploy("Drop the orders table")
      let key = try await house.opened(pipeline)
      let silent = try await house.decide(key, "rejected", as: "bob", comment: nil)
      #expect(silent.status == 422)
      #expect(silent.code == "comment_required")

      let rejected = try await house.decide(key, "rejected", as: "bob", comment: "not on a Friday")
      #expect(rejected.status == 201, "\(rejected)")
      #expect(rejected.json?["gate"]?.string == "prevented")
      try await house.callback("reject", of: key, becomes: "delivered")
      try await house.rests()
      let change = try await house.change(key)
      #expect(change["status"]?.string == "Rejected")
      #expect(change["gate"]?.string == "prevented")
      #expect(change.callbackStates == ["reject delivered"])
      #expect(change["out_of_band"]?.bool == false)
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
      #expect(house.jobStatus(pipeline) == .failed)
    }
  }

  @Test("after_approval: leave: GitLab counts it, a person starts the job")
  func leave() async throws {
    try await House.with(HouseSettings(afterApproval: "leave")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.callback("approve", of: key, becomes: "delivered")
      try await house.rests()
      let approved = try await house.change(key)
      #expect(approved["status"]?.string == "Approved")
      #expect(approved.callbackStates == ["approve delivered"])
      #expect(house.jobStatus(pipeline) == .manual)
      #expect(
        approved.strings("waiting_for").first?.hasPrefix("somebody allowed to deploy to production to start the job in GitLab") == true,
        "\(approved.text)")

      try house.gitlab.with { world throws in try world.play(job: pipeline.jobID, by: "alice") }
      try await house.change(key, reaches: "Deployed")
      try await house.rests()
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try await house.change(key)["out_of_band"]?.bool == false)
      #expect(try await house.change(key).strings("waiting_for") == [])
    }
  }

  @Test("a job that fails after the approval fails its change, and the gate stays allowed")
  func failing() async throws {
    try await House.with { house in
      let pipeline = house.gitlab.with {
        $0.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "Break it", deploy: .init(ending: .failure))
      }
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let failed = try await house.change(key, reaches: "Failed")
      #expect(failed["gate"]?.string == "allowed")
    }
  }

  @Test("what no service gates, and a manual job that nobody protects, opens nothing")
  func ungated() async throws {
    try await House.with(HouseSettings(world: { $0.unprotect(environment: "production") }, reconcileEvery: "1s")) { house in
      let manual = house.gitlab.with {
        $0.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "By hand", deploy: .init(isManual: true))
      }
      let staging = house.deploy(to: "staging")
      let deployments = {
        Set(try house.read { try $0.connection.query("SELECT deployment_id FROM deployment") { $0.requiredInteger(0) } })
      }
      try await eventually("the gate to have looked at the manual job") { try deployments().contains(manual.deploymentID) }
      try await house.rests()
      #expect(try await house.changes() == [])
      #expect(house.deeds(on: manual) + house.deeds(on: staging) == [])
    }
  }
}

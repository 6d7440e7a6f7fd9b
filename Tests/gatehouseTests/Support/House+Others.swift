import GitLabSimulator
import JSON
import Testing

/// What others do in GitLab itself, past the gate.
extension World {
  /// One approval by any maintainer, the gate's account being one of them.
  mutating func letMaintainersApprove() {
    relaxApprovalRules(environment: "production")
    addApprovalRule(.level(.maintainer), environment: "production")
    memberships.append(Membership(.project(Demo.projectID), userID: Demo.accountID, level: .maintainer))
  }
}

extension World {
  /// The project, and all that is in it.
  mutating func delete(project id: Int64) {
    projects.remove(id)
    for row in protections.all where row.source == .project(id) { protections.remove(row.id) }
    for hook in hooks.all where hook.owner == .project(id) { hooks.remove(hook.id) }
    memberships.removeAll { $0.source == .project(id) }
  }
}

extension House {
  /// alice has let a deployment go, the gate comes to nothing with its start, and carol starts the job.
  func startedByOthers() async throws -> (pipeline: StartedPipeline, key: String) {
    let pipeline = deploy()
    let key = try await opened(pipeline)
    gitlab.with { $0.faults.append(Fault(.badGateway, on: "POST", "projects/*/jobs/*/play", times: 1_000)) }
    #expect(try await decide(key, "approved", as: "alice").status == 201)
    try await callback("play", of: key, becomes: "retrying")
    try gitlab.with { world throws in try world.play(job: pipeline.jobID, by: "carol") }
    return (pipeline, key)
  }
}

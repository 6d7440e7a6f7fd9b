import GitLabSimulator
import JSON
import Testing

/// Approvals that stand on GitLab's own groups, levels and commits.
@Suite struct PeopleStoryTests {
  /// alice is a member of acme/qa-group, directly; olu is too.
  private static let qa = HouseSettings(reconcileEvery: "1s", approvalRules: ["{gitlab_group: acme/qa-group}"]).beginning { world in
    world.add("alice", to: .group(134))
    world.add(Demo.accountName, to: .group(134), level: .guest)
  }

  @Test("a member of a GitLab group approves, and it goes through; a stranger is refused")
  func member() async throws {
    try await House.with(Self.qa) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      let refused = try await house.decide(key, "approved", as: "bob")
      #expect(refused.status == 403)
      #expect(refused.code == "not_eligible")
      #expect(refused.message?.contains("GitLab was asked for its members at ") == true, "\(refused)")
      #expect(try await house.decide(key, "approved", as: "alice", representedAs: "acme/qa-group").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("a person who has left the group before GitLab was asked again does not count")
  func left() async throws {
    try await House.with(Self.qa) { house in
      house.gitlab.with { $0.faults = [Fault(.answer(status: 502), on: "GET", "groups/*/members", times: .max)] }
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").json?["gate"]?.string == "awaiting")
      house.gitlab.with { world in
        world.remove("alice", from: .group(134))
        world.faults = []
      }
      try await house.change(key, shows: "alice left out") {
        $0.strings("waiting_for") == ["1 more approval from GitLab group acme/qa-group"]
      }
      #expect(house.deeds(on: pipeline) == [])
      house.gitlab.with { $0.add("alice", to: .group(134)) }
      #expect(try await house.decide(key, "approved", as: "olu").status == 201)
      try await house.change(key, reaches: "Deployed")
    }
  }

  @Test("GitLab does not tell its members: the approval waits, says why, and goes on by itself")
  func down() async throws {
    try await House.with(Self.qa) { house in
      house.gitlab.with { $0.faults = [Fault(.answer(status: 403), on: "GET", "groups/*/members", times: .max)] }
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, shows: "why it waits") { change in
        change.strings("waiting_for").contains {
          $0.hasPrefix("GitLab to tell the members of acme/qa-group: GitLab main forbids reading the members of acme/qa-group")
        }
      }
      #expect(house.deeds(on: pipeline) == [])
      house.gitlab.with { $0.faults = [] }
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("who wrote a commit since the last deployment, or opened its merge request, may not approve it")
  func authors() async throws {
    let settings = HouseSettings(policy: ["prevent_author_approval: true"]).beginning { world in
      world.recordDeployment(environment: "production", status: .success, sha: world.commit("Before", by: "olu"))
      let commit = world.commit("Raise the limit", by: "dana") { $0.trailer = "Co-authored-by: Bob Baker <b@home.example>" }
      world.mergeRequest(by: "alice", commits: [commit])
    }
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      let opener = try await house.decide(key, "approved", as: "alice")
      #expect(opener.status == 403)
      #expect(opener.code == "author_of_change", "\(opener)")
      // That bob is Bob Baker, GitLab has to be asked: what he said is recorded, and does not count.
      #expect(try await house.decide(key, "approved", as: "bob").status == 201)
      try await house.change(key, shows: "bob left out") { $0.strings("waiting_for") == ["1 more approval from group release-managers"] }
      #expect(try await house.decide(key, "approved", as: "bob").code == "author_of_change")
      #expect(house.deeds(on: pipeline) == [])
      #expect(try await house.decide(key, "approved", as: "carol").status == 201)
      try await house.change(key, reaches: "Deployed")
    }
  }

  @Test("stages: the second is open once the first is met, and takes other people")
  func stages() async throws {
    let settings = HouseSettings(
      approvalRules: ["{group: release-managers}", "{access_level: 40, stage: 2}"])
    try await House.with(settings) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      let early = try await house.decide(key, "approved", as: "olu")
      #expect(early.status == 409)
      #expect(early.code == "stage_not_open", "\(early)")
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      #expect(try await house.decide(key, "approved", as: "olu").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }
}

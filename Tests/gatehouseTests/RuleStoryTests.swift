import GitLabSimulator
import JSON
import Testing

/// Who may decide, how many it takes, and what a decision is good for.
@Suite struct RuleStoryTests {
  @Test("two of three: the gate turns with the second person, not with the same one twice")
  func several() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let first = try await house.decide(key, "approved", as: "alice")
      #expect(first.status == 201)
      #expect(first.json?["gate"]?.string == "awaiting")
      #expect(first.json?.strings("waiting_for") == ["1 more approval from group release-managers"])
      let again = try await house.decide(key, "approved", as: "alice")
      #expect(again.status == 201)
      #expect(again.json?["gate"]?.string == "awaiting")
      #expect(house.deeds(on: pipeline) == [])

      #expect(try await house.decide(key, "approved", as: "bob").json?["gate"]?.string == "allowed")
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      let late = try await house.decide(key, "rejected", as: "carol")
      #expect(late.status == 409)
      #expect(late.code == "not_waiting")
    }
  }

  @Test("a yes that is withdrawn in time does not count")
  func withdrawal() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      let nothing = try await house.send(.delete, "/api/v1/changes/\(key)/approval", as: "alice")
      #expect(nothing.status == 404)
      #expect(nothing.code == "nothing_to_withdraw")
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let withdrawn = try await house.send(.delete, "/api/v1/changes/\(key)/approval", as: "alice")
      #expect(withdrawn.status == 200)
      #expect(withdrawn.json?["approvals"]?.array == [])
      let second = try await house.decide(key, "approved", as: "bob")
      #expect(second.json?["gate"]?.string == "awaiting")
      #expect(house.deeds(on: pipeline) == [])

      #expect(try await house.decide(key, "approved", as: "alice").json?["gate"]?.string == "allowed")
      try await house.change(key, reaches: "Deployed")
      let late = try await house.send(.delete, "/api/v1/changes/\(key)/approval", as: "alice")
      #expect(late.status == 409)
    }
  }

  @Test("one no is enough, whoever has said yes before")
  func rejectionWins() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      #expect(try await house.decide(key, "rejected", as: "bob").json?["gate"]?.string == "prevented")
      try await house.callback("reject", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
    }
  }

  @Test("nobody approves their own deployment, and everybody may reject it")
  func ownDeployment() async throws {
    try await House.with { house in
      let pipeline = house.deploy(by: "alice")
      let key = try await house.opened(pipeline)
      let refused = try await house.decide(key, "approved", as: "alice")
      #expect(refused.status == 403)
      #expect(refused.code == "own_deployment")
      #expect(refused.message?.contains("managers-agree") == true)
      #expect(try await house.change(key)["gate"]?.string == "awaiting")
      #expect(house.deeds(on: pipeline) == [])
      #expect(try await house.decide(key, "rejected", as: "alice", comment: "found a mistake").status == 201)
      try await house.callback("reject", of: key, becomes: "delivered")
      #expect(house.deeds(on: pipeline) == ["rejected", "job rejected"])
    }
  }

  @Test("roles and strangers are refused, each with its own code, and nothing is recorded")
  func refusals() async throws {
    try await House.with { house in
      let key = try await house.opened(house.deploy())
      let tag = try await house.send(.get, "/api/v1/changes/\(key)", as: "alice").header("ETag")
      for (user, code) in [
        ("vera", "insufficient_role"), ("audrey", "insufficient_role"), ("dana", "own_deployment"), ("olga", "not_eligible"),
      ] {
        let refused = try await house.decide(key, "approved", as: user)
        #expect(refused.status == 403, "\(user): \(refused)")
        #expect(refused.code == code, "\(user): \(refused)")
      }
      let nobody = try await house.send(.get, "/api/v1/changes")
      #expect(nobody.status == 401)
      let wrong = try await house.send(.get, "/api/v1/changes", headers: ["Authorization": "Bearer ght_0000"])
      #expect(wrong.status == 401)
      let unknown = try await house.decide("CHG-999", "approved", as: "alice")
      #expect(unknown.status == 404)
      let maybe = try await house.decide(key, "perhaps", as: "alice")
      #expect(maybe.status == 422)
      let after = try await house.send(.get, "/api/v1/changes/\(key)", as: "alice")
      #expect(after.header("ETag") == tag)
      #expect(after.json?["approvals"]?.array == [])
    }
  }

  @Test("a decision on what has changed since it was read is refused")
  func staleDecision() async throws {
    try await House.with(HouseSettings(requiredApprovals: 2)) { house in
      let key = try await house.opened(house.deploy())
      try await house.rests()
      let seen = try await house.send(.get, "/api/v1/changes/\(key)", as: "bob").header("ETag")
      #expect(try await house.decide(key, "approved", as: "alice", ifMatch: seen).status == 201)
      let stale = try await house.decide(key, "approved", as: "bob", ifMatch: seen)
      #expect(stale.status == 409)
      #expect(stale.code == "stale_revision")
      let fresh = try await house.send(.get, "/api/v1/changes/\(key)", as: "bob").header("ETag")
      #expect(try await house.decide(key, "approved", as: "bob", ifMatch: fresh).status == 201)
    }
  }

  @Test("a deployment that is run again needs a decision of its own", arguments: World.Release.allCases)
  func rerun(_ release: World.Release) async throws {
    try await House.with(HouseSettings(release: release, reconcileEvery: "1s")) { house in
      let first = house.deploy()
      let key = try await house.opened(first)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")

      let second = house.gitlab.with { $0.retry(job: first.jobID, by: "dana") }
      let anew = try await house.opened(second)
      #expect(anew != key)
      let change = try await house.change(anew)
      #expect(change["gate"]?.string == "awaiting")
      #expect(change["approvals"]?.array == [])
      #expect(house.deeds(on: second) == [])
      #expect(try await house.decide(anew, "approved", as: "bob").status == 201)
      try await house.change(anew, reaches: "Deployed")
      #expect(house.deeds(on: second) == ["approved", "played"])
      #expect(house.deeds(on: first) == ["approved", "played"])
    }
  }
}

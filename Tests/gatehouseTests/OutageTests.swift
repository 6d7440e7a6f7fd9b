import GitLabSimulator
import JSON
import Testing

/// GitLab is away, or wants no more of us: nothing is lost, and what cannot be delivered says why.
@Suite struct OutageTests {
  @Test("GitLab is down when the decision falls, and comes back: delivered once")
  func down() async throws {
    try await House.with(HouseSettings(reconcileEvery: "1s")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [Fault(.resetBeforeEffect, times: .max)] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let approve = try await house.callback("approve", of: key, becomes: "retrying")
      #expect(approve["last_error"]?.string?.isEmpty == false)
      try await house.change(key, shows: "a second attempt") { ($0.callback("approve")?["attempts"]?.integer ?? 0) >= 2 }
      #expect(house.deeds(on: pipeline) == [])
      #expect(try await house.send(.get, "/readyz").status == 200)

      house.gitlab.with { $0.faults = [] }
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("nothing listens where GitLab should be: the server serves, and what waits there is found once something does")
  func unreachable() async throws {
    try await House.with(HouseSettings(hookEvents: [], reconcileEvery: "1s")) { house in
      await house.gitLabStops()
      #expect(try await house.send(.get, "/healthz").status == 200)
      try await eventually("the gate to notice") { () -> Sighting<Void> in
        let ready = try await house.send(.get, "/readyz")
        #expect(ready.status == 200)
        return ready.json?["gitlab"]?.array?.first?["failing"]?.bool == true ? .found(()) : .notYet("\(ready)")
      }
      try house.gitLabStartsAgain()
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("the token is revoked in GitLab: retrying with the reason, seen in the change and by check, delivered once it is mended")
  func revoked() async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.revokeTokens(of: Demo.accountName) }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let approve = try await house.callback("approve", of: key, becomes: "retrying")
      #expect(approve["last_error"]?.string?.contains("does not know our token") == true, "\(approve.text)")
      let waiting = try await house.change(key).strings("waiting_for")
      #expect(waiting.contains { $0.contains("does not know our token") }, "\(waiting)")

      let check = try await house.command(["check", "--json"])
      #expect(check.ending == .exit(1))
      #expect(check.json?["status"]?.string == "fail")
      #expect(check.finding("gitlab main account")?["status"]?.string == "fail", "\(check.output)")
      #expect(check.finding("callback \(key)")?["status"]?.string == "warn", "\(check.output)")
      #expect(check.finding("callback \(key)")?["seen"]?.string?.contains("does not know our token") == true, "\(check.output)")

      house.gitlab.with { world in for token in world.tokens.all { world.tokens[token.id].isRevoked = false } }
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
    }
  }

  @Test("what GitLab refuses for longer than give_up_after is abandoned; an operator has it tried again")
  func abandoned() async throws {
    try await House.with(HouseSettings(giveUpAfter: "1s")) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.revokeTokens(of: Demo.accountName) }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      let approve = try await house.callback("approve", of: key, becomes: "abandoned")
      #expect(approve["last_error"]?.string?.contains("does not know our token") == true, "\(approve.text)")
      let change = try await house.change(key)
      #expect(change.callbackStates == ["approve abandoned", "play abandoned"])
      #expect(change["gate"]?.string == "allowed")
      #expect(house.log.contains(#""message":"abandoned""#))
      let check = try await house.command(["check", "--json"])
      #expect(check.finding("callback \(key)")?["seen"]?.string?.contains("abandoned") == true, "\(check.output)")
      #expect(check.finding("callback \(key)")?["remedy"]?.string?.contains("gatehouse change retry \(key)") == true, "\(check.output)")

      let path = "/api/v1/changes/\(key)/callbacks/retry"
      #expect(try await house.send(.post, path, as: "alice").status == 403)
      house.gitlab.with { world in for token in world.tokens.all { world.tokens[token.id].isRevoked = false } }
      let retried = try await house.command(["change", "retry", key], as: "olga")
      #expect(retried.ending == .exit(0), "\(retried)")
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try await house.send(.post, path, as: "olga").status == 409)
    }
  }

  @Test("an account that may no longer approve, or no longer deploy, is told what to mend, and nothing is done in its place")
  func noLongerAllowed() async throws {
    try await House.with { house in
      let first = house.deploy("One")
      let second = house.deploy("Two")
      let keys = [try await house.opened(first), try await house.opened(second)]
      house.gitlab.with { $0.removeFromAllowedToDeploy(Demo.accountName, environment: "production") }
      #expect(try await house.decide(keys[0], "approved", as: "alice").status == 201)
      let play = try await house.callback("play", of: keys[0], becomes: "retrying")
      #expect(play["last_error"]?.string?.contains("allowed to deploy") == true, "\(play.text)")
      #expect(house.deeds(on: first) == ["approved"])

      house.gitlab.with { world in
        world.addApprovalRule(.user(23), environment: "production")
        world.removeApprover(Demo.accountName, environment: "production")
      }
      #expect(try await house.decide(keys[1], "approved", as: "alice").status == 201)
      let approve = try await house.callback("approve", of: keys[1], becomes: "retrying")
      #expect(approve["last_error"]?.string?.isEmpty == false)
      #expect(house.deeds(on: second) == [])
    }
  }
}

extension Program.Run {
  /// One check of `check --json`.
  func finding(_ name: String) -> JSONValue? { json?["checks"]?.array?.first { $0["name"]?.string == name } }
}

import GitLabSimulator
import JSON
import Testing

/// Several deployments at the same time, people who decide on them as they appear, and a server that is killed at moments nobody chose.
///
/// The moments come from a seed. A run is not repeated to the microsecond by it, but each is another one, and all must end the same.
@Suite struct BurstCrashTests {
  static let lives = 10

  /// One deployment of the burst.
  struct Case: Sendable {
    var title: String
    var decision: String
    var person: String
  }

  static let cases = (1...8).map { number in
    Case(title: "Change \(number)", decision: number % 3 == 0 ? "rejected" : "approved", person: number % 2 == 0 ? "alice" : "bob")
  }

  @Test("killed at any moment of a burst, again and again", arguments: [1, 2, 3, 4] as [UInt64])
  func anyMoment(seed: UInt64) async throws {
    try await House.with(HouseSettings(proof: seed % 2 == 0 ? .signature : .token, reconcileEvery: "1s")) { house in
      for person in ["alice", "bob"] { _ = try await house.token(of: person) }
      try await withThrowingTaskGroup { group in
        group.addTask { try await house.diesAndStarts(times: BurstCrashTests.lives, seed: seed) }
        for element in BurstCrashTests.cases { group.addTask { try await house.live(element) } }
        try await group.waitForAll()
      }
      try await house.rests()
      #expect(try await house.changes().count == BurstCrashTests.cases.count)
      #expect(try house.deliveriesLost() == [])
      try await house.isSound()
      #expect(house.log.contains("are taken up again"), "no life ended in the middle of anything")
    }
  }
}

extension House {
  fileprivate func diesAndStarts(times: Int, seed: UInt64) async throws {
    var chance = SeededGenerator(seed: seed)
    try await diesWhileGitLabIsAsked()
    for _ in 0..<times {
      // Nothing is waited for: the time is the chance.
      try await Task.sleep(for: .microseconds(Int.random(in: 0...120_000, using: &chance)))
      crash()
      try await start()
    }
  }

  /// One moment that is not left to chance: a conversation with GitLab is under way, and no answer comes.
  private func diesWhileGitLabIsAsked() async throws {
    gitlab.with { $0.faults = [Fault(.delay(.seconds(60)), times: .max)] }
    try await eventually("GitLab to be asked of a deployment") {
      self.requestsToGitLab.contains { $0.fault != nil && $0.path.contains("/deployments/") }
    }
    crash()
    gitlab.with { $0.faults = [] }
    try await start()
  }

  /// One deployment from its push to its end, while the server comes and goes.
  fileprivate func live(_ element: BurstCrashTests.Case) async throws {
    let pipeline = deploy(element.title)
    let key = try await insisting("\(element.title) to be known") { try await self.opened(pipeline) }
    let code = try await insisting("\(element.person) to be heard on \(element.title)") { () -> String in
      let got = try await self.decide(key, element.decision, as: element.person)
      // An answer may be lost with the server that gave it: then the second one says that it is decided.
      guard got.status == 201 || got.code == "not_waiting" else { throw NeverCame(description: "\(got)") }
      return got.code ?? "heard"
    }
    let isApproval = element.decision == "approved"
    let status = isApproval ? "Deployed" : "Rejected"
    let steps = isApproval ? ["approve delivered", "play delivered"] : ["reject delivered"]
    let change = try await insisting("\(element.title) to end") {
      try await self.change(key, shows: "'\(status)', \(steps)") { $0["status"]?.string == status && $0.callbackStates == steps }
    }
    #expect(deeds(on: pipeline) == (isApproval ? ["approved", "played"] : ["rejected", "job rejected"]), "\(element.title), \(code)")
    #expect(change["out_of_band"]?.bool == false, "\(element.title)")
    #expect(try decisions(on: key) == ["\(element.person) \(element.decision)"], "\(element.title), \(code)")
    #expect(try await insisting("the audit entries of \(key)") { try await self.turns(of: key) } == 1, "\(element.title)")
  }

  /// How often the gate of a change has turned.
  private func turns(of key: String) async throws -> Int { try await audit(key).count { $0["action"]?.string == "gate.turned" } }

  /// Asks until there is an answer: the server may be dead, or not up yet.
  private func insisting<Value>(_ what: String, _ ask: () async throws -> Value) async throws -> Value {
    try await eventually(what) { () -> Sighting<Value> in
      do { return .found(try await ask()) } catch { return .notYet("\(error)") }
    }
  }
}

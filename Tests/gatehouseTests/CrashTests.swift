import GitLabSimulator
import JSON
import Storage
import Testing

/// `kill -9`, at every point that can be named and at many that cannot; then a start on the same database, and the same end.
@Suite struct CrashTests {
  /// Where the server stands when it is killed: it has sent a request, and GitLab has not answered it.
  struct Moment: Sendable, CustomTestStringConvertible {
    var exchange: FaultTests.Exchange
    var action: Fault.Action

    var isDone: Bool { action == .hangAfterEffect }
    var testDescription: String {
      exchange.hasEffect ? "\(exchange.testDescription), \(isDone ? "done" : "not done") by GitLab" : exchange.testDescription
    }
  }

  static let moments = FaultTests.exchanges.flatMap { exchange in
    (exchange.hasEffect ? [Fault.Action.hangBeforeEffect, .hangAfterEffect] : [.hangBeforeEffect]).map {
      Moment(exchange: exchange, action: $0)
    }
  }

  @Test("killed while GitLab owes the answer to a request of a callback", arguments: moments)
  func duringCallback(_ moment: Moment) async throws {
    // Jobs start only when the test says so: no webhook and no question but the callback's own comes in between.
    try await House.with(HouseSettings(runner: World.Runner(picksUpAfter: .seconds(86_400), runsFor: nil))) { house in
      try await house.hasReconciled()
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.rests()
      house.gitlab.with { $0.faults = [moment.exchange.strike(moment.action, pipeline)] }
      #expect(try await house.decide(key, moment.exchange.decision, as: "alice").status == 201)
      try await house.gitLabIsAsked()
      house.crash()
      #expect(try house.claimedCallbacks() == 1)
      try await house.start()

      let isApproval = moment.exchange.decision == "approved"
      let steps = isApproval ? ["approve delivered", "play delivered"] : ["reject delivered"]
      // Well within the lease that the dead process has left behind.
      try await house.change(key, shows: "\(steps)") { $0.callbackStates == steps }
      if isApproval { house.gitlab.with { $0.finishJob(pipeline.jobID) } }
      let change = try await house.change(key, reaches: isApproval ? "Deployed" : "Rejected")
      #expect(house.deeds(on: pipeline) == (isApproval ? ["approved", "played"] : ["rejected", "job rejected"]))
      #expect(change["out_of_band"]?.bool == false)
      try await house.isSound()
    }
  }

  @Test("killed while the play is under way, and the job runs to its end before anybody starts the server again", arguments: [false, true])
  func jobEndsMeanwhile(fails: Bool) async throws {
    try await House.with(HouseSettings(runner: World.Runner(picksUpAfter: .seconds(86_400), runsFor: nil))) { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      house.gitlab.with { $0.faults = [Fault(.hangAfterEffect, on: "POST", "projects/*/jobs/\(pipeline.jobID)/play")] }
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.gitLabIsAsked()
      house.crash()
      house.gitlab.with { $0.finishJob(pipeline.jobID, as: fails ? .failure : .success) }
      try await house.start()
      let change = try await house.change(key, reaches: fails ? "Failed" : "Deployed")
      #expect(change["gate"]?.string == "allowed")
      #expect(change["out_of_band"]?.bool == false)
      try await house.rests()
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      try await house.isSound()
    }
  }

  @Test("killed right after a webhook was answered: it was on disk", arguments: World.Release.allCases)
  func afterWebhook(_ release: World.Release) async throws {
    try await House.with(HouseSettings(release: release)) { house in
      try await house.hasReconciled()
      // So that nothing which follows from the webhook can have happened yet.
      house.gitlab.with { $0.faults = [Fault(.hangBeforeEffect, times: .max)] }
      let pipeline = house.deploy()
      try await eventually("a webhook to be recorded") { house.hooksAnswered("recorded") > 0 }
      house.crash()
      let questions = try house.read { reading in
        try reading.connection.query("SELECT step FROM outbox WHERE state = 'pending'") { $0.requiredText(0) }
      }
      #expect(questions == [release == .v19 ? "inspect" : "locate"])
      #expect(try house.deliveriesLost() == [])
      house.gitlab.with { $0.faults = [] }
      try await house.start()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      #expect(house.deeds(on: pipeline) == ["approved", "played"])
      #expect(try await house.changes().count == 1)
      try await house.isSound()
    }
  }

  @Test("killed right after a decision was answered 201: it was on disk, and is carried out", arguments: ["approved", "rejected"])
  func afterDecision(_ decision: String) async throws {
    try await House.with { house in
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      try await house.hasReconciled()
      house.gitlab.with { $0.faults = [Fault(.hangBeforeEffect, times: .max)] }
      #expect(try await house.decide(key, decision, as: "alice").status == 201)
      house.crash()
      #expect(try house.decisions(on: key) == ["alice \(decision)"])
      #expect(house.deeds(on: pipeline) == [])
      house.gitlab.with { $0.faults = [] }
      try await house.start()
      try await house.change(key, reaches: decision == "approved" ? "Deployed" : "Rejected")
      try await house.rests()
      #expect(house.deeds(on: pipeline) == (decision == "approved" ? ["approved", "played"] : ["rejected", "job rejected"]))
      #expect(try house.decisions(on: key) == ["alice \(decision)"])
      try await house.isSound()
    }
  }

  @Test("killed while it starts, and makes its database: the next start goes on")
  func whileStarting() async throws {
    try await House.with(serving: false) { house in
      for delay in 0..<12 {
        let child = try Program.start(
          ["serve", "--config", house.configurationFile], environment: HouseSettings.environment, in: house.folder, named: "early-\(delay)")
        // Nothing is waited for: the time is the point at which it dies, from before its first line to after its last migration.
        try await Task.sleep(for: .milliseconds(delay * 6))
        child.end()
      }
      try await house.start()
      let pipeline = house.deploy()
      let key = try await house.opened(pipeline)
      #expect(try await house.decide(key, "approved", as: "alice").status == 201)
      try await house.change(key, reaches: "Deployed")
      try await house.isSound()
    }
  }
}

extension FaultTests.Exchange {
  /// A reading does nothing, so it is all one whether GitLab has done it.
  fileprivate var hasEffect: Bool { !testDescription.hasPrefix("reading") }
}

extension House {
  /// Waits until GitLab has received a request that it leaves without an answer.
  fileprivate func gitLabIsAsked() async throws {
    try await eventually("a request that GitLab leaves without an answer") { self.requestsToGitLab.contains { $0.fault != nil } }
  }

  /// How many steps of decisions somebody has claimed. Questions are not counted: GitLab's own webhook of what was done may have made one.
  fileprivate func claimedCallbacks() throws -> Int64 {
    try read { reading in
      try reading.connection.query("SELECT count(*) FROM outbox WHERE leased_until IS NOT NULL AND change IS NOT NULL") {
        $0.requiredInteger(0)
      }.first ?? 0
    }
  }
}

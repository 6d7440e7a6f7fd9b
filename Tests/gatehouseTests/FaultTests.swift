import GitLabSimulator
import JSON
import Testing

/// Every fault of GitLab on every exchange of a callback: the end is right, and in effect everything is done once.
///
/// One server for each exchange; in it one deployment for each fault, all decided at the same time.
@Suite struct FaultTests {
  /// One request of a callback's conversation.
  struct Exchange: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var decision: String
    /// Which request the fault strikes; the reads are counted from the decision on.
    var strike: @Sendable (Fault.Action, StartedPipeline) -> Fault
  }

  static let exchanges = [
    Exchange(testDescription: "reading before the approval", decision: "approved") { .onReading(1, $0, $1) },
    Exchange(testDescription: "approving", decision: "approved") { .onDeciding($0, $1) },
    Exchange(testDescription: "reading the approval back", decision: "approved") { .onReading(2, $0, $1) },
    Exchange(testDescription: "reading before the play", decision: "approved") { .onReading(3, $0, $1) },
    Exchange(testDescription: "playing", decision: "approved") { .onPlaying($0, $1) },
    Exchange(testDescription: "reading the play back", decision: "approved") { .onReading(4, $0, $1) },
    Exchange(testDescription: "reading before the rejection", decision: "rejected") { .onReading(1, $0, $1) },
    Exchange(testDescription: "rejecting", decision: "rejected") { .onDeciding($0, $1) },
    Exchange(testDescription: "reading the rejection back", decision: "rejected") { .onReading(2, $0, $1) },
  ]

  /// Hangs are left out: our client gives up after fifteen seconds. Its own tests, and the crash tests, have them.
  static let actions: [(name: String, action: Fault.Action)] = [
    ("500", .internalError),
    ("502 with a page", .badGateway),
    ("503 that asks for a second", .answer(status: 503, headers: ["Retry-After": "1"])),
    ("429", .tooManyRequests(retryAfter: 1)),
    ("401", .answer(status: 401, headers: ["Content-Type": "application/json"], body: #"{"message":"401 Unauthorized"}"#)),
    ("403", .answer(status: 403, headers: ["Content-Type": "application/json"], body: #"{"message":"403 Forbidden"}"#)),
    ("404", .answer(status: 404, headers: ["Content-Type": "application/json"], body: #"{"message":"404 Not found"}"#)),
    ("404 of a proxy", .answer(status: 404, headers: ["Content-Type": "text/html"], body: "<html>nothing here</html>")),
    ("a sign-in page", .answer(status: 302, headers: ["Location": "http://127.0.0.1:1/users/sign_in"])),
    ("a reset before it was done", .resetBeforeEffect),
    ("a reset after it was done", .resetAfterEffect),
    ("a cut answer", .truncate),
    ("a garbled answer", .garble),
    ("a late answer", .delay(.milliseconds(300))),
  ]

  @Test("a fault does not change the end", arguments: exchanges)
  func strike(_ exchange: Exchange) async throws {
    // Jobs start only when the test says so: no webhook and no question but the callback's own comes in between.
    try await House.with(HouseSettings(runner: World.Runner(picksUpAfter: .seconds(86_400), runsFor: nil))) { house in
      try await house.hasReconciled()
      var cases: [(name: String, pipeline: StartedPipeline, key: String)] = []
      for (name, _) in FaultTests.actions {
        let pipeline = house.deploy("Survive \(name)")
        cases.append((name, pipeline, try await house.opened(pipeline)))
      }
      try await house.rests()
      house.gitlab.with { world in
        for (element, action) in zip(cases, FaultTests.actions) { world.faults.append(exchange.strike(action.action, element.pipeline)) }
      }
      for element in cases {
        #expect(try await house.decide(element.key, exchange.decision, as: "alice").status == 201)
      }
      let isApproval = exchange.decision == "approved"
      let steps = isApproval ? ["approve delivered", "play delivered"] : ["reject delivered"]
      for (name, pipeline, key) in cases {
        try await house.change(key, shows: "\(steps) in spite of \(name)") { $0.callbackStates == steps }
        #expect(house.deeds(on: pipeline) == (isApproval ? ["approved", "played"] : ["rejected", "job rejected"]), "\(name)")
        #expect(house.wasStruck(pipeline), "\(name) was not met")
        if isApproval { house.gitlab.with { $0.finishJob(pipeline.jobID) } }
      }
      for (name, _, key) in cases {
        let change = try await house.change(key, reaches: isApproval ? "Deployed" : "Rejected")
        #expect(change["out_of_band"]?.bool == false, "\(name)")
      }
      #expect(try await house.command(["audit", "verify"]).ending == .exit(0))
    }
  }
}

extension Fault {
  /// The n-th reading of the deployment from now on.
  fileprivate static func onReading(_ number: Int, _ action: Action, _ pipeline: StartedPipeline) -> Fault {
    Fault(action, on: "GET", "projects/*/deployments/\(pipeline.deploymentID)", skip: number - 1)
  }

  fileprivate static func onDeciding(_ action: Action, _ pipeline: StartedPipeline) -> Fault {
    Fault(action, on: "POST", "projects/*/deployments/\(pipeline.deploymentID)/approval")
  }

  fileprivate static func onPlaying(_ action: Action, _ pipeline: StartedPipeline) -> Fault {
    Fault(action, on: "POST", "projects/*/jobs/\(pipeline.jobID)/play")
  }
}

extension House {
  /// Whether a fault has met a request about this deployment or its job.
  fileprivate func wasStruck(_ pipeline: StartedPipeline) -> Bool {
    requestsToGitLab.contains { request in
      request.fault != nil && (request.path.contains("/\(pipeline.deploymentID)") || request.path.contains("/\(pipeline.jobID)"))
    }
  }
}

import Calendar
import GitLabSimulator
import JSON
import TestSupport
import Testing

/// The rim: the world behind a real socket.
@Suite(.timeLimit(.minutes(1 * slowness))) struct SimulatedGitLabTests {
  /// Runs a simulated GitLab whose clock stands still, unless one is given.
  private func withGitLab(
    hookURL: String? = nil, clock: @escaping @Sendable () -> Instant = { morning },
    _ body: (SimulatedGitLab, String, HookReceiver) async throws -> Void
  ) async throws {
    let receiver = HookReceiver()
    let gitLab = SimulatedGitLab(world: .demo(hookURL: hookURL, now: clock()), clock: clock, transport: receiver)
    let url = try gitLab.start()
    try await body(gitLab, url, receiver)
    await gitLab.shutDown()
  }

  private func deploy(_ gitLab: SimulatedGitLab) -> StartedPipeline {
    gitLab.with { $0.startPipeline(environment: "production", triggeredBy: "dana", commitTitle: "Raise checkout timeout") }
  }

  private func wait(until isSo: () -> Bool) async throws {
    while !isSo() {
      try Task.checkCancellation()
      await Task.yield()
    }
  }

  @Test func oneConnectionCarriesManyRequests() async throws {
    try await withGitLab { gitLab, url, _ in
      let client = try RawClient(url: url)
      client.get("version")
      #expect(client.read().text.hasSuffix(#"{"version":"19.3.0-ee","revision":"1a2b3c4d5e6"}"#))
      client.send("GET /api/v4/us")
      client.send("er HTTP/1.1\r\nHost: x\r\n\r\nGET /api/v4/user HTTP/1.1\r\nAuthorization: Bearer \(Demo.token)\r\n\r\n")
      let both = client.read(answers: 2).text
      #expect(both.hasPrefix("HTTP/1.1 401 Unauthorized\r\n") && both.contains("HTTP/1.1 200 OK\r\n"))
      #expect(gitLab.with { $0.requests.entries.map(\.status) } == [200, 401, 200])
    }
  }

  @Test func itTakesItsOwnAddressForItsName() async throws {
    try await withGitLab { gitLab, url, _ in
      #expect(url.hasPrefix("http://127.0.0.1:") && gitLab.with { $0.instance.baseURL } == url)
    }
  }

  @Test func aDecisionArrivesOverTheSocket() async throws {
    try await withGitLab { gitLab, url, _ in
      let id = deploy(gitLab).deploymentID
      let client = try RawClient(url: url)
      client.post("projects/30/deployments/\(id)/approval", #"{"status":"approved","comment":"CHG-1"}"#)
      #expect(client.read().text.hasPrefix("HTTP/1.1 201 Created\r\n"))
      #expect(gitLab.with { $0.approvals.all.map(\.comment) } == ["CHG-1"])
    }
  }

  @Test func aTestOfAHookIsAnsweredOnceTheHookHasAnswered() async throws {
    try await withGitLab(hookURL: "http://127.0.0.1:9/hook") { gitLab, url, receiver in
      let hook = gitLab.with { world in
        world.commit("One", by: "dana")
        world.add(Demo.accountName, to: .project(30), level: .maintainer)
        return world.hooks.all[0].id
      }
      let client = try RawClient(url: url)
      client.post("projects/30/hooks/\(hook)/test/push_events", "{}")
      // Reading blocks a thread that the delivery may need.
      try await wait { gitLab.with { !$0.deliveries.entries.isEmpty } }
      let got = client.read().text
      #expect(got.hasPrefix("HTTP/1.1 201 Created\r\n") && got.hasSuffix(#"{"message":"201 Created"}"#))
      #expect(gitLab.with { $0.deliveries.entries.map(\.event) } == [.push])
      // The connection goes on.
      client.get("version")
      #expect(client.read().text.hasPrefix("HTTP/1.1 200 OK\r\n"))
    }
  }

  @Test(arguments: [(Fault.Action.resetBeforeEffect, 0), (.resetAfterEffect, 1)])
  func resets(action: Fault.Action, effects: Int) async throws {
    try await withGitLab { gitLab, url, _ in
      let id = deploy(gitLab).deploymentID
      gitLab.with { $0.faults = [Fault(action, on: "POST")] }
      let client = try RawClient(url: url)
      client.post("projects/30/deployments/\(id)/approval", #"{"status":"approved"}"#)
      let got = client.read()
      #expect(got.ending == .reset && got.text == "")
      #expect(gitLab.with { $0.effects.entries.count } == effects)
    }
  }

  @Test(arguments: [(Fault.Action.hangBeforeEffect, 0), (.hangAfterEffect, 1)])
  func silences(action: Fault.Action, effects: Int) async throws {
    try await withGitLab { gitLab, url, _ in
      let id = deploy(gitLab).deploymentID
      gitLab.with { $0.faults = [Fault(action, on: "POST")] }
      let client = try RawClient(url: url)
      client.post("projects/30/deployments/\(id)/approval", #"{"status":"approved"}"#)
      try await wait { gitLab.with { !$0.requests.entries.isEmpty } }
      let got = client.read(patience: 30)
      #expect(got.ending == .nothingMore && got.text == "")
      #expect(gitLab.with { $0.effects.entries.count } == effects)
      let other = try RawClient(url: url)
      other.get("version")
      #expect(other.read().text.hasPrefix("HTTP/1.1 200"))
    }
  }

  @Test func truncatedAnswersEndInTheirBody() async throws {
    try await withGitLab { gitLab, url, _ in
      gitLab.with { $0.faults = [Fault(.truncate)] }
      let client = try RawClient(url: url)
      client.get("version")
      let got = client.read()
      #expect(got.ending == .closed && got.text.contains("Content-Length: 48") && got.text.hasSuffix(#"{"version":"19.3.0-ee",""#))
    }
  }

  @Test func lateAnswersArrive() async throws {
    try await withGitLab { gitLab, url, _ in
      gitLab.with { $0.faults = [Fault(.delay(.milliseconds(60)))] }
      let client = try RawClient(url: url)
      let start = ContinuousClock.now
      client.get("version")
      #expect(client.read().text.hasPrefix("HTTP/1.1 200"))
      #expect(start.duration(to: .now) >= .milliseconds(60))
    }
  }

  @Test func brokenRequestsAreRefused() async throws {
    try await withGitLab { _, url, _ in
      for (text, status) in [
        ("hello\r\n\r\n", "400"), ("GET / HTTP/2\r\n\r\n", "400"), ("GET / HTTP/1.1\r\nbad name: x\r\n\r\n", "400"),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "411"), ("POST / HTTP/1.1\r\nContent-Length: 99999999\r\n\r\n", "413"),
      ] {
        let client = try RawClient(url: url)
        client.send(text)
        let got = client.read(answers: 2)
        #expect(got.text.hasPrefix("HTTP/1.1 \(status) ") && got.ending == .closed, "\(text)")
      }
    }
  }

  @Test func aConnectionClosesWhenAsked() async throws {
    try await withGitLab { _, url, _ in
      let client = try RawClient(url: url)
      client.send("GET /api/v4/version HTTP/1.1\r\nConnection: close\r\n\r\n")
      #expect(client.read(answers: 2).ending == .closed)
    }
  }

  @Test func hooksGoOutAndAreSettled() async throws {
    try await withGitLab(hookURL: "http://gate/webhooks/gitlab") { gitLab, url, receiver in
      _ = deploy(gitLab)
      var seen: Set<String> = []
      for await hook in receiver.requests {
        #expect(hook.head.headerFields[.init("X-Gitlab-Instance") ?? .accept] == url)
        let body = try JSONValue.parse(hook.body)
        seen.insert((body["object_attributes"]?["status"] ?? body["status"])?.string ?? "")
        if seen.contains("blocked"), seen.contains("manual") { break }
      }
      try await wait { gitLab.with { $0.deliveries.entries.count == 4 } }
      #expect(gitLab.with { $0.hooks.all[0].lastAnswer } == HookReceiver.answer)
    }
  }

  @Test func jobsRunAsTimeGoesBy() async throws {
    let start = ContinuousClock.now
    let clock: @Sendable () -> Instant = { morning + start.duration(to: .now) }
    try await withGitLab(hookURL: "http://gate/webhooks/gitlab", clock: clock) { gitLab, _, receiver in
      gitLab.with { world in
        world.runner = .init(picksUpAfter: .milliseconds(5), runsFor: .milliseconds(5))
        let started = world.startPipeline(
          environment: "review/feature-x", triggeredBy: "dana", commitTitle: "x", testsTake: .milliseconds(5))
        #expect(world.deployments[started.deploymentID].status == .created)
      }
      for await hook in receiver.requests where try JSONValue.parse(hook.body)["status"] == "success" { break }
      #expect(gitLab.with { $0.latestDeployment(environment: "review/feature-x")?.status } == .success)
    }
  }

  @Test func refusalsOfScenarioActionsAreThrown() async throws {
    try await withGitLab { gitLab, _, _ in
      let id = deploy(gitLab).deploymentID
      #expect(throws: APIError.self) { try gitLab.with { try $0.decide(deployment: id, .approved, by: "dana") } }
    }
  }

  @Test func aTakenPortIsASentence() async throws {
    try await withGitLab { gitLab, url, receiver in
      let port = UInt16(url.split(separator: ":").last ?? "") ?? 0
      let second = SimulatedGitLab(world: .demo(now: morning), clock: { morning }, transport: receiver)
      #expect(throws: ListenFailure.self) { try second.start(port: port) }
      #expect(throws: ListenFailure.self) { try second.start(host: "somewhere") }
      await second.shutDown()
    }
  }

  @Test func afterShutDownNobodyIsThere() async throws {
    let gitLab = SimulatedGitLab(world: .demo(now: morning), clock: { morning }, transport: HookReceiver())
    let url = try gitLab.start()
    let client = try RawClient(url: url)
    await gitLab.shutDown()
    #expect(client.read().ending != .nothingMore)
    #expect(throws: (any Error).self) { try RawClient(url: url) }
    await gitLab.shutDown()
  }
}

import GitLabSimulator
import JSON
import Storage
import Testing

extension House {
  // MARK: What happens in GitLab

  /// dana pushes a commit whose deployment to production GitLab blocks.
  @discardableResult
  func deploy(_ title: String = "Raise checkout timeout", by user: String = "dana", to environment: String = "production")
    -> StartedPipeline
  {
    gitlab.with { $0.startPipeline(environment: environment, triggeredBy: user, commitTitle: title) }
  }

  /// A deployment is held, approved, and runs, all of it by the gate.
  func deploysWhatIsApproved() async throws {
    try await start()
    let pipeline = deploy()
    let key = try await opened(pipeline)
    #expect(try await decide(key, "approved", as: "alice").status == 201)
    try await change(key, reaches: "Deployed")
    #expect(deeds(on: pipeline) == ["approved", "played"])
  }

  /// What was done to a deployment and its job in GitLab, in order, by whomever.
  func effects(on pipeline: StartedPipeline) -> [World.Effect.Kind] {
    gitlab.with { $0.effects.entries.map(\.kind) }.filter { kind in
      switch kind {
      case .approvalRecorded(let deployment, _, _, _), .approvalRepeated(let deployment, _): deployment == pipeline.deploymentID
      case .jobPlayed(let job), .jobStartedByApproval(let job), .jobRejected(let job),
        .jobCanceled(let job):
        job == pipeline.jobID
      }
    }
  }

  /// The same, without the comments, which are long.
  func deeds(on pipeline: StartedPipeline) -> [String] {
    effects(on: pipeline).map { kind in
      switch kind {
      case .approvalRecorded(_, _, let status, _): "\(status)"
      case .approvalRepeated(_, let status): "\(status) again"
      case .jobPlayed: "played"
      case .jobStartedByApproval: "started by approval"
      case .jobRejected: "job rejected"
      case .jobCanceled: "job canceled"
      }
    }
  }

  func jobStatus(_ pipeline: StartedPipeline) -> World.Job.Status { gitlab.with { $0.jobs[pipeline.jobID].status } }

  /// Every request that GitLab has received: `POST /api/v4/…`.
  var requestsToGitLab: [World.ReceivedRequest] { gitlab.with { $0.requests.entries } }

  // MARK: What becomes of it here

  /// Waits until the change request of a deployment is there, and returns its key.
  func opened(_ pipeline: StartedPipeline) async throws -> String {
    try await eventually("a change request for deployment \(pipeline.deploymentID)") { () -> Sighting<String> in
      let changes = try await self.changes()
      let key = changes.first { $0["deployment"]?["id"]?.integer == pipeline.deploymentID }?["key"]?.string
      return key.map(Sighting.found) ?? .notYet("\(changes.map(\.text))")
    }
  }

  /// Waits until a change looks as it should, and returns it.
  @discardableResult
  func change(_ key: String, shows what: String, _ holds: (JSONValue) -> Bool) async throws -> JSONValue {
    try await eventually("\(key) to show \(what)") { () -> Sighting<JSONValue> in
      let change = try await self.change(key)
      return holds(change) ? .found(change) : .notYet(change.text)
    }
  }

  @discardableResult
  func change(_ key: String, reaches status: String) async throws -> JSONValue {
    try await change(key, shows: "'\(status)'") { $0["status"]?.string == status }
  }

  /// Waits until a callback of a change is in this state, and returns the callback.
  @discardableResult
  func callback(_ step: String, of key: String, becomes state: String) async throws -> JSONValue {
    let change = try await change(key, shows: "\(step) \(state)") { $0.callback(step)?["state"]?.string == state }
    return change.callback(step) ?? .null
  }

  /// Waits until the gate has been through GitLab once: from then on it knows its own account there, and finds nothing by itself before the next time.
  func hasReconciled() async throws {
    try await eventually("the first reconcile to end") { () -> Sighting<Void> in
      let ready = try await self.send(.get, "/readyz")
      let at = ready.json?["gitlab"]?.array?.first?["reconciled_at"]
      return at?.string == nil ? .notYet("\(ready)") : .found(())
    }
    try await rests()
  }

  /// Waits until nothing is owed to GitLab and no question to it is open.
  func rests() async throws {
    try await eventually("the outbox to be empty") { () -> Sighting<Void> in
      let waiting = try self.read { reading in
        try reading.connection.query("SELECT step || ' ' || state FROM outbox WHERE state IN ('pending', 'retrying')") {
          $0.requiredText(0)
        }
      }
      return waiting.isEmpty ? .found(()) : .notYet("\(waiting)")
    }
  }

  /// Reads the database file beside the server.
  func read<Value>(_ body: (Reading) throws -> Value) throws -> Value {
    try Connection(path: database, access: .readOnly).reading(at: systemTime(), body)
  }
}

extension JSONValue {
  func callback(_ step: String) -> JSONValue? { self["callbacks"]?.array?.first { $0["step"]?.string == step } }

  var callbackStates: [String] {
    (self["callbacks"]?.array ?? []).map { "\($0["step"]?.string ?? "?") \($0["state"]?.string ?? "?")" }
  }

  func strings(_ name: String) -> [String] { (self[name]?.array ?? []).compactMap(\.string) }
}

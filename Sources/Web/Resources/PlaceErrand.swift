internal import Calendar
internal import GitLab
internal import HTTPMessages
internal import Storage

/// The beginning that all requests of GitLab's API have here: who asks, of which GitLab, about which project or group.
struct PlaceErrand: Sendable {
  let call: Call
  let level: GovernedPlace.Level
  let admits: Route.Admits
  let instance: String
  private let reference: String

  /// Throws where the address does not tell which GitLab is meant.
  init(_ call: Call, _ level: GovernedPlace.Level, _ admits: @escaping Route.Admits) throws(RelayedRefusal) {
    self.call = call
    self.level = level
    self.admits = admits
    var parameters = call.parameters[...]
    let known = call.gate.plan.instances.map(\.name)
    if call.target.segments.first == "gitlab", let name = parameters.popFirst() {
      guard known.contains(name) else {
        throw RelayedRefusal(
          status: 404,
          message: "404 Not Found - no GitLab '\(name.prefix(Limits.name))' is configured; known are \(known.joined(separator: ", "))")
      }
      instance = name
    } else {
      guard let only = known.first, known.count == 1 else {
        let prefixes = known.map { "/gitlab/\($0)/api/v4" }.joined(separator: ", ")
        throw RelayedRefusal(
          status: 404,
          message: known.isEmpty
            ? "404 Not Found - no GitLab is configured"
            : "404 Not Found - there are several GitLabs here; name one at the beginning of the path: \(prefixes)")
      }
      instance = only
    }
    reference = parameters.first ?? ""
  }

  func errand(isExclusive: Bool = false, _ next: @escaping @Sendable (GovernedPlace) -> Errand.Step) -> Errand {
    Errand(instance: instance, isExclusive: isExclusive, first: .read { try begin($0, next) })
  }

  private func begin(_ reading: Reading, _ next: @escaping @Sendable (GovernedPlace) -> Errand.Step) throws -> Errand.Step {
    _ = try admits(reading)
    if let until = try reading.instance(named: instance)?.pausedUntil, until > reading.now {
      throw RelayedRefusal(
        status: 429, message: "429 Too Many Requests - GitLab \(instance) has asked the gate to wait; try again then",
        pause: until - reading.now)
    }
    return .ask { [self] api in
      FindPlaceConversation(api: api, plan: call.gate.plan, level: level, reference: reference).then { follow($0, next) }
    }
  }

  func reading(
    _ name: String, of place: GovernedPlace, _ next: @escaping @Sendable (ProtectedEnvironment?) -> Errand.Step
  ) -> Errand.Step {
    .ask { [self] api in
      api.readingProtectedEnvironment(name, of: place).then { follow($0, next) }
    }
  }

  /// Goes on with what GitLab told; a no is the answer. That GitLab asked for quiet is kept for everybody.
  func follow<Value: Sendable>(_ result: Result<Value, RelayedRefusal>, _ next: @Sendable (Value) -> Errand.Step) -> Errand.Step {
    switch result {
    case .success(let value): return next(value)
    case .failure(let refusal):
      guard let pause = refusal.pause else { return .answer(refusal.response) }
      return .record { [self] transaction in
        try call.gate.noteTrouble(instance: instance, reason: refusal.reason, pause: pause, in: transaction)
        return .answer(refusal.response)
      }
    }
  }
}

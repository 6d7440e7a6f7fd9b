import TestSupport

/// What a look at something that is awaited has found.
enum Sighting<Value> {
  case found(Value)
  /// Not there yet, and what is there instead.
  case notYet(String)
}

/// What was awaited did not come.
struct NeverCame: Error, CustomStringConvertible {
  var description: String
}

/// Looks again and again until it is there, or throws what was seen last. Fails by its deadline, never waits longer than it has to.
/// The limit is multiplied by ``slowness``.
func eventually<Value>(
  _ what: String, within limit: Duration = .seconds(120), _ look: () async throws -> Sighting<Value>
) async throws -> Value {
  let end = ContinuousClock.now + limit * slowness
  while true {
    switch try await look() {
    case .found(let value): return value
    case .notYet(let seen):
      guard ContinuousClock.now < end else { throw NeverCame(description: "\(what): not within \(limit); last seen: \(seen)") }
    }
    try await Task.sleep(for: .milliseconds(20))
  }
}

/// Looks again and again until it holds.
func eventually(_ what: String, within limit: Duration = .seconds(120), _ holds: () async throws -> Bool) async throws {
  try await eventually(what, within: limit) { try await holds() ? Sighting.found(()) : .notYet("it does not hold") }
}

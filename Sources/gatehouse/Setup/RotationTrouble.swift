import Calendar
import GitLab
import Storage

/// Why the last try to have an access token rotate itself did not succeed.
struct RotationTrouble: Sendable, Equatable {
  var at: Instant
  var reason: String
  /// The answer did not come: the old token may be dead, and what was made nobody has.
  var isLost = false
}

extension RotationTrouble {
  /// Nil where the newest record of a token is none of a rotation that failed.
  init?(instance: String, in reading: Reading) throws {
    let newest = try [SetupRecord.State.made, .abandoned, .intended].flatMap { try reading.setupRecords(instance: instance, state: $0) }
      .filter { SetupTrace($0.trace)?.change.kind == .token }.max { $0.id < $1.id }
    guard let newest, SetupTrace(newest.trace)?.isOwnRotation == true else { return nil }
    at = newest.updatedAt
    let told = newest.trace["before"]?["reason"]?.string
    isLost = told == nil
    reason = told ?? "GitLab's answer was lost, and the new token with it, if there was one"
  }
}

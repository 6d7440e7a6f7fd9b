import Calendar
import GitLab
import Storage

/// Why the last try to have an access token rotate itself did not succeed, as long as something is left to do about it.
struct RotationTrouble: Sendable, Equatable {
  var at: Instant
  var reason: String
  /// The answer did not come: the old token may be dead, and what was made nobody has.
  var isLost = false
  /// It was of an account that another has taken the place of.
  var isFormer = false
  /// The token that was asked, where that was noted.
  var old: Int64?

  /// Whether it serves still: then no new one was made.
  func isServing(_ token: ProbeReport.Token?) -> Bool { isLost && !isFormer && token?.isActive == true && old != nil && token?.id == old }
}

extension RotationTrouble {
  /// Nil where the newest record of a token is none of a rotation that failed.
  ///
  /// - Parameter account: the gate's, by GitLab's id; nil where it is not known.
  init?(instance: String, account: Int64?, in reading: Reading) throws {
    let newest = try [SetupRecord.State.made, .abandoned, .intended].flatMap { try reading.setupRecords(instance: instance, state: $0) }
      .filter { SetupTrace($0.trace)?.change.kind == .token }.max { $0.id < $1.id }
    guard let newest, let trace = SetupTrace(newest.trace), trace.isOwnRotation else { return nil }
    isFormer = !trace.isOf(account: account)
    let told = trace.before["reason"]?.string
    // A lost one that is not begun any more has come to its end: no run would do more about it. What another account was refused was nothing.
    if newest.state == .abandoned, told == nil || isFormer { return nil }
    at = newest.updatedAt
    isLost = told == nil
    old = LostRotation(trace)?.old
    reason = told ?? "GitLab's answer was lost, and the new token with it, if there was one"
  }

  /// For people.
  ///
  /// - Parameters:
  ///   - token: the one in use, where GitLab told of it.
  ///   - notice: how long before its end the server rotates it.
  func remedy(_ token: ProbeReport.Token?, rotatesBefore notice: Duration) -> String {
    guard isLost else { return "mend the reason; the server tries again by itself, `gatehouse setup rotate-token` at once" }
    if let token, isServing(token) {
      let next = max(at + TokenKeeper.pause, token.rotationDue(notice) ?? at)
      return
        "the old token still serves: the server tries again by itself from \(next.iso8601) on; `gatehouse setup rotate-token` at once, and where "
        + "the server does not"
    }
    let run = "set GATEHOUSE_SETUP_TOKEN to a token of yours and run `gatehouse setup"
    return isFormer
      ? "\(run) apply`, which ends the one that nobody has, or says who can: it is of an account that another has taken the place of"
      : "\(run) rotate-token`: it makes a new one, and revokes the one that nobody has; then SIGHUP the server"
  }
}

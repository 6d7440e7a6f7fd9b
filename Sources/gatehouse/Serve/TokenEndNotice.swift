import Calendar
import GitLab
import Logging

/// What the log says, once a day, of an access token that ends soon: whether somebody has to do something about it, and what.
struct TokenEndNotice: Sendable, Equatable {
  var level: Logger.Level
  var message: String
  var metadata: Logger.Metadata

  /// Nil where there is nothing to say.
  ///
  /// - Parameters:
  ///   - notice: how long before its end the server rotates it by itself; nil: never.
  ///   - lifetime: how long such tokens live.
  ///   - trouble: what became of the server's last try, if it failed.
  ///   - isStarting: the server has had no time to rotate anything yet.
  init?(
    _ token: ProbeReport.Token, rotatesBefore notice: Duration?, lifetime: TokenLifetime = TokenLifetime(days: 364),
    trouble: RotationTrouble?, isStarting: Bool = false, at now: Instant
  ) {
    guard let expiry = token.expiry(at: now) else { return nil }
    metadata = ["token": "\(expiry)"]
    guard let notice, let due = token.rotationDue(notice), let overdue = token.rotationOverdue(notice) else {
      guard token.expiresSoon(at: now, lifetime: lifetime) else { return nil }
      level = .warning
      message =
        "the service account's token ends soon; from then on nothing reaches GitLab. Rotate it: `gatehouse setup rotate-token`; "
        + "with `rotate_token_before` the server does it by itself"
      return
    }
    if now >= due, let trouble, trouble.isServing(token) {
      level = .warning
      message =
        "the service account's token ends soon, and it is not known what came of its rotation; it still serves, and the server tries again by itself. "
        + "Where it does not, run `gatehouse setup rotate-token`"
      metadata["reason"] = "\(trouble.reason)"
      metadata["tried_at"] = "\(trouble.at.iso8601)"
    } else if now >= due, let trouble, !trouble.isFormer {
      level = .error
      message =
        "the service account's token ends soon, and the server could not rotate it; from then on nothing reaches GitLab. Mend the reason, "
        + "or set GATEHOUSE_SETUP_TOKEN and run `gatehouse setup rotate-token`"
      metadata["reason"] = "\(trouble.reason)"
      metadata["tried_at"] = "\(trouble.at.iso8601)"
    } else if now >= overdue, !isStarting {
      level = .error
      message =
        "the service account's token ends soon, and the server should have rotated it by itself; from then on nothing reaches GitLab. "
        + "`gatehouse check` and the lines of the log before this one say why it did not; `gatehouse setup rotate-token` does it by hand"
      metadata["due"] = "\(due.iso8601)"
    } else {
      guard token.expiresSoon(at: now, lifetime: lifetime) || now >= due else { return nil }
      level = .notice
      message = "the service account's token ends soon; the server rotates it by itself, and nobody has to do anything"
      metadata["rotates_from"] = "\(due.iso8601)"
    }
  }
}

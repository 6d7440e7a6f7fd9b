import Calendar
import Configuration
import Logging

/// Somebody at a terminal, or another gate with the same token file, is at work on the token.
extension TokenKeeper {
  /// The first pause then, and the longest: each is twice the one before. Nothing was tried, and whoever it is has soon ended, perhaps with the same
  /// work done.
  static let lockPause: Duration = .seconds(60)
  static let longestLockPause: Duration = .seconds(900)

  static func lockPause(after lockouts: Int) -> Duration { min(lockPause * (1 << min(lockouts, 4)), longestLockPause) }

  func giveWay(_ known: Watch, _ instance: Configuration.GitLabInstance, _ failure: Failure) -> Watch {
    var watch = known
    watch.nextAsk = SystemClock.now() + TokenKeeper.lockPause(after: watch.lockouts)
    watch.lockouts += 1
    log.warning(
      "the access token could not be looked after while somebody else is at work on it; it is tried again soon",
      metadata: [
        "instance": "\(instance.name)", "reason": "\(terminalSafe(failure.message))", "next": "\(watch.nextAsk.iso8601)",
      ])
    return watch
  }
}

package import Calendar
import Synchronization

/// When each token was last used, until the rim writes it down: a read must not wait for the disk because of it. At most one note for each
/// token there is. What was noted since is lost with the process.
package final class TokenUses: Sendable {
  private let latest = Mutex<[String: Instant]>([:])

  package init() {}

  func note(_ id: String, at instant: Instant) {
    latest.withLock { latest in latest[id] = max(latest[id] ?? instant, instant) }
  }

  /// What was noted since it was last asked, for `Transaction.noteTokenUse`.
  package func take() -> [(id: String, instant: Instant)] {
    latest.withLock { latest in
      defer { latest = [:] }
      return latest.map { (id: $0.key, instant: $0.value) }
    }
  }
}

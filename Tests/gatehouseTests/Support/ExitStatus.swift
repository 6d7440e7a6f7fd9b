import Glibc
import Synchronization

/// Remembers how a child ended: the kernel tells it once.
final class ExitStatus: Sendable {
  private let known = Mutex<Ending?>(nil)

  var isKnown: Bool { known.withLock { $0 != nil } }

  /// Asks whether the child has ended, without waiting.
  func look(for pid: pid_t) -> Ending? { ask(pid, WNOHANG) }

  /// For a child that has been killed: it ends at once.
  func wait(for pid: pid_t) { _ = ask(pid, 0) }

  private func ask(_ pid: pid_t, _ options: Int32) -> Ending? {
    known.withLock { known in
      if let known { return known }
      var status: Int32 = 0
      guard waitpid(pid, &status, options) == pid else { return nil }
      known = Ending(waitStatus: status)
      return known
    }
  }
}

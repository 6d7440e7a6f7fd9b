import Glibc
import Synchronization

/// Signals as a stream. They are blocked for every thread and taken by the main thread, which does nothing else, so that no code of ours ever
/// runs inside a signal handler.
///
/// It has to be the main thread: where that one waits in libdispatch instead (an asynchronous `main`), libdispatch opens its signal mask, and
/// SIGTERM or SIGHUP would end the process on the spot.
enum Signals {
  enum Wish: Sendable {
    /// SIGTERM, SIGINT.
    case stop
    /// SIGHUP.
    case reload
  }

  private static let listener = Mutex<AsyncStream<Wish>.Continuation?>(nil)

  /// Must be called before any other thread is started: threads inherit the mask.
  static func block() {
    var set = watched
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
    // A limit on the size of files is a full disk, which is answered and got over, and no reason to die.
    signal(SIGXFSZ, SIG_IGN)
  }

  /// From now on signals come as wishes. Until then, and from the second wish to stop on, they end the process as they do by default: verbs
  /// that listen to nobody can be interrupted, and so can a drain.
  static func stream() -> AsyncStream<Wish> {
    AsyncStream { continuation in listener.withLock { $0 = continuation } }
  }

  /// Takes signals for as long as the process lives. For the main thread.
  static func takeForEver() -> Never {
    while true {
      var set = watched
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      let continuation = listener.withLock { listener in
        defer { if number != SIGHUP { listener = nil } }
        return listener
      }
      guard let continuation else { end(by: number) }
      continuation.yield(number == SIGHUP ? .reload : .stop)
    }
  }

  private static func end(by number: Int32) -> Never {
    signal(number, SIG_DFL)
    var set = watched
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
    // The signal's default is to end the process.
    exit(128 + number)
  }

  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    return set
  }
}

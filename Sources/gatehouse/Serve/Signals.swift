import Glibc
import Synchronization

/// Signals as a stream. They are blocked for every thread and taken by one thread that does nothing else, the main one, so that no code of
/// ours ever runs inside a signal handler.
///
/// The main thread it must be, and no `async` main may have it: libdispatch, on which Swift's runs, lets its main thread sleep in
/// `sigsuspend` with nothing blocked, and the kernel would give every SIGTERM to that one: death without a farewell.
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

  /// The signals from now on, after `block()`. Until somebody asks for them they do what they do to any program.
  static func stream() -> AsyncStream<Wish> {
    let (stream, continuation) = AsyncStream<Wish>.makeStream()
    listener.withLock { $0 = continuation }
    return stream
  }

  /// The main thread's work, for as long as the process lives.
  static func watch() -> Never {
    while true {
      var set = watched
      var number: Int32 = 0
      guard sigwait(&set, &number) == 0 else { continue }
      let isHeard = listener.withLock { listener in
        listener?.yield(number == SIGHUP ? .reload : .stop)
        return listener != nil
      }
      if !isHeard { end(by: number) }
    }
  }

  /// Lets a signal do what it does to a program that does not watch for it.
  private static func end(by number: Int32) {
    signal(number, SIG_DFL)
    var set = watched
    pthread_sigmask(SIG_UNBLOCK, &set, nil)
    raise(number)
  }

  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    return set
  }
}

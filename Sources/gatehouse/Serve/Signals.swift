import Glibc

/// Signals as a stream. They are blocked for every thread and taken by one thread that does nothing else, so that no code of ours ever runs
/// inside a signal handler.
enum Signals {
  enum Wish: Sendable {
    /// SIGTERM, SIGINT.
    case stop
    /// SIGHUP.
    case reload
  }

  /// Must be called before any other thread is started: threads inherit the mask.
  static func block() {
    var set = watched
    pthread_sigmask(SIG_BLOCK, &set, nil)
    signal(SIGPIPE, SIG_IGN)
  }

  /// The signals as they come, after `block()`.
  static func stream() -> AsyncStream<Wish> {
    AsyncStream { continuation in
      let thread = DetachedThread {
        while true {
          var set = watched
          var number: Int32 = 0
          guard sigwait(&set, &number) == 0 else { continue }
          continuation.yield(number == SIGHUP ? .reload : .stop)
        }
      }
      thread.start()
    }
  }

  private static var watched: sigset_t {
    var set = sigset_t()
    sigemptyset(&set)
    for number in [SIGTERM, SIGINT, SIGHUP] { sigaddset(&set, number) }
    return set
  }
}

/// A POSIX thread that runs for as long as the process.
final class DetachedThread: Sendable {
  private let body: @Sendable () -> Void

  init(_ body: @escaping @Sendable () -> Void) { self.body = body }

  func start() {
    var thread = pthread_t()
    let box = Unmanaged.passRetained(self)
    let code = pthread_create(
      &thread, nil,
      { argument in
        guard let argument else { return nil }
        Unmanaged<DetachedThread>.fromOpaque(argument).takeRetainedValue().body()
        return nil
      }, box.toOpaque())
    precondition(code == 0, "the system gives no thread: raise its limit on processes")
    pthread_detach(thread)
  }
}

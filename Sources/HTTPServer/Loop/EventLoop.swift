import CLinux
import Glibc
import Synchronization

/// What an event loop drives. Both functions are called on the loop's thread.
protocol EventLoopDriver: Sendable {
  /// Called after each wait with what became ready, first with nothing; then the jobs run.
  func turn(_ ready: EventLoop.Ready)
  /// Called after the jobs: how long the next wait may be.
  func pace() -> EventLoop.Pace
}

/// One thread that waits in epoll for sockets, deadlines and jobs, and runs all of them. As a `SerialExecutor` it is where the `Listener`
/// actor lives; as a `TaskExecutor` it is where handlers run and resume. So a request never changes threads, and nothing is locked
/// but the queue through which jobs come in.
final class EventLoop: SerialExecutor, TaskExecutor {
  typealias Ready = ArraySlice<clinux_ready>

  enum Pace {
    /// Wait until something is ready, or until the instant.
    case until(Moment.Instant?)
    /// Only look what is ready.
    case atOnce
    /// The loop's work is done.
    case end
  }

  /// No token of a connection: what wakes the thread has no other meaning.
  static let wakeToken: UInt64 = 0

  /// The epoll descriptor. Used on the loop's thread, and closed when the loop ends.
  let poll: Int32
  private let wake: Int32
  private let queue = Mutex(Queue())
  /// The thread that runs the jobs at present; 0 if there is none.
  private let thread = Atomic<UInt>(0)

  private struct Queue {
    var jobs: [UnownedJob] = []
    /// What other threads want done here.
    var posts: [@Sendable () -> Void] = []
    /// The thread is in epoll or about to be, and has to be woken.
    var isAsleep = false
    var hasThread = false

    var isEmpty: Bool { jobs.isEmpty && posts.isEmpty }
  }

  init() throws(ListenError) {
    wake = try ListenError.check(clinux_eventfd(), "eventfd")
    poll = try ListenError.check(clinux_epoll_create(), "epoll_create1")
    // Edge-triggered, so that nobody has to read the counter back.
    try ListenError.check(clinux_epoll_add_edge(poll, wake, EventLoop.wakeToken), "epoll_ctl")
  }

  /// Starts the thread. Call it once, before any job is enqueued.
  func start(_ driver: some EventLoopDriver) throws(ListenError) {
    queue.withLock { $0.hasThread = true }
    try Thread.start { self.run(driver) }
  }

  // MARK: As an executor

  /// Takes a job from any thread. After the loop has ended, a handler that was given up on may still resume: then a thread is made for
  /// what is left of it, so that no job is ever lost.
  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    enqueue { $0.jobs.append(job) }
  }

  /// Has `body` run on the loop's thread, in its turn, as a job is.
  func post(_ body: @escaping @Sendable () -> Void) { enqueue { $0.posts.append(body) } }

  private func enqueue(_ add: (inout Queue) -> Void) {
    let needsThread = queue.withLock { queue in
      add(&queue)
      if queue.isAsleep {
        queue.isAsleep = false
        // Under the lock: once the loop has ended, the descriptor may be somebody else's.
        clinux_eventfd_signal(wake)
      }
      defer { queue.hasThread = true }
      return !queue.hasThread
    }
    guard needsThread else { return }
    do {
      try Thread.start { self.runRemainingJobs() }
    } catch {
      preconditionFailure("a handler cannot come to its end: \(error.message)")
    }
  }

  func isIsolatingCurrentContext() -> Bool? { thread.load(ordering: .relaxed) == Thread.current }

  func checkIsolated() {
    precondition(thread.load(ordering: .relaxed) == Thread.current, "this belongs on the event loop's thread")
  }

  // MARK: On the thread

  private func run(_ driver: some EventLoopDriver) {
    thread.store(Thread.current, ordering: .relaxed)
    var ready = [clinux_ready](repeating: clinux_ready(), count: Int(CLINUX_READY_CAPACITY))
    var count = 0
    while true {
      driver.turn(ready[..<count])
      runJobs()
      switch driver.pace() {
      case .until(let instant): count = wait(instant.map(EventLoop.milliseconds) ?? -1, &ready)
      case .atOnce: count = wait(0, &ready)
      case .end:
        close(poll)
        close(wake)
        return runRemainingJobs()
      }
    }
  }

  private func wait(_ timeout: Int32, _ ready: inout [clinux_ready]) -> Int {
    let timeout = queue.withLock { queue in
      guard queue.isEmpty, timeout != 0 else { return Int32(0) }
      queue.isAsleep = true
      return timeout
    }
    let count = clinux_epoll_wait(poll, &ready, timeout)
    precondition(count >= 0, "epoll_wait fails only for a programmer's error")
    if timeout != 0 { queue.withLock { $0.isAsleep = false } }
    return Int(count)
  }

  /// Runs the jobs that are queued now. Those they bring about come after the next look at the sockets.
  private func runJobs() {
    let (jobs, posts) = queue.withLock { queue in
      defer { (queue.jobs, queue.posts) = ([], []) }
      return (queue.jobs, queue.posts)
    }
    for post in posts { post() }
    for job in jobs {
      job.runSynchronously(isolatedTo: asUnownedSerialExecutor(), taskExecutor: asUnownedTaskExecutor())
    }
  }

  private func runRemainingJobs() {
    thread.store(Thread.current, ordering: .relaxed)
    while true {
      runJobs()
      let isDone = queue.withLock { queue in
        guard queue.isEmpty else { return false }
        queue.hasThread = false
        thread.store(0, ordering: .relaxed)
        return true
      }
      if isDone { return }
    }
  }

  /// Whole milliseconds from now, rounded up so that the deadline has passed when the wait is over.
  private static func milliseconds(until instant: Moment.Instant) -> Int32 {
    let (seconds, attoseconds) = (instant - .now).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    return seconds > 3600 ? 3_600_000 : Int32(seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

import Glibc
import TestSupport

/// What a running server is put under, and how it bears it.
extension House {
  /// Sets a soft limit of the running server. By util-linux's command, which every Debian and Ubuntu has: the C library's `prlimit` is not shown
  /// to Swift.
  func limit(_ limit: String) async throws {
    let child = try Child(
      "/usr/bin/prlimit", ["--pid", "\(try serving())", "--\(limit):"], environment: [:], in: folder, named: "prlimit")
    let ending = try await eventually("prlimit to end") { child.ending.map(Sighting.found) ?? .notYet("it runs") }
    guard ending == .exit(0) else { throw NeverCame(description: "no limit can be set: \(child.errorText)") }
  }

  /// The server's process.
  func serving() throws -> pid_t {
    guard let processID else { throw NeverCame(description: "no server runs") }
    return processID
  }

  /// A line of the kernel's account of the server's process, in bytes: `VmRSS`, what it holds in memory; `VmHWM`, the most that it ever held.
  func memory(_ line: String) throws -> Int {
    let status = text(ofFile: "/proc/\(try serving())/status")
    guard let match = status.firstMatch(of: try Regex("\(line):\\s+(\\d+) kB", as: (Substring, Substring).self)),
      let kib = Int(match.output.1)
    else { throw NeverCame(description: "no \(line) in \(status)") }
    return kib * 1_024
  }

  /// A client that behaves well asks for `/healthz` on a new connection, and has its answer when this returns.
  func serves() throws {
    let client = try RawConnection(to: url)
    try client.send(House.question)
    guard try client.status() == 200 else { throw NeverCame(description: "the server is not healthy") }
  }

  /// What all threads of the server together have run meanwhile (proc(5), `schedstat`: nanoseconds on a processor).
  func processorTime(_ body: () throws -> Void) throws -> Duration {
    func used() throws -> Int {
      let tasks = "/proc/\(try serving())/task"
      return names(inFolder: tasks).compactMap { Int(text(ofFile: "\(tasks)/\($0)/schedstat").prefix { $0 != " " }) }.reduce(0, +)
    }
    let before = try used()
    try body()
    return .nanoseconds(try used() - before)
  }

  static let question = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"

  /// The head of a delivery whose body is of `count` bytes.
  static func delivery(of count: Int, _ fields: String = "X-Gitlab-Token: \(HouseSettings.webhookToken)\r\n") -> String {
    "POST /webhooks/gitlab HTTP/1.1\r\nHost: a\r\nX-Gitlab-Event: Push Hook\r\n\(fields)Content-Length: \(count)\r\n\r\n"
  }
}

/// Runs what blocks on a thread of its own, so that it does not take one of the few that all tests share.
func blocking<Value: Sendable>(_ body: @escaping @Sendable () throws -> Value) async throws -> Value {
  try await withTaskExecutorPreference(OwnThreads()) { try body() }
}

/// A thread for each job.
private final class OwnThreads: TaskExecutor {
  private final class Job: Sendable {
    let run: @Sendable () -> Void

    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
  }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    let box = Unmanaged.passRetained(Job { job.runSynchronously(on: self.asUnownedTaskExecutor()) })
    var thread = pthread_t()
    let code = pthread_create(
      &thread, nil,
      { box in
        if let box { Unmanaged<Job>.fromOpaque(box).takeRetainedValue().run() }
        return nil
      }, box.toOpaque())
    precondition(code == 0, "the system gives no thread: \(String(cString: strerror(code)))")
    pthread_detach(thread)
  }
}

/// Whether this process may have so many files open; raises its limit to that.
func mayOpen(_ count: Int) -> Bool {
  var limit = rlimit()
  getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  guard limit.rlim_cur < rlim_t(count) else { return true }
  guard limit.rlim_max >= rlim_t(count) else { return false }
  limit.rlim_cur = rlim_t(count)
  return setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
}

import Glibc
import TestSupport

/// A child process whose output goes into two files. Dead at the latest when the test lets go of it, and when the test process dies.
final class Child: Sendable {
  struct DidNotStart: Error, CustomStringConvertible {
    var description: String
  }

  let pid: pid_t
  private let output: String
  private let errors: String

  /// Starts `program` (a path) with its output and error output in files of these names in `folder`.
  ///
  /// - Parameter socket: a socket that the child has as descriptor 3.
  init(
    _ program: String, _ arguments: [String], environment: [String: String], in folder: TemporaryFolder, named name: String,
    handing socket: Int32? = nil
  ) throws {
    output = folder.file(name + ".out")
    errors = folder.file(name + ".err")
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    if let socket { posix_spawn_file_actions_adddup2(&actions, socket, 3) }
    pid = try spawn(
      program, arguments, environment: environment.map { "\($0)=\($1)" }.sorted(), group: try Watchdog.shared.get().pid, actions: &actions,
      keeping: socket == nil ? 3 : 4)
  }

  deinit { end() }

  var outputText: String { text(ofFile: output) }
  var errorText: String { text(ofFile: errors) }

  func signal(_ number: Int32) { kill(pid, number) }

  /// SIGKILL, and waits until the kernel has let go of the process, its lock and its sockets.
  func end() {
    guard !status.isKnown else { return }
    kill(pid, SIGKILL)
    status.wait(for: pid)
  }

  /// How the process ended; nil while it runs.
  var ending: Ending? { status.look(for: pid) }

  private let status = ExitStatus()
}

/// How a process ended.
enum Ending: Sendable, Hashable {
  case exit(Int32)
  case signal(Int32)

  /// From what `waitpid` says (POSIX `WIFEXITED` and its kin, which are macros).
  init(waitStatus: Int32) {
    let signal = waitStatus & 0x7F
    self = signal == 0 ? .exit((waitStatus >> 8) & 0xFF) : .signal(signal)
  }
}

/// Kills what the tests have started when the test process dies, however it dies: a shell that reads from a pipe which only we hold open,
/// and then kills the group that all children are in.
final class Watchdog: Sendable {
  static let shared = Result { try Watchdog() }

  let pid: pid_t

  private init() throws {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw Child.DidNotStart(description: "no pipe: \(String(cString: strerror(errno)))") }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO)
    pid = try spawn("/bin/sh", ["-c", "read nothing; kill -9 0"], environment: [], group: 0, actions: &actions)
    close(ends[0])
  }
}

/// `group` 0 makes a new process group; of what is open the child has what is below `first`.
private func spawn(
  _ program: String, _ arguments: [String], environment: [String], group: pid_t, actions: inout posix_spawn_file_actions_t,
  keeping first: Int32 = 3
) throws -> pid_t {
  // What the test process has open, sockets of the simulator above all, is none of the child's: a connection that two processes hold is
  // not reset when one closes it.
  let highest = names(inFolder: "/proc/self/fd").compactMap { Int32($0) }.max() ?? 0
  for descriptor in first..<max(1_024, highest + 64) { posix_spawn_file_actions_addclose(&actions, descriptor) }
  var attributes = posix_spawnattr_t()
  posix_spawnattr_init(&attributes)
  defer { posix_spawnattr_destroy(&attributes) }
  posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))
  posix_spawnattr_setpgroup(&attributes, group)
  var noSignals = sigset_t()
  sigemptyset(&noSignals)
  posix_spawnattr_setsigmask(&attributes, &noSignals)
  var allSignals = sigset_t()
  sigfillset(&allSignals)
  posix_spawnattr_setsigdefault(&attributes, &allSignals)
  var pid: pid_t = 0
  let code = withCStrings([program] + arguments) { argv in
    withCStrings(environment) { envp in posix_spawn(&pid, program, &actions, &attributes, argv, envp) }
  }
  guard code == 0 else { throw Child.DidNotStart(description: "\(program) did not start: \(String(cString: strerror(code)))") }
  return pid
}

private func withCStrings<Value>(_ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Value) -> Value {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies + [nil])
}

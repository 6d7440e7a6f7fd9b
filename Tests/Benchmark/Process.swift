import Glibc

/// A child process, its output in a file. Ended with its owner.
final class Process {
  let pid: pid_t
  private var isEnded = false

  init(_ arguments: [String], environment: [String] = [], output: String) throws {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, output + ".err", O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup($0) } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid: pid_t = 0
    let code = posix_spawnp(&pid, arguments[0], &actions, nil, argv, envp)
    guard code == 0 else { throw Trouble("\(arguments[0]) does not start: \(String(cString: strerror(code)))") }
    self.pid = pid
  }

  deinit { end(with: SIGKILL) }

  /// Sends the signal and waits for the end.
  func end(with signal: Int32 = SIGTERM) {
    guard !isEnded else { return }
    isEnded = true
    kill(pid, signal)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
  }

  /// Waits for a process that ends by itself; its exit code.
  func wait() -> Int32 {
    isEnded = true
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    return status >> 8 & 0xFF
  }

  /// Processor seconds so far, in user and in kernel mode (proc(5): the 14th and 15th field of `stat`, in ticks).
  var processorTime: Double {
    let fields = Files.text("/proc/\(pid)/stat").split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }

  /// Megabytes resident: `VmRSS` at present, `VmHWM` at the most.
  func memory(_ name: String) -> Double {
    let line = Files.text("/proc/\(pid)/status").split(separator: "\n").first { $0.hasPrefix(name + ":") } ?? ""
    return (line.split(whereSeparator: { $0 == " " || $0 == "\t" }).dropFirst().first.flatMap { Double($0) } ?? 0) / 1_024
  }
}

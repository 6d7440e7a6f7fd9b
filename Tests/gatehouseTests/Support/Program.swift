import Glibc
import TestSupport

/// The built program, as people run it.
enum Program {
  /// It stands beside the test executable.
  static let path: String = {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
    let length = readlink("/proc/self/exe", &buffer, Int(PATH_MAX))
    precondition(length > 0, "/proc/self/exe cannot be read")
    let own = String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let path = own.prefix(upTo: own.lastIndex(of: "/") ?? own.startIndex) + "/gatehouse"
    precondition(access(String(path), X_OK) == 0, "\(path) is not there; `swift build` makes it")
    return String(path)
  }()

  /// What a finished run has left.
  struct Run: Sendable {
    var ending: Ending
    var output: String
    var errors: String

    var lines: [Substring] { output.split(separator: "\n") }
  }

  /// What people have in their environment, and nothing else: no configuration, no token of who runs the tests.
  private static let surroundings: [String: String] = {
    var surroundings = [
      "PATH": "/usr/bin:/bin",
      // A crash is to end at once, with its message; a backtrace of the debugger takes half a minute.
      "SWIFT_BACKTRACE": "enable=no",
    ]
    // Where `make test-sanitize` wants to be told what is found.
    for name in ["TSAN_OPTIONS", "ASAN_OPTIONS"] { surroundings[name] = getenv(name).map { String(cString: $0) } }
    return surroundings
  }()

  static func start(
    _ arguments: [String], environment: [String: String] = [:], in folder: TemporaryFolder, named name: String
  ) throws -> Child {
    try Child(path, arguments, environment: environment.merging(surroundings) { $1 }, in: folder, named: name)
  }

  /// Runs the program to its end.
  static func run(
    _ arguments: [String], environment: [String: String] = [:], in folder: TemporaryFolder = TemporaryFolder()
  ) async throws -> Run {
    try await finish(try start(arguments, environment: environment, in: folder, named: freshName()), "gatehouse \(arguments)")
  }

  /// Runs a line of the shell, in which `$GATEHOUSE` is the program, in a folder.
  static func shell(_ line: String, environment: [String: String] = [:], in folder: TemporaryFolder) async throws -> Run {
    let environment = environment.merging(surroundings) { $1 }.merging(["GATEHOUSE": path]) { $1 }
    let script = "cd '\(folder.path)' && { \(line); }"
    return try await finish(Child("/bin/sh", ["-c", script], environment: environment, in: folder, named: freshName()), line)
  }

  private static func freshName() -> String { "run-\(UInt64.random(in: .min ... .max))" }

  private static func finish(_ child: Child, _ what: String) async throws -> Run {
    let ending = try await eventually("\(what) to end") {
      child.ending.map(Sighting.found) ?? .notYet("still running; it has said: \(child.outputText) \(child.errorText)")
    }
    return Run(ending: ending, output: child.outputText, errors: child.errorText)
  }
}

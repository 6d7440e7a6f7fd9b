import CLibFuzzer
import Glibc

@testable import CalendarTests
@testable import ConfigurationTests
@testable import GitLabTests
@testable import HTTPServerTests

/// `Fuzz --target=NAME` and libFuzzer's own arguments: searches for inputs that break the check, or tries the files that are named.
/// `Fuzz --seeds=FOLDER`: writes what can be made into seeds, a folder for each target.
///
/// libFuzzer leaves arguments that begin with `--` alone, and hands them on to the processes that it starts.
@main enum Fuzz {
  static let checks: [String: @Sendable ([UInt8]) -> String?] = [
    "requests": { RequestCheck.violation($0) }, "chunks": { ChunkCheck.violation($0) }, "webhooks": WebhookCheck.violation,
    "configuration": ConfigurationCheck.violation, "calendars": { CalendarCheck.violation($0) },
  ]

  static let target = option("target")
  static let check = checks[target ?? ""]

  static func main() {
    if let folder = option("seeds") { return Seeds.write(to: folder) }
    guard check != nil else { stop("--target must be one of \(checks.keys.sorted().joined(separator: ", "))") }
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments) { Fuzz.run(UnsafeBufferPointer(start: $0, count: $1)) })
  }

  private static func run(_ input: UnsafeBufferPointer<UInt8>) -> CInt {
    if let violation = check?(Array(input)) { stop("\(target ?? ""): \(violation)") }
    return 0
  }

  private static func option(_ name: String) -> String? {
    CommandLine.arguments.first { $0.hasPrefix("--\(name)=") }.map { String($0.dropFirst(name.utf8.count + 3)) }
  }

  /// libFuzzer keeps the input of whoever aborts.
  static func stop(_ message: String) -> Never {
    let line = Array("\(message)\n".utf8)
    _ = write(STDERR_FILENO, line, line.count)
    abort()
  }
}

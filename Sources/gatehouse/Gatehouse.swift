import ArgumentParser
import Glibc

@main
struct Gatehouse: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gatehouse",
    abstract: "Holds GitLab deployments until the people you name have approved them.",
    discussion: """
      See it work, with no GitLab at hand:
        gatehouse demo

      Run it:
        gatehouse check --config config/gatehouse.yaml
        gatehouse token create --user alice --role approver
        gatehouse serve --config config/gatehouse.yaml

      Exit status: 0 done, 1 the answer is no, 2 wrong usage or configuration.
      """,
    version: "gatehouse \(Version.text)",
    subcommands: [
      DemoCommand.self, ServeCommand.self, CheckCommand.self, SetupCommand.self, TokenCommand.self, ChangeCommand.self, PolicyCommand.self,
      ProtectedEnvironmentCommand.self, AuditCommand.self, DatabaseCommand.self,
      ProbeCommand.self,
    ])

  static func main() {
    // Threads inherit the mask, so this comes before any other is started.
    Signals.block()
    // The database holds who decided what; nobody but its owner reads it, or a backup of it.
    umask(0o077)
    // Detached: the main actor is at the main thread, and that one takes signals.
    Task.detached { Glibc.exit(await status()) }
    Signals.takeForEver()
  }

  /// Runs the verb that the arguments name, and tells with which status the process has to end.
  private static func status() async -> Int32 {
    do {
      var command = try parseAsRoot()
      if var command = command as? any AsyncParsableCommand {
        try await command.run()
      } else {
        try command.run()
      }
      return 0
    } catch let failure as Failure {
      if !failure.message.isEmpty { printError("gatehouse: \(failure.message)") }
      return failure.status
    } catch {
      let text = fullMessage(for: error)
      // A request for help or the version is an error to the parser, and done to us.
      if exitCode(for: error) == .success {
        printLine(text)
        return 0
      }
      printError(text)
      return Failure.wrongUsage
    }
  }
}

/// Why a verb did not do what it was asked for, with the exit status that the contract gives it.
struct Failure: Error {
  /// The answer is no.
  static let answerIsNo: Int32 = 1
  /// Wrong usage or configuration.
  static let wrongUsage: Int32 = 2

  var status: Int32
  /// One sentence that says what to do next; empty where there is nothing to say.
  var message: String
  /// Nothing was tried, for somebody else was at work, who ends soon.
  var isPassing = false

  static func no(_ message: String) -> Failure { Failure(status: answerIsNo, message: message) }

  static func usage(_ message: String) -> Failure { Failure(status: wrongUsage, message: message) }
}

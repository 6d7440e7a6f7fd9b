import Configuration
import GitLab
import Logging

/// The doctor's look at what can go wrong around a server, once it listens: one line of the log. It holds nothing up.
///
/// Its connections and certificates take tens of milliseconds of a processor, and whoever waits for the first answer has asked for none of it.
struct StartCheck: Sendable {
  let path: String
  let configuration: Configuration
  let log: Logger

  /// How long the first requests have the processors to themselves.
  static let delay: Duration = .seconds(1)

  /// Looks, if the configuration has it look; gives back what only starting, and looking, took; then says what it saw.
  func begin() -> Task<Void, Never> {
    Task {
      var findings: [DoctorFinding]?
      if configuration.server.checksOnStart, (try? await Task<Never, Never>.sleep(for: StartCheck.delay)) != nil {
        findings = await Doctor(path: path, environment: processEnvironment()).examineReadings(configuration)
      }
      StartPages.giveBack()
      if let findings, !Task.isCancelled { tell(findings) }
    }
  }

  private func tell(_ findings: [DoctorFinding]) {
    let failing = findings.names(.fail)
    var metadata: Logger.Metadata = [
      "ok": "\(findings.count(.ok))", "warn": "\(findings.count(.warn))", "fail": "\(findings.count(.fail))",
    ]
    if !failing.isEmpty { metadata["failing"] = "\(failing.joined(separator: ", "))" }
    log.log(
      level: failing.isEmpty ? .notice : .warning, "looked at what the gate stands on; `gatehouse check` says all of it", metadata: metadata
    )
  }
}

import Configuration
import GitLab
import Logging

/// The doctor's look at what can go wrong around a server, once it listens: one line of the log. It holds nothing up.
struct StartCheck: Sendable {
  let path: String
  let configuration: Configuration
  let log: Logger

  func begin() -> Task<Void, Never> { Task { await run() } }

  private func run() async {
    let findings = await Doctor(path: path, environment: processEnvironment()).examineReadings(configuration)
    guard !Task.isCancelled else { return }
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

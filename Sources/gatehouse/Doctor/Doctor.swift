import Calendar
import ChangeControl
import Configuration
import GitLab
import Glibc
import HTTPServer
import NetworkAddresses
import Storage

/// Looks at everything a gate depends on and says, for each thing, what was seen and what mends it. Reads only.
struct Doctor {
  let path: String
  let environment: [String: String]

  func examine() async -> [DoctorFinding] {
    let configuration: Configuration
    do {
      configuration = try Configuration.load(path: path, environment: environment)
    } catch {
      return error.problems.map { .fail("configuration", "\($0)", "correct it and run `gatehouse check` again") }
    }
    var findings = [
      DoctorFinding.ok(
        "configuration", "\(path), services: \(configuration.plan.services.count), policies: \(configuration.plan.policies.count)")
    ]
    findings += configurationWarnings(configuration)
    findings += examineOpenFiles(Limits(configuration.server.limits))
    findings += configuration.server.listen.compactMap(examineSocket)
    let isServing = DatabaseLock.isHeld(databasePath: configuration.database.path)
    findings += examineDatabase(configuration, isServing: isServing, isWhole: true)
    findings += examineWindows(configuration.plan, at: SystemClock.now())
    findings += await examineGitLabs(configuration, isServing: isServing, .whileOneWaits)
    return findings
  }

  private func configurationWarnings(_ configuration: Configuration) -> [DoctorFinding] {
    configuration.warnings.map { .warn("configuration", $0, "do as it says; config/gatehouse.yaml shows every key") }
  }

  /// What can change while a server runs, without what takes long or writes: for its log.
  ///
  /// - Parameters:
  ///   - names: GitLabs that are not to be asked now.
  ///   - hear: what was read of each GitLab, as soon as it was.
  func examineReadings(
    _ configuration: Configuration, leavingOut names: Set<String>, surveyed hear: @escaping @Sendable (Survey) async -> Void
  ) async -> [DoctorFinding] {
    var asked = configuration
    asked.gitlab.removeAll { names.contains($0.name) }
    return configurationWarnings(configuration) + examineDatabase(configuration, isServing: true, isWhole: false)
      + (await examineGitLabs(asked, isServing: true, .unattended, surveyed: hear))
  }

  /// What of a look at one GitLab is held against the look before.
  struct Survey: Sendable {
    var look: FootingLook
    /// How long it asked for quiet.
    var pause: Duration?
    /// Nil where GitLab did not say when it ends, or none is configured.
    var adminToken: ProbeReport.Token?
  }

  // MARK: The process

  /// `serve` raises its limit by itself as far as it may.
  private func examineOpenFiles(_ limits: Limits) -> [DoctorFinding] {
    guard let files = OpenFiles.limits else { return [] }
    let needed = "\(limits.connections) connections and the server's own files need \(limits.openFiles)"
    guard files.hard < limits.openFiles else { return [.ok("open files", "this process may open \(files.hard); \(needed)")] }
    return [
      .warn(
        "open files", "this process may open \(files.hard) at most; \(needed)",
        "where the server has this limit too: LimitNOFILE=\(limits.openFiles) in its unit, or lower server.limits.connections in \(path)")
    ]
  }

  // MARK: Where it listens

  /// Of a Unix socket it can be said beforehand whether its file can be made.
  private func examineSocket(_ address: ListenAddress) -> DoctorFinding? {
    guard case .unix(let path) = address else { return nil }
    let folder = path.contains("/") ? path.prefix(upTo: path.lastIndex(of: "/") ?? path.endIndex) + "/" : "."
    guard access(String(folder), W_OK | X_OK) == 0 else {
      return .warn(
        "server.listen", "\(address) cannot be made by this user: \(String(cString: strerror(errno)))",
        "make \(folder) for the user that the server runs as; systemd does with RuntimeDirectory=gatehouse")
    }
    return .ok("server.listen", "\(address) can be made")
  }
}

import GitLabSimulator
import Glibc
import JSON
import Storage

/// A house whose server looks at what it stands on, when it is told to.
extension House {
  /// Once after the start and once after each SIGHUP; nothing by the clock within a story.
  static var watching: HouseSettings {
    HouseSettings(checksOnStart: true, hasAdminToken: true).beginning { $0.addAdministrator() }
  }

  /// How often it has looked: each look after a configuration was read has its line.
  private var looks: Int { log.split(separator: "\n").count { $0.contains("looked at what the gate stands on") } }

  func hasLooked() async throws { try await eventually("the first look") { self.looks > 0 } }

  /// Has the server look again, and waits until it has.
  func look(_ settings: HouseSettings? = nil) async throws {
    var settings = settings ?? self.settings
    // Where it listens is known by now: so GitLab's webhook leads here.
    settings.server = #"listen: "127.0.0.1:0", public_url: "\#(url)""#
    configure(settings)
    try await lookAgain()
  }

  /// The same with the configuration as it is.
  func lookAgain() async throws {
    let before = looks
    signal(SIGHUP)
    try await eventually("a look") { () -> Sighting<Void> in self.looks > before ? .found(()) : .notYet(self.log) }
  }

  /// What the audit log has of drift: `detected approver`, and `CHG-1` behind it for the entry of a change.
  func drifts() throws -> [String] {
    try read { reading in
      var filter = AuditFilter()
      filter.actions = [.driftDetected, .driftResolved, .driftUnwatched]
      return try reading.auditEntries(filter, after: 0, limit: 1_000).map { entry in
        let check = (try JSONValue.parse(entry.detail))["check"]?.string ?? ""
        return "\(entry.action.replacing("drift.", with: "")) \(check)\(entry.change.map { " CHG-\($0)" } ?? "")"
      }
    }
  }

  /// The lines of the log about drift, and their levels.
  func driftLines() throws -> [String] {
    try log.split(separator: "\n").filter { $0.contains("drift: ") }.map { line in
      let json = try JSONValue.parse(String(line))
      return "\(json["level"]?.string ?? "") \(json["check"]?.string ?? "")"
    }
  }

  /// The samples of `/metrics` about drift that are above zero, without the time of the last look.
  func metrics() async throws -> [String] {
    try await send(.get, "/metrics").text.split(separator: "\n").filter {
      $0.hasPrefix("gatehouse_drift_") && !$0.hasSuffix(" 0") && !$0.contains("timestamp")
    }
    .map { String($0).replacing("gatehouse_", with: "").replacing(#"instance="main","#, with: "") }
  }
}

import Configuration
import Gate
import GitLabSimulator
import Storage
import Testing

@testable import gatehouse

/// The checks on their schedule, over a real database and a GitLab on a real socket, without a server.
@Suite struct ScheduledChecksTests {
  @Test("they are made again and again, and the log tells only what is another than before")
  func schedule() async throws {
    var settings = HouseSettings(hookEvents: [], hasAdminToken: true)
    // Without a public address there is nothing to try by it.
    settings.server = #"listen: "127.0.0.1:0""#
    settings.world = { $0.isSetUp(for: HouseSettings()) }
    try await House.with(settings, serving: false) { house in
      #expect(try await house.command(["database", "migrate"]).status == 0)
      var configuration = try Configuration.load(path: house.configurationFile, environment: HouseSettings.environment)
      configuration.server.checksEvery = .milliseconds(10)
      let lines = LogLines()
      let writer = try Writer(path: house.database, clock: systemTime) { _ in
      } committed: {
      }
      let readers = try Readers(path: house.database, count: 1, clock: systemTime)
      let checks = ScheduledChecks(
        path: house.configurationFile, configuration: configuration, gate: Gate(plan: configuration.plan), writer: writer, readers: readers,
        log: lines.logger)
      let task = Task { await checks.run() }
      try await house.hasLooked(times: 2)
      #expect(lines.all.count == 1, "\(lines.all)")
      house.gitlab.with { $0.unprotect(environment: "production") }
      try await eventually("the drift") { try house.drifts() == ["detected protection"] }
      try await eventually("the line") { lines.all.count == 2 }
      #expect(lines.all.last?.contains("failing=gitlab main protection") == true, "\(lines.all)")
      task.cancel()
      await task.value
      readers.close()
      writer.close()
    }
  }
}

extension House {
  /// Waits until so many looks have come to their end, each with another time.
  fileprivate func hasLooked(times: Int) async throws {
    var seen: Set<Int64> = []
    try await eventually("\(times) looks") {
      if let at = try self.read({ try $0.instance(named: "main")?.lookedAt }) { seen.insert(at.milliseconds) }
      // The one after the last has begun only when that has been told.
      return seen.count > times
    }
  }
}

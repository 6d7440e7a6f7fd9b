import Calendar
import ChangeControl
import Configuration
import Gate
import GitLab
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import TestSupport
import Testing

@testable import gatehouse

/// Of every change of a protected environment that was asked for the audit log tells what came of it: also where the disk took nothing while the server
/// lived on. Found by simulated lives (16604149420431900130).
@Suite struct OpenRequestsTests {
  private static let now = Instant(milliseconds: 1_788_426_902_000)

  @Test func whatCouldNotBeRecordedIsReadBackWhileTheServerLivesOn() async throws {
    let folder = TemporaryFolder()
    let configuration = try Configuration.parse(
      """
      gitlab: [{name: main, url: "https://gitlab.example.com", token: {env: TOKEN}, webhook_token: {env: TOKEN}}]
      services: [{id: checkout, projects: [30], gate: {tiers: [production]}, policy: people}]
      policies: {people: {approval_rules: [{user: alice}]}}
      """, file: "gatehouse.yaml", environment: ["TOKEN": "glpat-of-the-story"])
    let gate = Gate(plan: configuration.plan)
    let path = folder.file("gate.db")
    try Migrator.migrate(try Connection(path: path, access: .readWrite))
    let writer = try Writer(path: path, clock: { Self.now + .seconds(600) })
    let readers = try Readers(path: path, clock: { Self.now + .seconds(600) })
    defer { readers.close() }
    let gitlab = GitLabConnection(
      name: "main", address: try GitLabAddress("https://gitlab.example.com"), token: try #require(configuration.gitlab.first?.token),
      transport: Unprotected())
    let log = LogLines()
    let errands = Errands(gitlabs: [gitlab], writer: writer, readers: readers, log: log.logger)
    // It has looked once, and found nothing, before anything is asked for.
    let pauses = Duration.milliseconds(1)...Duration.milliseconds(5)
    let run = Task { await errands.settleOpenRequests(of: "main", gate: gate, pauses: pauses) }
    for number in 1...2 {
      _ = try await writer.perform { transaction in
        try gate.protectedEnvironmentRequested(
          ProtectedEnvironmentRequest(
            instance: "main", level: "project", place: ["id": 30, "path": "acme/payments/checkout"], name: "playground", verb: "unprotect",
            body: [:], before: ["name": "playground"], requestID: "r\(number)"),
          by: Actor(user: "adam", role: .admin), in: transaction)
      }
      _ = try await eventually("what came of request \(number) to be told") { () -> Sighting<Bool> in
        let open = try await readers.perform { try $0.openProtectedEnvironmentRequests(instance: "main", limit: 10) }
        return open.isEmpty ? .found(true) : .notYet("\(open) \(log.all)")
      }
    }
    run.cancel()
    await run.value
    let entries = try await readers.perform { try $0.auditEntries(after: 0, limit: 10) }
    #expect(entries.map(\.action) == ["requested", "unprotected", "requested", "unprotected"].map { "protected_environment.\($0)" })
  }
}

/// A GitLab in which nothing is protected.
private struct Unprotected: Transport {
  func send(_ request: Request) async -> Answer {
    .success(
      Response(
        head: HTTPResponse(status: .notFound, headerFields: [.contentType: "application/json"]),
        body: Array(#"{"message":"404 Not found"}"#.utf8)))
  }
}

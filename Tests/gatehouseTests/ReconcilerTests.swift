import Calendar
import ChangeControl
import Configuration
import Gate
import GitLab
import HTTPMessages
import HTTPTypes
import Storage
import TestSupport
import Testing

@testable import gatehouse

/// What a reconciler says of a token that ends, where GitLab never shows a project that is configured.
@Suite struct ReconcilerTests {
  /// Asks until the log has the line.
  private static func logged(_ sentence: String, startingFor starting: Duration) async throws -> [String] {
    let folder = TemporaryFolder()
    let configuration = try Configuration.parse(
      """
      gitlab: [{name: main, url: "https://gitlab.example.com", token: {env: TOKEN}, webhook_token: {env: TOKEN}, reconcile_every: 1s}]
      services: [{id: checkout, projects: [acme/checkout], gate: {tiers: [production]}, policy: people}]
      policies: {people: {approval_rules: [{user: alice}]}}
      """, file: "gatehouse.yaml", environment: ["TOKEN": "glpat-of-the-story"])
    try Migrator.migrate(try Connection(path: folder.file("gate.db"), access: .readWrite))
    let readers = try Readers(path: folder.file("gate.db"), clock: SystemClock.now)
    defer { readers.close() }
    let gitlab = GitLabConnection(
      name: "main", address: try GitLabAddress("https://gitlab.example.com"), token: try #require(configuration.gitlab.first?.token),
      transport: Hiding())
    let lines = LogLines()
    let reconciler = Reconciler(
      gate: Gate(plan: configuration.plan), gitlab: gitlab,
      writer: try Writer(path: folder.file("gate.db"), clock: SystemClock.now), readers: readers, courier: Bell(), log: lines.logger,
      rotatesTokenBefore: .seconds(30 * 86_400), startsFor: starting)
    let run = Task { await reconciler.run() }
    try await eventually("the log to say '\(sentence)'") {
      lines.all.contains { $0.contains(sentence) } ? .found(()) : .notYet(lines.all.joined(separator: "\n"))
    }
    run.cancel()
    await run.value
    return lines.all.filter { $0.contains("token ends soon") }
  }

  @Test("one that has just started has had no time to rotate it") func starting() async throws {
    let lines = try await Self.logged("the server rotates it by itself", startingFor: Reconciler.resolveEvery)
    #expect(lines.count == 1, "\(lines)")
  }

  @Test("a project that GitLab does not show keeps the log from complaining no longer than that") func started() async throws {
    let lines = try await Self.logged("the server should have rotated it by itself", startingFor: .zero)
    #expect(lines.count == 1 && lines[0].hasPrefix("error: "), "\(lines)")
  }
}

/// A GitLab that knows the account and its token, which should have been rotated long ago, and shows no project.
private struct Hiding: Transport {
  func send(_ request: Request) async -> Answer {
    func day(_ days: Int) -> String { String((SystemClock.now() + .seconds(days * 86_400)).iso8601.prefix(10)) }
    let body: String? =
      switch request.head.path {
      case "/api/v4/user": #"{"id": 99, "username": "gatehouse"}"#
      case "/api/v4/version": #"{"version": "19.3.0"}"#
      case "/api/v4/personal_access_tokens/self":
        #"{"id": 7, "name": "gate", "scopes": ["api"], "active": true, "expires_at": "\#(day(10))", "created_at": "\#(day(-300))T00:00:00Z"}"#
      default: nil
      }
    return .success(
      Response(
        head: HTTPResponse(status: body == nil ? .notFound : .ok, headerFields: [.contentType: "application/json"]),
        body: Array((body ?? #"{"message":"404 Not Found"}"#).utf8)))
  }
}

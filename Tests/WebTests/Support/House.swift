import Calendar
import ChangeControl
import Gate
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Synchronization
import TestSupport
import Testing
import Web

/// A gate with its HTTP surface over a real SQLite file in a temporary folder: what the rim does with threads is done here in line, at a time
/// that the test sets.
final class House {
  static let start = Instant(milliseconds: 1_788_426_902_000)

  private let folder = TemporaryFolder()
  let path: String
  let connection: Connection
  /// What answers questions, where it is not the connection that writes.
  var reader: Connection?
  private let plan: ControlPlan
  let uses = TokenUses()
  let counts = EventCounts()
  private(set) var application: Application
  /// The pieces that the last long answer was made of.
  private(set) var pieces: [[UInt8]] = []
  /// The last one asked for.
  private(set) var subscription: Subscription?
  private(set) var tokens: [String: String] = [:]
  var now = House.start
  let neighbour = Neighbour()
  /// Happens once, before the next exchange with GitLab.
  var whileGitLabIsAsked: ((House) throws -> Void)?
  private let reports = Reports()

  init(plan: ControlPlan = .example, webhooks: [WebhookInstance]? = nil) throws {
    self.plan = plan
    path = folder.file("gatehouse.db")
    connection = try Connection(path: path, access: .readWrite)
    try Migrator.migrate(connection)
    let reports = reports
    application = Application(
      settings: WebSettings(
        gate: Gate(plan: plan, chance: Halves()),
        webhooks: try webhooks ?? [WebhookInstance(name: "main", webhookToken: House.webhookToken, signingToken: nil)],
        version: "1.2.3", tokenUses: uses, counts: counts, report: { report in reports.add(report) }))
    tokens = try connection.transaction(at: now) { transaction in
      var tokens: [String: String] = [:]
      for (user, role) in House.people {
        tokens[user] = try Tokens.create(user: user, role: role, expiresIn: .seconds(86_400), by: "test", in: transaction).token
      }
      return tokens
    }
  }

  static let webhookToken = "a-webhook-token-of-some-length"

  /// One person for each role, the approvers of the example's policy, and who asks for deployments.
  static let people: [(user: String, role: Role)] = [
    ("vera", .viewer), ("alice", .approver), ("bob", .approver), ("dana", .approver), ("eve", .approver), ("oscar", .operator),
    ("audrey", .auditor), ("adam", .admin),
  ]

  var gate: Gate { Gate(plan: plan, chance: Halves()) }

  var reported: [WebhookReport] { reports.all }

  func token(_ user: String, _ role: Role, life: Duration = .seconds(86_400)) throws -> String {
    try connection.transaction(at: now) { try Tokens.create(user: user, role: role, expiresIn: life, by: "test", in: $0).token }
  }

  // MARK: Requests

  /// Sends a request as the rim would: `admit` first, then the work, with an error's answer for what is thrown.
  @discardableResult
  func send(
    _ method: HTTPRequest.Method, _ target: String, as user: String? = nil, fields: HTTPFields = [:], body: String? = nil
  ) -> Response {
    var head = HTTPRequest(method: method, scheme: nil, authority: "gatehouse.example.com", path: target, headerFields: fields)
    if let token = user.flatMap({ tokens[$0] }) { head.headerFields[.authorization] = "Bearer \(token)" }
    return send(Request(head: head, body: Array((body ?? "").utf8)))
  }

  /// A request that has a body announces it, as every client does.
  func send(_ request: Request) -> Response {
    var request = request
    if [.post, .patch, .put].contains(request.head.method), request.head.headerFields[.transferEncoding] == nil,
      request.head.headerFields[.contentLength] == nil
    {
      request.head.headerFields[.contentLength] = String(request.body.count)
    }
    let id = Application.requestID(from: request.head, fresh: "fresh-id")
    let admitted: AdmittedHead
    switch application.admit(request.head) {
    case .answer(let answer): return answer
    case .body(let head): admitted = head
    }
    do {
      switch admitted.work(for: request, requestID: id, at: now) {
      case .answer(let answer): return answer
      case .read(let body): return try reading.reading(at: now, body)
      case .write(let body): return try connection.transaction(at: now, body)
      case .stream(let body):
        let response = try reading.reading(at: now, body)
        pieces = [response.content.bytes]
        var rest = response.content.next
        while let next = rest {
          let content = try reading.reading(at: now, next)
          pieces.append(content.bytes)
          rest = content.next
        }
        return Response(head: response.head, body: pieces.flatMap(\.self))
      case .subscribe(let body):
        let subscription = try reading.reading(at: now, body)
        self.subscription = subscription
        return Response(head: subscription.head, body: subscription.opening)
      case .prove(let body): return application.stamped(try connection.transaction(at: now, body), requestID: id)
      case .errand(let errand): return application.stamped(try carryOut(errand, requestID: id), requestID: id)
      }
    } catch {
      return admitted.response(to: error, requestID: id)
    }
  }

  private var reading: Connection { reader ?? connection }

  // MARK: What there is

  /// Takes in what GitLab says of a deployment; returns the key of its change request.
  @discardableResult
  func deployment(_ facts: DeploymentFacts) throws -> String {
    try connection.transaction(at: now) { transaction in
      try gate.apply(facts, by: .reconcile, requestID: "test", in: transaction)
      let deployment = try #require(try transaction.deployment(facts.identity))
      return try #require(try transaction.change(deployment: deployment.id)).change.key
    }
  }

  func write(_ body: (Transaction) throws -> Void) throws { try connection.transaction(at: now, body) }

  /// How many rows each table has: what a refused request must leave as it is.
  func rowCounts() throws -> [String: Int64] {
    var counts: [String: Int64] = [:]
    for table in ["delivery", "deployment", "change_request", "approval", "comment", "outbox", "audit_entry", "token"] {
      counts[table] = try connection.query("SELECT count(*) FROM \(table)") { $0.requiredInteger(0) }.first
    }
    counts["revisions"] = try connection.query("SELECT coalesce(sum(revision), 0) FROM change_request") { $0.requiredInteger(0) }.first
    return counts
  }

  func auditChain() throws -> AuditChain.Verdict { try connection.reading(at: now) { try AuditChain.verify($0) } }

  func auditEntries(_ action: AuditAction) throws -> [AuditEntry] {
    var filter = AuditFilter()
    filter.action = action.rawValue
    return try connection.reading(at: now) { try $0.auditEntries(filter, after: 0, limit: 1_000) }
  }
}

/// Chance without chance.
private struct Halves: ChanceSource {
  func fraction() -> Double { 0.5 }
}

/// What the webhook endpoint told the log.
private final class Reports: Sendable {
  private let reports = Mutex<[WebhookReport]>([])

  var all: [WebhookReport] { reports.withLock { $0 } }

  func add(_ report: WebhookReport) { reports.withLock { $0.append(report) } }
}

import ChangeControl
import Gate
import HTTPMessages
import HTTPTypes
import Logging
import Storage
import TestSupport
import Web

@testable import gatehouse

/// A feed of events and the database that it reads.
final class Broadcast: Sendable {
  static let changes = 3

  let feed: EventFeed
  private let folder = TemporaryFolder()
  private let application: Application
  private let writer: Writer
  private let readers: Readers
  private let token: String
  private let limit: Int

  init(limit: Int) throws {
    self.limit = limit
    let path = folder.file("gatehouse.db")
    token = try Broadcast.prepare(path)
    let plan = ControlPlan(
      publicURL: "http://127.0.0.1", instances: [], services: [], groups: [:], policies: [:], deliveryRetention: .seconds(60))
    application = Application(
      settings: WebSettings(gate: Gate(plan: plan), webhooks: [], version: "1", tokenUses: TokenUses()))
    let commits = Bell()
    writer = try Writer(path: path, clock: SystemClock.now, committed: { commits.ring() })
    readers = try Readers(path: path, count: 2, clock: SystemClock.now)
    feed = EventFeed(application: application, readers: readers, commits: commits, limit: limit, log: Logger(label: "test"))
  }

  deinit {
    readers.close()
    writer.close()
  }

  /// A migrated database with some changes and a token.
  private static func prepare(_ path: String) throws -> String {
    let connection = try Connection(path: path, access: .readWrite)
    try Migrator.migrate(connection)
    return try connection.transaction(at: SystemClock.now()) { transaction in
      for id in 1...changes {
        try transaction.connection.execute(
          """
          INSERT INTO deployment (id, instance, project_id, deployment_id, status, environment, first_seen_at, first_seen_by)
          VALUES (?, 'main', 30, ?, 'blocked', 'production', 0, 'webhook')
          """, id, id)
        try transaction.connection.execute(
          """
          INSERT INTO change_request
            (id, deployment, service, policy, workflow, type, status, gate, revision, sha, created_at, updated_at)
          VALUES (?, ?, 'checkout', 'one', 'simple', 'normal', 'Awaiting approval', 'awaiting', 1, 'c0ffee', 0, 0)
          """, id, id)
      }
      return try Tokens.create(user: "vera", role: .viewer, expiresIn: .seconds(3_600), by: "test", in: transaction).token
    }
  }

  /// One commit of so many entries, of all changes in turn and now and then of none. Returns the last one's number.
  @discardableResult
  func commit(_ count: Int) async throws -> Int64 {
    try await writer.perform { transaction in
      for number in 0..<count {
        let change = number % (Broadcast.changes + 1)
        try transaction.audit(.commented, actor: "alice", change: change == 0 ? nil : Int64(change), detail: [:])
      }
      return try transaction.auditHead().seq
    }
  }

  /// An entry for each change: after it nobody waits for more.
  func commitFarewell() async throws {
    try await writer.perform { transaction in
      for change in 1...Broadcast.changes {
        try transaction.audit(.gateTurned, actor: "alice", change: Int64(change), detail: [:])
      }
    }
  }

  func entries(of change: Int64?, after seq: Int64) async throws -> [Int64] {
    try await readers.perform { reading in
      try reading.auditEntries(after: seq, limit: .max).filter { $0.change != nil && (change == nil || $0.change == change) }.map(\.seq)
    }
  }

  /// Nil where too many listen.
  func subscribe(to change: Int64? = nil, after id: Int64) async throws -> EventListener? {
    var head = HTTPRequest(method: .get, scheme: nil, authority: "a", path: "/api/v1/events" + (change.map { "?change=CHG-\($0)" } ?? ""))
    head.headerFields[.authorization] = "Bearer \(token)"
    if let name = HTTPField.Name("Last-Event-ID") { head.headerFields[name] = String(id) }
    let request = Request(head: head, body: [])
    guard case .body(let admitted) = application.admit(head),
      case .subscribe(let body) = admitted.work(for: request, requestID: "1", at: SystemClock.now())
    else {
      throw NeverCame(description: "a subscription")
    }
    return feed.subscribe(try await readers.perform(body))
  }

  /// The ids of the events that somebody hears who goes after `patience` pieces and comes back, until the farewell.
  func hear(of change: Int64?, after id: Int64, patience: Int) async throws -> [Int64] {
    var heard: [Int64] = []
    var farewells = 0
    while true {
      guard let listener = try await subscribe(to: change, after: heard.last ?? id) else { throw NeverCame(description: "a place") }
      for _ in 0..<patience {
        guard let piece = try await listener.next() else { throw NeverCame(description: "the end of the events") }
        for event in String(decoding: piece, as: UTF8.self).split(separator: "\n\n") where event.contains("\nevent: ") {
          heard.append(Int64(event.dropFirst("id: ".count).prefix { $0 != "\n" }) ?? 0)
          if event.contains("\nevent: decided\n") { farewells += 1 }
        }
        if farewells == (change == nil ? Broadcast.changes : 1) { return heard }
      }
    }
  }

  /// Throws unless every place is free.
  func isEmpty() async throws {
    var listeners: [EventListener] = []
    for _ in 0..<limit {
      guard let listener = try await subscribe(after: 0) else {
        throw NeverCame(description: "\(listeners.count) of \(limit) places are free")
      }
      listeners.append(listener)
    }
  }
}

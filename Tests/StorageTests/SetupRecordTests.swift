import Calendar
import ChangeControl
import JSON
import TestSupport
import Testing

@testable import Storage

/// What setup made, as it is kept: each step with its audit entry, none twice, none out of order.
@Suite struct SetupRecordTests {
  private let folder = TemporaryFolder()
  private let now = Instant(milliseconds: 1_788_426_902_000)

  private func connection() throws -> Connection {
    let connection = try Connection(path: folder.file("gatehouse.db"), access: .readWrite)
    try Migrator.migrate(connection)
    return connection
  }

  private func intend(_ connection: Connection, _ what: String = "webhook of project x") throws -> Int64 {
    try connection.transaction(at: now) {
      try $0.intendSetup(instance: "main", kind: "hook", what: what, actor: "alice", trace: ["name": .string(what)])
    }
  }

  private func settle(_ connection: Connection, _ id: Int64, _ state: SetupRecord.State, instance: String = "main") throws -> Bool {
    try connection.transaction(at: now) {
      try $0.settleSetup(id, as: state, instance: instance, what: "w", actor: "bob", trace: ["state": .string(state.rawValue)])
    }
  }

  private func actions(_ connection: Connection) throws -> [String] {
    try connection.reading(at: now) { try $0.auditEntries(after: 0, limit: 100).map { "\($0.actor) \($0.action)" } }
  }

  @Test func aLifeOfARecord() throws {
    let connection = try connection()
    let id = try intend(connection)
    #expect(try settle(connection, id, .undone) == false)
    #expect(try settle(connection, id, .made, instance: "other") == false)
    #expect(try settle(connection, id, .made))
    #expect(try settle(connection, id, .made) == false)
    #expect(try settle(connection, id, .abandoned) == false)
    #expect(try settle(connection, id, .undone))
    #expect(try settle(connection, id, .undone) == false)
    #expect(try actions(connection) == ["alice setup.intended", "bob setup.made", "bob setup.undone"])
    guard case .holds = try connection.reading(at: now, { try AuditChain.verify($0) }) else {
      Issue.record("the chain is broken")
      return
    }
  }

  @Test func theNewestComesFirst() throws {
    let connection = try connection()
    for what in ["a", "b", "c"] { #expect(try settle(connection, try intend(connection, what), .made)) }
    _ = try intend(connection, "d")
    let made = try connection.reading(at: now) { try $0.setupRecords(instance: "main", state: .made) }
    #expect(made.map(\.id) == made.map(\.id).sorted(by: >) && made.count == 3)
    #expect(try connection.reading(at: now) { try $0.setupRecords(instance: "main", state: .intended) }.map(\.trace) == [["name": "d"]])
    #expect(try connection.reading(at: now) { try $0.setupRecords(instance: "other", state: .made) }.isEmpty)
  }

  @Test("what is known by now is noted on what is in that state only, and is no news of when it began") func noted() throws {
    let connection = try connection()
    let id = try intend(connection)
    func note(_ id: Int64, in state: SetupRecord.State = .intended) throws -> Bool {
      try connection.transaction(at: now + .seconds(60)) {
        try $0.noteSetup(id, in: state, instance: "main", what: "w", actor: "bob", trace: ["known": 1])
      }
    }
    #expect(try note(id, in: .made) == false)
    #expect(try note(id))
    let record = try connection.reading(at: now) { try $0.setupRecords(instance: "main", state: .intended) }.first
    #expect(record?.trace == ["known": 1] && record?.updatedAt == now)
    #expect(try settle(connection, id, .made))
    #expect(try note(id) == false)
    #expect(try note(id, in: .made))
    #expect(try actions(connection) == ["alice setup.intended", "bob setup.untold", "bob setup.made", "bob setup.refused"])
  }

  @Test func whatWasSentLastIsKept() throws {
    let connection = try connection()
    func note(_ byte: UInt8) throws {
      let bytes = [UInt8](repeating: byte, count: 32)
      try connection.transaction(at: now) {
        try $0.noteSentSecret(SentSecret(level: "project", hook: 7, salt: bytes, digest: bytes), instance: "main")
      }
    }
    try note(1)
    try note(2)
    #expect(try connection.reading(at: now) { try $0.sentSecrets(instance: "main") }.map { $0.digest[0] } == [2])
    try connection.transaction(at: now) { try $0.forgetSentSecret(level: "project", hook: 7, instance: "main") }
    #expect(try connection.reading(at: now) { try $0.sentSecrets(instance: "main") }.isEmpty)
  }
}

import Calendar
import ChangeControl
import Gate
import GitLabSimulator
import HTTPTypes
import JSON
import Storage
import Testing

@testable import Web

/// The process dies between what is asked of a protected environment and the entry of what came of it: the next one reads back, and writes it.
@Suite struct OpenRequestTests {
  struct Died: Error {}

  /// Lets so many exchanges with GitLab come to their end, then dies.
  private func send(
    _ order: ProtectedEnvironmentFaultTests.Order, dyingAfter exchanges: Int, _ house: House, fields: HTTPFields = [:]
  ) {
    func arm(_ left: Int) {
      house.whileGitLabIsAsked = { _ in
        if left == 0 { throw Died() }
        arm(left - 1)
      }
    }
    arm(exchanges)
    _ = house.send(order.method, order.path, as: "adam", fields: fields, body: order.body)
    house.whileGitLabIsAsked = nil
  }

  private func open(_ house: House) throws -> [AuditEntry] {
    try house.connection.reading(at: house.now) { try $0.openProtectedEnvironmentRequests(instance: "main", limit: 100) }
  }

  /// - Parameter knownFor: how long ago the process found them.
  private func settle(_ house: House, knownFor: Duration = .seconds(90)) throws {
    for entry in try open(house) {
      _ = try house.carryOut(OpenRequestErrand(entry, knownFor: knownFor, instance: "main", gate: house.gate).errand, requestID: "after")
    }
  }

  private func ends(_ order: ProtectedEnvironmentFaultTests.Order, _ house: House) throws -> [Int] {
    try [order.action, .protectedEnvironmentRefused, .protectedEnvironmentUnsettled].map { try house.auditEntries($0).count }
  }

  @Test("died at any exchange, it is known what became of it", arguments: ProtectedEnvironmentFaultTests.orders)
  fileprivate func died(_ order: ProtectedEnvironmentFaultTests.Order) throws {
    var outcomes: Set<[Int]> = []
    for exchanges in 0..<7 {
      let house = try House()
      send(order, dyingAfter: exchanges, house)
      guard try !open(house).isEmpty else { continue }
      let writes = house.neighbour.writes.count
      let stands = order.stands(house.neighbour)
      try settle(house)
      let ends = try ends(order, house)
      outcomes.insert(ends)
      #expect(ends == (stands ? [1, 0, 0] : [0, 0, 1]), "after \(exchanges) exchanges")
      #expect(house.neighbour.writes.count == writes, "it is only looked")
      #expect(try open(house).isEmpty)
      let action = stands ? order.action : .protectedEnvironmentUnsettled
      let entry = try #require(try house.auditEntries(action).first)
      let detail = try JSONValue.parse(entry.detail)
      #expect(entry.actor == "adam" && detail["settled_later"]?.bool == true && detail["request_id"]?.string != "after")
      if case .broken(let why) = try house.auditChain() { Issue.record("\(why)") }
      // A second look finds nothing to do.
      try settle(house)
      #expect(try self.ends(order, house) == ends)
    }
    #expect(outcomes == [[1, 0, 0], [0, 0, 1]], "it died before the effect and after it")
  }

  @Test("what does not stand yet is not given up in the minute in which GitLab may be at it still") func tooSoon() throws {
    let order = ProtectedEnvironmentFaultTests.orders[2]
    let house = try House()
    // The place, how it stands, and the request itself, which is not sent.
    send(order, dyingAfter: 2, house)
    try settle(house, knownFor: .seconds(89))
    #expect(try ends(order, house) == [0, 0, 0] && open(house).count == 1)
    try settle(house)
    #expect(try ends(order, house) == [0, 0, 1])
  }

  /// Found by simulated lives (17018458463988931208).
  @Test("what was done and taken back by others since is not told as refused") func takenBack() throws {
    let order = ProtectedEnvironmentFaultTests.orders[0]
    let house = try House()
    send(order, dyingAfter: 4, house)
    #expect(order.stands(house.neighbour))
    house.neighbour.world.protections.remove(try #require(house.neighbour.world.protections.all.last).id)
    #expect(!order.stands(house.neighbour))
    try settle(house)
    #expect(try ends(order, house) == [0, 0, 1])
    let entry = try #require(try house.auditEntries(.protectedEnvironmentUnsettled).first)
    #expect(entry.detail.contains("it was not done, or somebody has taken it back in between"), "\(entry.detail)")
  }

  /// The first found by simulated lives (8979509091811680437).
  @Test("whatever the clock is set to, it is told when GitLab is at it no more, and no sooner", arguments: [-72_000, 72_000])
  func clockSet(_ seconds: Int) throws {
    let order = ProtectedEnvironmentFaultTests.orders[2]
    let house = try House()
    send(order, dyingAfter: 2, house)
    house.now = house.now + .seconds(seconds)
    try settle(house, knownFor: .zero)
    #expect(try ends(order, house) == [0, 0, 0])
    try settle(house)
    #expect(try ends(order, house) == [0, 0, 1])
    #expect(try open(house).isEmpty)
  }

  @Test(
    "what GitLab does not tell waits; what it will not tell is written as unknown",
    arguments: [
      ("502 with a page", 0), ("429", 0), ("a reset before", 0), ("401", 0), ("403", 1), ("404 of a project", 1),
    ]) func notTold(_ name: String, _ unknown: Int) throws
  {
    let order = ProtectedEnvironmentFaultTests.orders[2]
    let house = try House()
    send(order, dyingAfter: 3, house)
    let action = try #require(ProtectedEnvironmentFaultTests.actions.first { $0.name == name }?.action)
    house.neighbour.world.faults = [Fault(action, times: 9)]
    try settle(house)
    #expect(try ends(order, house) == [0, 0, unknown])
    #expect(try open(house).count == 1 - unknown)
    house.neighbour.world.faults = []
    try settle(house)
    #expect(try ends(order, house) == [1 - unknown, 0, unknown])
  }

  /// What came of one, where a process that came after told it.
  private func settledLater(_ house: House) throws -> [String] {
    let log = try house.connection.reading(at: house.now) { try $0.auditEntries(after: 0, limit: 100) }
    return try log.filter { try JSONValue.parse($0.detail)["settled_later"]?.bool == true }.map(\.action)
  }

  private static let again: HTTPFields = [.requestID: "again"]

  @Test("asked for again before it was known, it is told by how it stood then", arguments: ProtectedEnvironmentFaultTests.orders)
  fileprivate func askedAgain(_ order: ProtectedEnvironmentFaultTests.Order) throws {
    var outcomes: Set<String> = []
    for exchanges in 2..<5 {
      let house = try House()
      send(order, dyingAfter: exchanges, house)
      guard try !open(house).isEmpty else { continue }
      let stood = order.stands(house.neighbour)
      house.now = house.now + .seconds(120)
      _ = house.send(order.method, order.path, as: "adam", fields: Self.again, body: order.body)
      #expect(order.stands(house.neighbour))
      let asked = house.neighbour.sent.count
      try settle(house)
      let told = try settledLater(house)
      #expect(told == [(stood ? order.action : .protectedEnvironmentUnsettled).rawValue], "after \(exchanges) exchanges")
      if !stood { #expect(house.neighbour.sent.count == asked, "how it stands now says nothing of the first") }
      outcomes.formUnion(told)
      #expect(try open(house).isEmpty)
    }
    #expect(outcomes.count == 2, "it died before the effect and after it")
  }

  @Test(
    "asked for again while GitLab may have been at it still, nobody knows which of the two did it, whatever the clock is set to",
    arguments: [60, -72_000, 72_000])
  func askedAgainAtOnce(_ seconds: Int) throws {
    let order = ProtectedEnvironmentFaultTests.orders[0]
    let house = try House()
    send(order, dyingAfter: 3, house)
    let first = try #require(try open(house).first)
    house.now = house.now + .seconds(seconds)
    #expect(house.send(order.method, order.path, as: "adam", fields: Self.again, body: order.body).status.code == order.yes)
    try settle(house)
    #expect(try settledLater(house) == ["protected_environment.unsettled"])
    let entry = try #require(try house.auditEntries(.protectedEnvironmentUnsettled).first)
    #expect(entry.detail.contains("audit entry \(first.seq + 1) asked for another change"), "\(entry.detail)")
    #expect(try open(house).isEmpty)
  }

  @Test("asked for again with the same X-Request-Id, each is told by itself", arguments: ProtectedEnvironmentFaultTests.orders)
  fileprivate func sameRequestID(_ order: ProtectedEnvironmentFaultTests.Order) throws {
    var outcomes: Set<String> = []
    for exchanges in 2..<5 {
      let house = try House()
      send(order, dyingAfter: exchanges, house, fields: Self.again)
      guard let first = try open(house).first else { continue }
      let stood = order.stands(house.neighbour)
      house.now = house.now + .seconds(120)
      _ = house.send(order.method, order.path, as: "adam", fields: Self.again, body: order.body)
      #expect(order.stands(house.neighbour))
      #expect(try open(house).map(\.seq) == [first.seq], "what came of the second is not what came of the first")
      try settle(house)
      let told = try settledLater(house)
      #expect(told == [(stood ? order.action : .protectedEnvironmentUnsettled).rawValue], "after \(exchanges) exchanges")
      outcomes.formUnion(told)
      let log = try house.connection.reading(at: house.now) { try $0.auditEntries(after: first.seq - 1, limit: 100) }
      #expect(try log.allSatisfy { try JSONValue.parse($0.detail)["request_id"]?.string == "again" })
      #expect(try open(house).isEmpty)
    }
    #expect(outcomes.count == 2, "it died before the effect and after it")
  }

  @Test("what an older program wrote, which names no entry, is told by its request") func writtenBefore() throws {
    let house = try House()
    let asked: JSONValue = [
      "instance": "main", "project": ["id": 30, "path": "acme/payments/checkout"], "name": "staging", "verb": "unprotect",
      "before": ["name": "staging"], "request_id": "older",
    ]
    func write(_ action: AuditAction) throws { try house.write { try $0.audit(action, actor: "adam", detail: asked) } }
    try write(.protectedEnvironmentRequested)
    #expect(try open(house).count == 1)
    try write(.protectedEnvironmentUnsettled)
    #expect(try open(house).isEmpty)
    // What it left open is told by the program of now.
    try write(.protectedEnvironmentRequested)
    #expect(try open(house).count == 1)
    try settle(house)
    #expect(try open(house).isEmpty && settledLater(house) == ["protected_environment.unsettled"])
  }

  @Test("what was asked for of another thing says nothing of it") func askedOfAnother() throws {
    let order = ProtectedEnvironmentFaultTests.orders[0]
    let house = try House()
    send(order, dyingAfter: 4, house)
    let other = ProtectedEnvironmentFaultTests.orders[1]
    #expect(house.send(other.method, other.path, as: "adam", fields: Self.again, body: other.body).status.code == other.yes)
    try settle(house)
    #expect(try settledLater(house) == [order.action.rawValue])
  }
}

import Calendar
import ChangeControl
import Gate
import JSON
import Storage
import Testing

/// What has drifted is written down once, with the changes that it touches.
@Suite struct GateDriftTests {
  private static let place = "acme/payments/checkout production"

  static func look(
    approver: Bool = true, rules: [String: Int64] = [:], gaps: Set<FootingLook.Gap> = [], isWhole: Bool = true
  ) -> FootingLook {
    var look = FootingLook(instance: "main")
    look.found = [
      Footing(.init(project: 30, check: .membership), place: "acme/payments/checkout", state: ["level": 30]),
      Footing(
        .init(project: 30, environment: "production", check: .approver), place: place, state: approver ? ["user 97": 1] : [:],
        trouble: approver ? nil : "none of its rules has our account"),
      Footing(.init(project: 30, environment: "production", check: .approvalRules), place: place, state: rules),
    ].filter { footing in !gaps.contains { $0.check == footing.subject.check } }
    look.projects = [30: gaps]
    look.environments = [30: ["production"]]
    look.isWhole = isWhole
    return look
  }

  func drifts(_ bench: Bench) throws -> [String] {
    try bench.connection.reading(at: bench.now) { reading in
      var filter = AuditFilter()
      filter.actions = [.driftDetected, .driftResolved, .driftUnwatched]
      return try reading.auditEntries(filter, after: 0, limit: 100).map { entry in
        let detail = try JSONValue.parse(entry.detail)
        return "\(entry.action) \(entry.change.map(ChangeRequest.key) ?? "-") \(detail["check"]?.string ?? "")"
      }
    }
  }

  @Test func whatDriftsIsToldOnceAndShownOnWhatWaits() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    #expect(try drifts(bench) == [])
    let revision = try bench.change().change.revision
    bench.wait(.seconds(60))
    for _ in 1...3 { try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - approver", "drift.detected CHG-1 approver"])
    let drifted = try bench.change()
    #expect(drifted.drifts.map(\.seen) == ["none of its rules has our account"])
    #expect(drifted.drifts.first?.endedAt == nil && drifted.change.revision == revision + 1)
    let began = bench.now
    bench.wait(.seconds(60))
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(Self.look(), in: $1) } }
    #expect(try drifts(bench).suffix(2) == ["drift.resolved - approver", "drift.resolved CHG-1 approver"])
    #expect(try drifts(bench).count == 4)
    let mended = try bench.change().drifts
    #expect(mended.map(\.beganAt) == [began] && mended.map(\.endedAt) == [bench.now] && mended.map(\.isUnwatched) == [false])
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() } == [])
    try bench.checkPromises()
  }

  @Test func beforeAndAfterStandInTheEntry() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 2]), in: $1) }
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 1, "user 22": 1]), in: $1) }
    let entry = try #require(try bench.connection.reading(at: bench.now) { try $0.auditEntries(after: 0, limit: 10) }.last)
    let detail = try JSONValue.parse(entry.detail)
    #expect(detail["before"] == ["group 134": 2] && detail["after"] == ["group 134": 1, "user 22": 1])
    #expect(detail["seen"]?.string?.contains("required approvals of group 134 went from 2 to 1; user 22 approves there too") == true)
    // What is only another than before does not stand.
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() } == [])
  }

  @Test func whatHappenedWhileAChangeWasOpenIsShownOnItAndOnNoOther() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 2]), in: $1) }
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 1]), in: $1) }
    bench.wait(.seconds(1))
    try bench.openChange()
    bench.wait(.seconds(1))
    try bench.command { _ = try $0.noteLook(Self.look(approver: false, rules: ["group 134": 2]), in: $1) }
    #expect(try bench.change().drifts.map(\.check) == ["approval_rules", "approver"])
    bench.wait(.seconds(1))
    try bench.apply(Bench.facts(.canceled, pending: 0))
    bench.wait(.seconds(1))
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 2]), in: $1) }
    #expect(try drifts(bench).last == "drift.resolved - approver", "what is closed is left alone")
    try bench.command { _ = try $0.noteLook(Self.look(rules: ["group 134": 3]), in: $1) }
    #expect(try bench.change().drifts.map(\.check) == ["approval_rules", "approver"], "what came later did not touch it")
    bench.wait(.seconds(1))
    try bench.apply(Bench.facts(environment: "prod/eu", tier: "other", deployment: 816))
    #expect(try bench.change("CHG-2").drifts == [])
    try bench.apply(Bench.facts(deployment: 817))
    #expect(try bench.change("CHG-3").drifts == [], "it was over before")
  }

  @Test func whatIsLetThroughAndHeldIsTouchedToo() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(deployment: 816))
    for key in ["CHG-1", "CHG-2"] { try bench.decide("alice", key: key) }
    try bench.apply(Bench.facts(.running, pending: 0, job: "running", deployment: 816))
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    #expect(try drifts(bench) == ["drift.detected - approver", "drift.detected CHG-1 approver"], "one runs already")
  }

  @Test func whatWasNotReadStaysAsItIsKnown() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    var nothing = FootingLook(instance: "main")
    let gaps = Self.look(gaps: [.init(check: .approver), .init(check: .approvalRules)], isWhole: false)
    for look in [nothing, gaps, nothing] { try bench.command { _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - approver"])
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() }.map(\.count) == [1])
    // Of another GitLab nothing is said either.
    nothing = FootingLook(instance: "second")
    nothing.isWhole = true
    try bench.command { _ = try $0.noteLook(nothing, in: $1) }
    #expect(try drifts(bench).count == 1)
  }

  @Test func anEnvironmentThatIsGoneEndsWhatWasWrongWithIt() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    var look = Self.look()
    look.found.removeAll { $0.subject.environment != nil }
    look.environments = [30: []]
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(look, in: $1) } }
    #expect(try drifts(bench) == ["drift.detected - approver", "drift.resolved - approver"])
  }

  @Test func anEnvironmentThatIsThereAndGatedNoMoreIsNotSeenMended() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    let began = bench.now
    bench.wait(.seconds(60))
    var look = Self.look()
    look.found.removeAll { $0.subject.environment != nil }
    for _ in 1...2 { try bench.command { _ = try $0.noteLook(look, in: $1) } }
    #expect(
      try drifts(bench) == [
        "drift.detected - approver", "drift.detected CHG-1 approver", "drift.unwatched - approver", "drift.unwatched CHG-1 approver",
      ])
    let entry = try #require(try bench.connection.reading(at: bench.now) { try $0.auditEntries(after: 0, limit: 100) }.last)
    let detail = try JSONValue.parse(entry.detail)
    #expect(detail["since"]?.string == began.iso8601 && detail["after"]?.isNull == true, "\(entry.detail)")
    #expect(detail["seen"]?.string?.contains("is looked at no more, and was not seen mended; what was wrong: none of its") == true)
    #expect(try bench.change().drifts.map(\.isUnwatched) == [true])
    #expect(try bench.connection.reading(at: bench.now) { try $0.standingDrifts() } == [])
    try bench.checkPromises()
  }

  @Test func whatWaitedWhereNobodyCouldLookNowIsNotSeenMended() throws {
    let (bench, waiting) = (try Bench(), Footing.Subject(project: 30, environment: "production", check: .ungated))
    var look = Self.look()
    look.found.append(.init(waiting, place: Self.place, state: ["group acme": 1, "gated": 0], trouble: "waits for ever"))
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    look.found.removeLast()
    for (unread, told) in [("group acme", ["drift.detected"]), ("group acme/other", ["drift.detected", "drift.resolved"])] {
      look.unread = [30: [unread]]
      try bench.command { _ = try $0.noteLook(look, in: $1) }
      #expect(try drifts(bench) == told.map { "\($0) - ungated" })
    }
  }

  @Test func whatHoldsAnEnvironmentNoMoreIsMended() throws {
    let bench = try Bench()
    var look = Self.look()
    look.found.append(
      Footing(
        .init(project: 30, environment: "production", check: .ungated), place: Self.place, state: ["gated": 0], trouble: "waits for ever"))
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    // `setup apply` or `setup undo` has taken it back.
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    #expect(try drifts(bench) == ["drift.detected - ungated", "drift.resolved - ungated"])
    let entry = try #require(try bench.connection.reading(at: bench.now) { try $0.auditEntries(after: 0, limit: 100) }.last)
    #expect(entry.detail.contains("is gated again or gone, or nothing there waits for our account any more"), "\(entry.detail)")
  }

  @Test func whatNoServiceGatesAnyMoreIsForgotten() throws {
    let bench = try Bench()
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    bench.plan.services[0].projects = [.id(31)]
    var look = FootingLook(instance: "main")
    look.isWhole = true
    try bench.command { _ = try $0.noteLook(look, in: $1) }
    #expect(try drifts(bench).last == "drift.unwatched - approver", "nobody saw it mended")
    #expect(try bench.count("footing") == 0)
  }

  @Test func aGroupThatMayNotBeReadAnyMoreHasNothingDrift() throws {
    let bench = try Bench()
    func look(_ sources: [String: Int64], _ unread: Set<String> = []) -> FootingLook {
      var look = FootingLook(instance: "main")
      look.found = [
        Footing(
          .init(project: 30, environment: "production", check: .protection), place: Self.place, state: sources,
          trouble: sources.isEmpty ? "not protected" : nil, isCertain: unread.isEmpty, unread: unread)
      ]
      look.projects = [30: []]
      return look
    }
    try bench.command { _ = try $0.noteLook(look(["group acme": 1]), in: $1) }
    try bench.command { _ = try $0.noteLook(look([:], ["group acme"]), in: $1) }
    #expect(try drifts(bench) == [])
    // Read again, and it is true.
    try bench.command { _ = try $0.noteLook(look([:]), in: $1) }
    #expect(try drifts(bench) == ["drift.detected - protection"])
  }

  @Test func aTransactionThatIsLostHasToldNothing() throws {
    struct Lost: Error {}
    let bench = try Bench()
    try bench.openChange()
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    #expect(throws: Lost.self) {
      try bench.command { gate, transaction in
        _ = try gate.noteLook(Self.look(approver: false), in: transaction)
        throw Lost()
      }
    }
    #expect(try drifts(bench) == [] && bench.change().drifts == [])
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    #expect(try drifts(bench).count == 2)
  }

  @Test func aDriftThatTouchesVeryManyNamesTheNewest() throws {
    let bench = try Bench()
    for number in 1...103 as ClosedRange<Int64> { try bench.apply(Bench.facts(deployment: number)) }
    try bench.command { _ = try $0.noteLook(Self.look(), in: $1) }
    bench.wait(.seconds(1))
    try bench.command { _ = try $0.noteLook(Self.look(approver: false), in: $1) }
    let told = try bench.connection.reading(at: bench.now) { reading in
      var filter = AuditFilter()
      filter.actions = [.driftDetected]
      return try reading.auditEntries(filter, after: 0, limit: 1_000)
    }
    #expect(told.count == 101 && told.dropFirst().first?.change == 103)
    let detail = try JSONValue.parse(told[0].detail)
    #expect(detail["changes"]?.array?.count == 100 && detail["more_changes"]?.bool == true)
    // The rest shows it too, and a 304 would say that it does not.
    let oldest = try bench.change("CHG-1")
    #expect(oldest.drifts.count == 1)
    #expect(try bench.connection.reading(at: bench.now) { try bench.gate.mayHaveMoved(oldest, in: $0) })
  }
}

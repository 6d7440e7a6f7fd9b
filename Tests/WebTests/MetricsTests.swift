import Calendar
import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Storage
import Testing
import Web

/// What has drifted, to machines and to people.
@Suite struct MetricsTests {
  private static func look(approver: Bool) -> FootingLook {
    var look = FootingLook(instance: "main")
    look.found = [
      Footing(
        .init(project: 30, environment: "production", check: .approver), place: "acme production", state: approver ? ["user 97": 1] : [:],
        trouble: approver ? nil : "none of its rules has our account")
    ]
    look.projects = [30: []]
    look.isWhole = true
    return look
  }

  @Test func whatStandsAndWhatHappenedIsCountedForEachCheck() throws {
    let house = try House()
    let before = house.send(.get, "/metrics")
    #expect(before.status == .ok)
    #expect(before["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
    #expect(before.lines.contains(#"gatehouse_drift_findings{instance="main",check="approver"} 0"#))
    #expect(before.lines.contains(#"gatehouse_past_the_gate_total{kind="play"} 0"#))
    #expect(!before.lines.contains { $0.hasPrefix("gatehouse_drift_last_look_timestamp_seconds{") })
    try house.write { _ = try house.gate.noteLook(Self.look(approver: false), in: $0) }
    house.counts.countDrift(instance: "main", check: "approver", turn: .detected)
    house.counts.count(.play)
    let after = house.send(.get, "/metrics").lines
    #expect(after.contains(#"gatehouse_drift_findings{instance="main",check="approver"} 1"#))
    #expect(after.contains(#"gatehouse_drift_findings{instance="main",check="protection"} 0"#))
    #expect(after.contains(#"gatehouse_drift_total{instance="main",check="approver",turn="detected"} 1"#))
    #expect(after.contains(#"gatehouse_past_the_gate_total{kind="play"} 1"#))
    #expect(after.contains(#"gatehouse_drift_last_look_timestamp_seconds{instance="main"} \#(House.start.milliseconds / 1_000)"#))
    try house.write { _ = try house.gate.noteLook(Self.look(approver: true), in: $0) }
    #expect(house.send(.get, "/metrics").lines.contains(#"gatehouse_drift_findings{instance="main",check="approver"} 0"#))
  }

  /// https://prometheus.io/docs/instrumenting/exposition_formats/#text-format-details
  @Test func eachLineIsOneThatPrometheusReads() throws {
    let response = try House().send(.get, "/metrics")
    #expect(response.text.hasSuffix("\n") && !response.text.hasSuffix("\n\n"))
    var families: Set<Substring> = []
    for line in response.lines where !line.isEmpty {
      if let type = line.wholeMatch(of: /# TYPE (\w+) (?:gauge|counter)/) {
        #expect(families.insert(type.output.1).inserted, "a family stands once")
      } else if !line.hasPrefix("# HELP ") {
        let sample = try #require(line.wholeMatch(of: /(\w+)(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? \d+/), "\(line)")
        #expect(families.contains(sample.output.1))
      }
    }
    #expect(families.count == 7)
  }

  @Test func whatCouldNotBeSeenIsCountedAndNotNamed() throws {
    let house = try House()
    #expect(!house.send(.get, "/metrics").lines.contains { $0.hasPrefix("gatehouse_drift_unseen{") }, "nobody has looked yet")
    func look(_ unseen: [FootingLook.Unseen]?) throws {
      var look = Self.look(approver: true)
      look.unseen = unseen
      try house.write { _ = try house.gate.noteLook(look, in: $0) }
    }
    let names = ["production", "prod/secret-customer"]
    try look(
      names.map { .init(.init(project: 30, environment: $0, check: .protection), place: "acme \($0)", reason: "403") }
        + [.init(.init(project: 30, check: .webhook), place: "acme", reason: "403")])
    let blind = house.send(.get, "/metrics")
    #expect(blind.lines.contains(#"gatehouse_drift_unseen{instance="main",check="protection"} 2"#))
    #expect(blind.lines.contains(#"gatehouse_drift_unseen{instance="main",check="webhook"} 1"#))
    #expect(blind.lines.contains(#"gatehouse_drift_unseen{instance="main",check="membership"} 0"#))
    #expect(!blind.text.contains("secret-customer"))
    // A GitLab that is away: what was not seen before is not known any better.
    try look(nil)
    #expect(house.send(.get, "/metrics").lines.contains(#"gatehouse_drift_unseen{instance="main",check="protection"} 2"#))
    try look([])
    #expect(house.send(.get, "/metrics").lines.contains(#"gatehouse_drift_unseen{instance="main",check="protection"} 0"#))
  }

  @Test func rotationsAndTheEndsOfTokensAreTold() throws {
    let house = try House()
    let before = house.send(.get, "/metrics").lines
    #expect(before.contains(#"gatehouse_token_rotations_total{instance="main",outcome="failed"} 0"#))
    #expect(!before.contains { $0.hasPrefix("gatehouse_token_expires_timestamp_seconds{") })
    house.counts.count(.failed, instance: "main")
    house.counts.count(.done, instance: "main")
    house.counts.count(.done, instance: "main")
    try house.write {
      try $0.noteTokenEnd(instance: "main", token: .some(Instant(milliseconds: 1_800_000_000_000)))
      try $0.noteTokenEnd(instance: "main", adminToken: .some(Instant(milliseconds: 1_900_000_000_000)))
    }
    let after = house.send(.get, "/metrics").lines
    #expect(after.contains(#"gatehouse_token_rotations_total{instance="main",outcome="done"} 2"#))
    #expect(after.contains(#"gatehouse_token_rotations_total{instance="main",outcome="failed"} 1"#))
    #expect(after.contains(#"gatehouse_token_expires_timestamp_seconds{instance="main",token="token"} 1800000000"#))
    #expect(after.contains(#"gatehouse_token_expires_timestamp_seconds{instance="main",token="admin_token"} 1900000000"#))
    // One that never ends.
    try house.write { try $0.noteTokenEnd(instance: "main", token: .some(nil)) }
    #expect(!house.send(.get, "/metrics").lines.contains { $0.contains(#"token="token""#) })
  }

  @Test func aChangeShowsWhatHasDriftedUnderIt() throws {
    let house = try House()
    try house.deployment(.blocked())
    try house.write { _ = try house.gate.noteLook(Self.look(approver: true), in: $0) }
    let path = "/api/v1/changes/CHG-1"
    let before = house.send(.get, path, as: "vera")
    #expect(before.json["drift"] == [])
    house.now = house.now + .seconds(1)
    try house.write { _ = try house.gate.noteLook(Self.look(approver: false), in: $0) }
    let after = house.send(.get, path, as: "vera", fields: [.ifNoneMatch: before["ETag"] ?? ""])
    let line: JSONValue = [
      "check": "approver", "seen": "none of its rules has our account", "since": .string(house.now.iso8601), "until": nil,
      "unwatched": false,
    ]
    #expect(after.status == .ok && after.json["drift"] == [line])
    #expect(house.send(.get, path + "/evaluation", as: "vera").json["drift"] == [line])
    let audit = house.send(.get, path + "/audit?action=drift.detected", as: "vera").json["entries"]?.array ?? []
    #expect(audit.map { $0["detail"]?["seen"] } == ["none of its rules has our account"])
  }
}

extension Response {
  fileprivate var lines: [Substring] { text.split(separator: "\n") }
}

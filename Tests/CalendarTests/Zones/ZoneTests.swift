import TestSupport
import Testing

@testable import Calendar

@Suite struct ZoneTests {
  /// What a clock shows, and when: nothing, once or twice.
  @Test(arguments: [
    // Berlin: 02:00 → 03:00 at 01:00 UTC, 03:00 → 02:00 at 01:00 UTC.
    ("Berlin", "2026-03-29T01:59:59", ["2026-03-29T00:59:59Z"]),
    ("Berlin", "2026-03-29T02:00:00", []),
    ("Berlin", "2026-03-29T02:59:59", []),
    ("Berlin", "2026-03-29T03:00:00", ["2026-03-29T01:00:00Z"]),
    ("Berlin", "2026-10-25T01:59:59", ["2026-10-24T23:59:59Z"]),
    ("Berlin", "2026-10-25T02:00:00", ["2026-10-25T00:00:00Z", "2026-10-25T01:00:00Z"]),
    ("Berlin", "2026-10-25T02:59:59", ["2026-10-25T00:59:59Z", "2026-10-25T01:59:59Z"]),
    ("Berlin", "2026-10-25T03:00:00", ["2026-10-25T02:00:00Z"]),
    // New York: 02:00 → 03:00 at 07:00 UTC, 02:00 → 01:00 at 06:00 UTC.
    ("New_York", "2026-03-08T01:59:59", ["2026-03-08T06:59:59Z"]),
    ("New_York", "2026-03-08T02:30:00", []),
    ("New_York", "2026-03-08T03:00:00", ["2026-03-08T07:00:00Z"]),
    ("New_York", "2026-11-01T00:59:59", ["2026-11-01T04:59:59Z"]),
    ("New_York", "2026-11-01T01:30:00", ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"]),
    ("New_York", "2026-11-01T02:00:00", ["2026-11-01T07:00:00Z"]),
    // Lord Howe, where summer is half an hour: 02:00 → 02:30 at 15:30 UTC the day before, 02:00 → 01:30 at 15:00 UTC.
    ("Lord_Howe", "2026-10-04T01:59:59", ["2026-10-03T15:29:59Z"]),
    ("Lord_Howe", "2026-10-04T02:00:00", []),
    ("Lord_Howe", "2026-10-04T02:29:59", []),
    ("Lord_Howe", "2026-10-04T02:30:00", ["2026-10-03T15:30:00Z"]),
    ("Lord_Howe", "2026-04-05T01:29:59", ["2026-04-04T14:29:59Z"]),
    ("Lord_Howe", "2026-04-05T01:30:00", ["2026-04-04T14:30:00Z", "2026-04-04T15:00:00Z"]),
    ("Lord_Howe", "2026-04-05T01:59:59", ["2026-04-04T14:59:59Z", "2026-04-04T15:29:59Z"]),
    ("Lord_Howe", "2026-04-05T02:00:00", ["2026-04-04T15:30:00Z"]),
    // Santiago sets its clocks at midnight, by a rule with the hour 24.
    ("Santiago", "2026-09-06T00:00:00", []),
    ("Santiago", "2026-09-06T01:00:00", ["2026-09-06T04:00:00Z"]),
    ("Santiago", "2026-04-04T23:30:00", ["2026-04-05T02:30:00Z", "2026-04-05T03:30:00Z"]),
    // Dublin's standard time is its summer time: its rule has the saving in winter.
    ("Dublin", "2026-03-29T01:30:00", []),
    ("Dublin", "2026-10-25T01:30:00", ["2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"]),
    // No daylight saving.
    ("Kolkata", "2026-03-29T02:30:00", ["2026-03-28T21:00:00Z"]),
    // Samoa went without a whole day.
    ("Apia", "2011-12-29T23:59:59", ["2011-12-30T09:59:59Z"]),
    ("Apia", "2011-12-30T12:00:00", []),
    ("Apia", "2011-12-31T00:00:00", ["2011-12-30T10:00:00Z"]),
    // Long after the last change of the table, and before the first.
    ("Berlin", "2500-07-01T12:00:00", ["2500-07-01T10:00:00Z"]),
    ("Berlin", "1850-01-01T00:53:28", ["1850-01-01T00:00:00Z"]),
  ])
  func instants(of zone: String, _ shown: String, _ expected: [String]) throws {
    let zone = try ZoneFixtures.zone(zone)
    let instants = zone.instants(of: try civil(shown))
    switch instants {
    case .once(let only): #expect([only] == (try expected.map(instant)))
    case .twice(let first, let second): #expect([first, second] == (try expected.map(instant)))
    case .skipped: #expect(expected.isEmpty)
    }
    for text in expected { #expect(zone.civilTime(at: try instant(text)) == (try civil(shown))) }
  }

  @Test(arguments: [
    ("Berlin", "2026-03-29T02:30:00", "2026-03-29T01:00:00Z", "2026-03-29T01:30:00Z"),
    ("New_York", "2026-03-08T02:00:00", "2026-03-08T07:00:00Z", "2026-03-08T07:00:00Z"),
    ("Lord_Howe", "2026-10-04T02:15:00", "2026-10-03T15:30:00Z", "2026-10-03T15:45:00Z"),
    ("Sao_Paulo", "2018-11-04T00:00:00", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z"),
    ("Apia", "2011-12-30T12:00:00", "2011-12-30T10:00:00Z", "2011-12-30T22:00:00Z"),
  ])
  func gaps(_ zone: String, _ shown: String, _ jump: String, _ unshifted: String) throws {
    let expected = CivilInstants.skipped(jump: try instant(jump), unshifted: try instant(unshifted))
    #expect(try ZoneFixtures.zone(zone).instants(of: try civil(shown)) == expected)
    #expect(expected.first == (try instant(jump)))
  }

  @Test("the files with a table to 2037 and those with a rule instead say the same")
  func fatAndSlim() throws {
    let (fat, slim) = (try ZoneFixtures.zone("New_York.fat"), try ZoneFixtures.zone("New_York"))
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<3_000 {
      let instant = Instant(milliseconds: Int64.random(in: -3_000_000_000_000...9_000_000_000_000, using: &generator))
      #expect(fat.offset(at: instant) == slim.offset(at: instant), "\(instant.iso8601)")
    }
  }

  @Test("an instant's civil time stands for that instant, and the first of a civil time is never earlier for a later one")
  func roundTrips() throws {
    var generator = SeededGenerator(seed: 12)
    for file in ZoneFixtures.files {
      let zone = try TimeZone(name: file.name, tzif: file.bytes)
      var last: (time: CivilTime, first: Instant)?
      for second in (0..<500).map({ _ in Int.random(in: -5_000_000_000...9_000_000_000, using: &generator) }).sorted() {
        let moment = Instant(seconds: second)
        let time = zone.civilTime(at: moment)
        let instants = zone.instants(of: time)
        switch instants {
        case .once(let only): #expect(only == moment)
        case .twice(let first, let second): #expect((first == moment || second == moment) && first < second)
        case .skipped: Issue.record("\(file.name): \(moment.iso8601) is shown as \(time), which is skipped")
        }
        #expect(zone.latestCivilTime(upTo: moment) >= time)
        if let last { #expect((last.time <= time) == (last.first <= instants.first)) }
        last = (time, instants.first)
      }
    }
  }

  @Test func theEndsOfTimeTrapNothing() throws {
    for zone in [TimeZone.utc, try ZoneFixtures.zone("Berlin")] {
      for milliseconds in [Int64.min, .max, 0] {
        let moment = Instant(milliseconds: milliseconds)
        _ = zone.instants(of: zone.civilTime(at: moment))
        _ = zone.latestCivilTime(upTo: moment)
      }
    }
    #expect(TimeZone.utc.instants(of: try civil("2026-09-03T09:15:02")) == .once(try instant("2026-09-03T09:15:02Z")))
  }
}

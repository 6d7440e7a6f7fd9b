import TestSupport
import Testing

@testable import Calendar

@Suite struct CronScheduleTests {
  /// The times after an instant, as clocks in the zone show them.
  private func times(_ text: String, after: String, in name: String = "UTC", count: Int) throws -> [String] {
    let schedule = try CronSchedule(text)
    let zone = name == "UTC" ? TimeZone.utc : try ZoneFixtures.zone(name)
    var time = try instant(after)
    return try (0..<count).map { _ in
      time = try #require(schedule.next(after: time, in: zone))
      return zone.civilTime(at: time).description
    }
  }

  private static let upcoming: [(String, [String])] = [
    ("0 18 * * 5", ["2026-11-27T18:00:00", "2026-12-04T18:00:00"]),
    ("*/20 9-10 * * *", ["2026-11-22T09:00:00", "2026-11-22T09:20:00", "2026-11-22T09:40:00", "2026-11-22T10:00:00"]),
    ("5,50 0 1 * *", ["2026-12-01T00:05:00", "2026-12-01T00:50:00", "2027-01-01T00:05:00"]),
    ("0 0 31 * *", ["2026-12-31T00:00:00", "2027-01-31T00:00:00", "2027-03-31T00:00:00"]),
    ("0 0 29 2 *", ["2028-02-29T00:00:00", "2032-02-29T00:00:00"]),
    ("0 12 * jan-mar Mon", ["2027-01-04T12:00:00", "2027-01-11T12:00:00"]),
    ("0 0 * * 7", ["2026-11-22T00:00:00", "2026-11-29T00:00:00"]),
    ("0 0 * * sun", ["2026-11-22T00:00:00", "2026-11-29T00:00:00"]),
    ("0 0 * * FRI-SUN", ["2026-11-22T00:00:00", "2026-11-27T00:00:00", "2026-11-28T00:00:00"]),
    ("0 0 * * 5-7/2", ["2026-11-22T00:00:00", "2026-11-27T00:00:00", "2026-11-29T00:00:00"]),
    // Either day, when both are restricted.
    ("0 0 13 * 5", ["2026-11-27T00:00:00", "2026-12-04T00:00:00", "2026-12-11T00:00:00", "2026-12-13T00:00:00"]),
    // Both, when one of them begins with a star.
    ("0 0 */2 * 5", ["2026-11-27T00:00:00", "2026-12-11T00:00:00", "2026-12-25T00:00:00"]),
    ("0 0 13 * *", ["2026-12-13T00:00:00", "2027-01-13T00:00:00"]),
    ("59 23 31 12 *", ["2026-12-31T23:59:00", "2027-12-31T23:59:00"]),
    ("@hourly", ["2026-11-21T21:00:00", "2026-11-21T22:00:00"]),
    ("@daily", ["2026-11-22T00:00:00", "2026-11-23T00:00:00"]),
    ("@midnight", ["2026-11-22T00:00:00"]),
    ("@Weekly", ["2026-11-22T00:00:00", "2026-11-29T00:00:00"]),
    ("@monthly", ["2026-12-01T00:00:00"]),
    ("@yearly", ["2027-01-01T00:00:00", "2028-01-01T00:00:00"]),
    ("@annually", ["2027-01-01T00:00:00"]),
    ("  0\t18  * * 5 ", ["2026-11-27T18:00:00"]),
  ]

  @Test(arguments: upcoming) func next(_ text: String, _ expected: [String]) throws {
    #expect(try times(text, after: "2026-11-21T20:30:17Z", count: expected.count) == expected)
    let schedule = try CronSchedule(text)
    for time in expected {
      let time = try instant(time + "Z")
      #expect(schedule.last(atOrBefore: time, in: .utc) == time)
      #expect(schedule.last(atOrBefore: time + .seconds(59), in: .utc) == time)
      #expect(schedule.last(atOrBefore: time - .milliseconds(1), in: .utc) != time)
    }
  }

  /// What fires around the nights in which clocks are set, in UTC.
  private static let nights: [(String, String, String, [String])] = [
    // A time in the gap: at the first instant after it. One that is there twice: at the first.
    ("Berlin", "30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-29T01:00:00", "2026-03-30T00:30:00"]),
    ("Berlin", "30 2 * * *", "2026-10-24T12:00:00Z", ["2026-10-25T00:30:00", "2026-10-26T01:30:00"]),
    ("New_York", "30 2 * * *", "2026-03-07T18:00:00Z", ["2026-03-08T07:00:00", "2026-03-09T06:30:00"]),
    ("New_York", "30 1 * * *", "2026-10-31T18:00:00Z", ["2026-11-01T05:30:00", "2026-11-02T06:30:00"]),
    ("Lord_Howe", "15 2 * * *", "2026-10-03T00:00:00Z", ["2026-10-03T15:30:00", "2026-10-04T15:15:00"]),
    ("Lord_Howe", "45 1 * * *", "2026-04-04T00:00:00Z", ["2026-04-04T14:45:00", "2026-04-05T15:15:00"]),
    ("Santiago", "0 0 * * *", "2026-09-05T12:00:00Z", ["2026-09-06T04:00:00", "2026-09-07T03:00:00"]),
    // What the gap swallows is one time, not several.
    ("Berlin", "*/30 * * * *", "2026-03-29T00:15:00Z", ["2026-03-29T00:30:00", "2026-03-29T01:00:00", "2026-03-29T01:30:00"]),
    // The hour that comes again is silent.
    ("Berlin", "0,30 * * * *", "2026-10-25T00:15:00Z", ["2026-10-25T00:30:00", "2026-10-25T02:00:00", "2026-10-25T02:30:00"]),
    // Asked within the hour that comes again.
    ("Berlin", "30 2 * * *", "2026-10-25T01:10:00Z", ["2026-10-26T01:30:00"]),
    // A day that is skipped.
    ("Apia", "0 12 30 * *", "2011-12-29T00:00:00Z", ["2011-12-30T10:00:00", "2012-01-29T22:00:00"]),
    ("Kolkata", "30 2 * * *", "2026-03-28T12:00:00Z", ["2026-03-28T21:00:00", "2026-03-29T21:00:00"]),
  ]

  @Test(arguments: nights) func clocksThatAreSet(_ name: String, _ text: String, _ after: String, _ expected: [String]) throws {
    let (zone, schedule) = (try ZoneFixtures.zone(name), try CronSchedule(text))
    var time = try instant(after)
    for expected in expected {
      let next = try #require(schedule.next(after: time, in: zone))
      #expect(next == (try instant(expected + "Z")), "\(next.iso8601)")
      #expect(schedule.last(atOrBefore: next, in: zone) == next)
      #expect(schedule.last(atOrBefore: next - .milliseconds(1), in: zone).map { $0 < next } == true)
      time = next
    }
  }

  private static let slips: [(String, String)] = [
    ("60 * * * *", "the minute `60` is not understood; allowed are `*`, 0-59, ranges"),
    ("* 24 * * *", "the hour `24` is not understood; allowed are `*`, 0-23, ranges"),
    ("* * 0 * *", "the day of month `0` is not understood; allowed are `*`, 1-31, ranges"),
    ("* * * 13 *", "the month `13` is not understood; allowed are `*`, 1-12 or jan-dec, ranges"),
    ("* * * sept *", "the month `sept`"),
    ("* * * * 8", "the day of week `8` is not understood; allowed are `*`, 0-7 or sun-sat, Sunday being 0 and 7, ranges"),
    ("* * ? * *", "the day of month `?`"), ("* * L * *", "the day of month `L`"), ("* * * * 5#2", "the day of week `5#2`"),
    ("1,,2 * * * *", "the minute `1,,2`"), ("+1 * * * *", "the minute `+1`"), ("１ * * * *", "the minute `?`"),
    ("-1 * * * *", "the minute `-1`"), ("1- * * * *", "the minute `1-`"), ("1-2-3 * * * *", "the minute `1-2-3`"),
    ("1000000000000000000000 * * * *", "the minute"),
    ("* 22-6 * * *", "the hour `22-6` has a range that runs backwards"),
    ("5/15 * * * *", "the minute `5/15` has a step without a range"),
    ("*/0 * * * *", "the minute `*/0` has a step that is none; allowed are 1 to 59"), ("*/90 * * * *", "the minute `*/90` has a step"),
    ("*/ * * * *", "the minute `*/` has a step"), ("*/2/2 * * * *", "the minute `*/2/2` has a step"),
    ("", "a cron schedule has five fields (minute, hour, day of month, month, day of week)"), ("* * * *", "this one has 4 fields"),
    ("0 0 18 * * 5", "this one has 6 fields"), ("@reboot", "there is no schedule `@reboot`; known are @hourly"),
    ("0 0 30 2 *", "it never fires"), ("0 0 31 2,4,6,9,11 *", "it never fires"), ("0 0 30 2 */2", "it never fires"),
    (String(repeating: "1,", count: 600) + "1 * * * *", "at most 1024 bytes"),
  ]

  @Test(arguments: slips) func refused(_ text: String, _ message: String) {
    let fault = #expect(throws: CronFault.self) { try CronSchedule(text) }
    #expect(fault?.description.contains(message) == true, "\(fault?.description ?? "")")
  }

  @Test func whatSeemsNeverToFireAndDoes() throws {
    // Mondays in February.
    #expect(try times("0 0 30 2 1", after: "2026-11-21T00:00:00Z", count: 1) == ["2027-02-01T00:00:00"])
    // A leap day that is a Sunday.
    #expect(try times("0 0 29 2 */7", after: "2032-03-01T00:00:00Z", count: 2) == ["2060-02-29T00:00:00", "2088-02-29T00:00:00"])
    #expect(try times("0 0 29 2 *", after: "2096-03-01T00:00:00Z", count: 1) == ["2104-02-29T00:00:00"])
  }

  @Test func theEndsOfTime() throws {
    let schedule = try CronSchedule("0 0 * * *")
    #expect(schedule.next(after: Instant(milliseconds: .max), in: .utc) == nil)
    #expect(schedule.last(atOrBefore: Instant(milliseconds: .min), in: .utc) == nil)
    #expect(schedule.next(after: try instant("9999-12-31T00:00:00Z"), in: .utc) == nil)
    #expect(schedule.last(atOrBefore: try instant("0000-01-01T00:00:00Z"), in: .utc) != nil)
  }
}

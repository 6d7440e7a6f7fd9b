import TestSupport
import Testing

@testable import Calendar

@Suite struct WindowScheduleTests {
  private func window(_ text: String, minutes: Int, _ zone: String) throws -> WindowSchedule {
    .recurring(try CronSchedule(text), lasting: .seconds(minutes * 60), in: try ZoneFixtures.zone(zone))
  }

  private func period(_ start: String, _ end: String) throws -> Period {
    try #require(Period(start: try instant(start), end: try instant(end)))
  }

  /// The elapsed time is what counts: where clocks are set within a window, it ends at another time of day.
  private static let table: [(String, String, Double, String, String)] = [
    // From Friday at six to Monday at eight, but for the weekends in which clocks are set.
    ("Berlin", "0 18 * * 5", 62, "2026-11-20T17:00:00Z", "2026-11-23T07:00:00Z"),
    ("Berlin", "0 18 * * 5", 62, "2026-03-27T17:00:00Z", "2026-03-30T07:00:00Z"),
    ("Berlin", "0 18 * * 5", 62, "2026-10-23T16:00:00Z", "2026-10-26T06:00:00Z"),
    ("New_York", "0 18 * * 5", 62, "2026-03-06T23:00:00Z", "2026-03-09T13:00:00Z"),
    ("New_York", "0 18 * * 5", 62, "2026-10-30T22:00:00Z", "2026-11-02T12:00:00Z"),
    ("Lord_Howe", "0 18 * * 5", 62, "2026-10-02T07:30:00Z", "2026-10-04T21:30:00Z"),
    ("Lord_Howe", "0 18 * * 5", 62, "2026-04-03T07:00:00Z", "2026-04-05T21:00:00Z"),
    // Begins in the gap, and so at its end.
    ("Berlin", "30 2 29 3 *", 1, "2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z"),
    // Begins in the hour that comes again: at the first, once, and ends in the second.
    ("Berlin", "30 2 25 10 *", 1, "2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z"),
    // Ends where clocks are set.
    ("Berlin", "0 1 25 10 *", 2, "2026-10-24T23:00:00Z", "2026-10-25T01:00:00Z"),
    ("Lord_Howe", "0 1 4 10 *", 1, "2026-10-03T14:30:00Z", "2026-10-03T15:30:00Z"),
    // Over the ends of years and Februaries.
    ("Kolkata", "0 0 31 12 *", 48, "2026-12-30T18:30:00Z", "2027-01-01T18:30:00Z"),
    ("Berlin", "0 0 29 2 *", 24, "2028-02-28T23:00:00Z", "2028-02-29T23:00:00Z"),
    // Windows that overlap or touch are one.
    ("Kolkata", "0 0 * * 6,0", 24, "2026-11-20T18:30:00Z", "2026-11-22T18:30:00Z"),
    ("Kolkata", "*/10 9-16 * * 1-5", 0.5, "2026-11-23T03:30:00Z", "2026-11-23T11:50:00Z"),
  ]

  @Test(arguments: table) func windows(_ zone: String, _ text: String, _ hours: Double, _ start: String, _ end: String) throws {
    let (window, expected) = (try window(text, minutes: Int(hours * 60), zone), try period(start, end))
    let middle = expected.start + (expected.end - expected.start) / 2
    for inside in [expected.start, expected.start + .milliseconds(1), middle, expected.end - .milliseconds(1)] {
      #expect(window.period(holding: inside) == expected, "\(inside.iso8601)")
      #expect(window.holds(at: inside) && window.end(holding: inside) == expected.end, "\(inside.iso8601)")
    }
    #expect(window.period(holding: expected.start - .milliseconds(1)) == nil)
    #expect(window.period(holding: expected.end) == nil)
    #expect(!window.holds(at: expected.end) && window.end(holding: expected.end) == nil)
    #expect(window.next(after: expected.start - .milliseconds(1)) == expected)
    #expect(window.next(after: expected.start).map { $0.start > expected.end } == true)
    #expect(window.everEnds)
  }

  @Test func fixedWindows() throws {
    let expected = try period("2026-12-20T00:00:00Z", "2027-01-02T00:00:00Z")
    let window = WindowSchedule.fixed(expected)
    #expect(window.period(holding: expected.start) == expected)
    #expect(window.period(holding: expected.end) == nil)
    #expect(window.holds(at: expected.start) && window.end(holding: expected.start) == expected.end)
    #expect(!window.holds(at: expected.end) && window.end(holding: expected.end) == nil)
    #expect(window.next(after: expected.start - .milliseconds(1)) == expected)
    #expect(window.next(after: expected.start) == nil)
    #expect(window.everEnds)
    #expect(!WindowSchedule.fixed(try period("2026-12-20", "2062-12-20")).everEnds)
    #expect(Period(start: expected.end, end: expected.start) == nil)
    #expect(Period(start: expected.end, end: expected.end) == nil)
  }

  /// How many minutes a window lasts, and whether that is ever over before the next begins.
  private static let lengths: [(String, Int, Bool)] = [
    ("* * * * *", 1, false), ("0 * * * *", 60, false), ("0 * * * *", 59, true), ("0 0 * * *", 1_440, false), ("0 0 * * *", 1_439, true),
    ("0 0 * * *", 2_880, false), ("0 18 * * 5", 62 * 60, true), ("0 18 * * 5", 168 * 60, false), ("0 18 * * 5", 167 * 60, true),
    ("0 0 1 * *", 31 * 1_440, false), ("0 0 1 * *", 31 * 1_440 - 1, true), ("0 0 29 2 *", 1_461 * 1_440, false),
    ("0 0 29 2 *", 1_460 * 1_440, true), ("0 9-17 * * *", 60, true), ("0 9-17 * * *", 16 * 60, false), ("0 0 1 1 *", 3_653 * 1_440, false),
    ("0 0 1 1 *", 1_000_000_000, false),
  ]

  @Test(arguments: lengths)
  func whatNeverEnds(_ text: String, _ minutes: Int, _ everEnds: Bool) throws {
    #expect(try window(text, minutes: minutes, "Berlin").everEnds == everEnds)
  }

  @Test("one that never ends is told of all the same, cut, without reading for ever")
  func endless() throws {
    for (text, minutes) in [("* * * * *", 1), ("0 0 * * *", 1_440), ("0 0 1 1 *", 1_000_000_000_000)] {
      let window = try window(text, minutes: minutes, "Berlin")
      let now = try instant("2026-11-21T20:00:00Z")
      let period = try #require(window.period(holding: now))
      #expect(period.contains(now))
      #expect(period.end - period.start < .seconds(21 * 366 * 86_400))
    }
    #expect(try window("0 0 * * *", minutes: 0, "Berlin").period(holding: try instant("2026-11-20T23:00:00Z")) == nil)
    #expect(try window("0 0 * * *", minutes: 0, "Berlin").next(after: try instant("2026-11-20T23:00:00Z")) == nil)
  }

  @Test("windows are where the minutes after a time of the schedule are")
  func agreement() throws {
    var generator = SeededGenerator(seed: 23)
    for (name, day) in [("Berlin", "2026-10-23"), ("Berlin", "2026-03-27"), ("Lord_Howe", "2026-10-02"), ("New_York", "2026-10-30")] {
      let (zone, start) = (try ZoneFixtures.zone(name), try instant(day))
      for _ in 0..<6 {
        var naive = NaiveSchedule(using: &generator)
        (naive.days, naive.months) = (nil, nil)
        let minutes = Int.random(in: 1...300, using: &generator)
        let window = WindowSchedule.recurring(try CronSchedule(naive.text), lasting: .seconds(minutes * 60), in: zone)
        guard window.everEnds else { continue }
        let times = naive.times(from: start - .seconds(86_400), to: start + .seconds(3 * 86_400), in: zone)
        for step in 0..<200 {
          let moment = start + .seconds(step * 21 * 60)
          let isHeld = times.contains { $0 <= moment && moment < $0 + .seconds(minutes * 60) }
          let period = window.period(holding: moment)
          #expect((period != nil) == isHeld, "\(naive.text) for \(minutes) minutes in \(name) at \(moment.iso8601)")
          #expect(window.holds(at: moment) == isHeld && window.end(holding: moment) == period?.end)
          if let period { #expect(period.contains(moment) && window.period(holding: period.end) == nil) }
          guard let next = window.next(after: moment) else { continue }
          #expect(next.start > moment && (times.contains(next.start) || next.start > start + .seconds(3 * 86_400)))
        }
      }
    }
  }
}

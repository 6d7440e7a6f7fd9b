import TestSupport
import Testing

@testable import Calendar

@Suite struct CronPropertyTests {
  /// Three days each: in which clocks are set, at ends of years and of February, and others.
  private static let days = [
    "2026-03-07", "2026-03-27", "2026-04-03", "2026-09-04", "2026-10-02", "2026-10-23", "2026-10-30", "2026-12-30", "2028-02-27",
    "2027-02-26",
    "2026-07-30", "2038-03-26", "2038-10-29",
  ]

  private func agree(_ naive: NaiveSchedule, from start: Instant, to end: Instant, in zone: TimeZone) throws {
    guard let schedule = try? CronSchedule(naive.text) else { return #expect(naive.months != nil && naive.days != nil) }
    let expected = naive.times(from: start, to: end, in: zone)
    var forth: [Instant] = []
    var time = start
    while let next = schedule.next(after: time, in: zone), next <= end {
      forth.append(next)
      time = next
    }
    var back: [Instant] = []
    time = end
    while let last = schedule.last(atOrBefore: time, in: zone), last > start {
      back.append(last)
      time = last - .milliseconds(1)
    }
    #expect(forth == expected, "\(naive.text) in \(zone) from \(start.iso8601)")
    #expect(back.reversed() == expected, "\(naive.text) in \(zone) from \(start.iso8601), backwards")
  }

  @Test(
    "next and last find what reading minute by minute finds",
    arguments: ["Berlin", "New_York", "Lord_Howe", "Santiago", "Dublin", "Kolkata"])
  func agreement(_ name: String) throws {
    let zone = try ZoneFixtures.zone(name)
    var generator = SeededGenerator(seed: 21)
    for day in CronPropertyTests.days {
      for _ in 0..<3 {
        let start = try instant(day)
        try agree(NaiveSchedule(using: &generator), from: start, to: start + .seconds(3 * 86_400), in: zone)
      }
    }
  }

  @Test("over a whole year too", arguments: [("Berlin", 2027), ("Lord_Howe", 2028)])
  func wholeYears(_ name: String, _ year: Int) throws {
    var generator = SeededGenerator(seed: 22)
    let (start, end) = (try instant("\(year)-01-01"), try instant("\(year + 1)-01-02"))
    try agree(NaiveSchedule(using: &generator), from: start, to: end, in: try ZoneFixtures.zone(name))
  }
}

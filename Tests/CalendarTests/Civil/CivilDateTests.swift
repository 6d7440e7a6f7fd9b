import TestSupport
import Testing

@testable import Calendar

@Suite struct CivilDateTests {
  @Test("every day from 1600 to 2400 follows the one before, by months' lengths and by weekdays")
  func days() throws {
    var date = try #require(CivilDate(year: 1_600, month: 1, day: 1))
    #expect(date.weekday == .saturday)
    while date.year < 2_400 {
      let next = date.adding(days: 1)
      #expect(next.daysSinceEpoch == date.daysSinceEpoch + 1)
      #expect(next.weekday.rawValue == (date.weekday.rawValue + 1) % 7)
      let isLast = date.day == CivilDate.days(inMonth: date.month, of: date.year)
      let expected =
        isLast
        ? CivilDate(year: date.month == 12 ? date.year + 1 : date.year, month: date.month % 12 + 1, day: 1)
        : CivilDate(year: date.year, month: date.month, day: date.day + 1)
      guard next == expected, date < next else { return #expect(next == expected) }
      date = next
    }
    #expect(date.daysSinceEpoch == 157_054)
  }

  @Test(arguments: [
    (2026, 2, 29), (2100, 2, 29), (2026, 4, 31), (2026, 0, 1), (2026, 13, 1), (2026, 1, 0), (2026, 1, 32), (10_000, 1, 1), (-1, 1, 1),
  ])
  func noSuchDay(_ year: Int, _ month: Int, _ day: Int) { #expect(CivilDate(year: year, month: month, day: day) == nil) }

  @Test func leapDays() {
    #expect(CivilDate(year: 2028, month: 2, day: 29)?.adding(days: 1).description == "2028-03-01")
    #expect(CivilDate(year: 2000, month: 2, day: 29)?.dayOfYear == 60)
    #expect(CivilDate.first(of: 14, in: 2026).description == "2027-02-01")
    #expect(CivilDate.first(of: 0, in: 2026).description == "2025-12-01")
  }

  @Test func timesOfDay() throws {
    let date = try #require(CivilDate(year: 1969, month: 12, day: 31))
    let time = try #require(CivilTime(date, hour: 23, minute: 59, second: 58))
    #expect(time.secondsSinceEpoch == -2)
    #expect((time.hour, time.minute, time.second) == (23, 59, 58))
    #expect(time.description == "1969-12-31T23:59:58")
    for (hour, minute, second) in [(24, 0, 0), (0, 60, 0), (0, 0, 60), (-1, 0, 0)] {
      #expect(CivilTime(date, hour: hour, minute: minute, second: second) == nil)
    }
  }
}

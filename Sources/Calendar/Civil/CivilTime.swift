/// What a calendar and a clock on a wall show, to the second: no point in time, for clocks differ, and are set forward and back.
package struct CivilTime: Sendable, Hashable, Comparable, CustomStringConvertible {
  package let date: CivilDate
  /// Since midnight, from 0 up to 86,399.
  package let secondOfDay: Int

  /// Nil when no clock shows that: a leap second is none.
  package init?(_ date: CivilDate, hour: Int = 0, minute: Int = 0, second: Int = 0) {
    guard (0..<24).contains(hour), (0..<60).contains(minute), (0..<60).contains(second) else { return nil }
    self.init(secondsSinceEpoch: (date.daysSinceEpoch * 24 + hour) * 3_600 + minute * 60 + second)
  }

  package static func midnight(of date: CivilDate) -> CivilTime { CivilTime(secondsSinceEpoch: date.daysSinceEpoch * 86_400) }

  /// As a clock counts that is never set: what UTC shows that many seconds after 1970 began.
  init(secondsSinceEpoch: Int) {
    let (days, rest) = secondsSinceEpoch.quotientAndRemainderRoundedDown(dividingBy: 86_400)
    (date, secondOfDay) = (CivilDate(daysSinceEpoch: days), rest)
  }

  var secondsSinceEpoch: Int { date.daysSinceEpoch * 86_400 + secondOfDay }

  package var hour: Int { secondOfDay / 3_600 }
  package var minute: Int { secondOfDay / 60 % 60 }
  package var second: Int { secondOfDay % 60 }

  package static func < (left: CivilTime, right: CivilTime) -> Bool {
    (left.date, left.secondOfDay) < (right.date, right.secondOfDay)
  }

  /// `2026-09-03T09:15:02`
  package var description: String { "\(date)T\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))" }
}

func padded(_ number: Int, _ width: Int) -> String {
  let digits = String(number.magnitude)
  return (number < 0 ? "-" : "") + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
}

/// An instant as HTTP writes it, `Sun, 06 Nov 1994 08:49:37 GMT` (RFC 9110 §5.6.7), to whole seconds.
package struct HTTPDate: Sendable, Hashable {
  /// The 29 ASCII octets.
  package let bytes: [UInt8]

  /// `seconds` since 1970, not negative.
  package init(secondsSince1970 seconds: Int) {
    precondition(seconds >= 0, "the clock stands before 1970")
    let (days, time) = seconds.quotientAndRemainder(dividingBy: 86_400)
    let (year, month, day) = HTTPDate.civil(days)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(29)
    bytes += HTTPDate.weekdays[days % 7].utf8
    bytes += ", ".utf8
    bytes.appendDigits(day, width: 2)
    bytes += HTTPDate.months[month - 1].utf8
    bytes.appendDigits(year, width: 4)
    bytes += " ".utf8
    bytes.appendDigits(time / 3600, width: 2)
    bytes += ":".utf8
    bytes.appendDigits(time / 60 % 60, width: 2)
    bytes += ":".utf8
    bytes.appendDigits(time % 60, width: 2)
    bytes += " GMT".utf8
    self.bytes = bytes
  }

  /// The Gregorian date of a day counted from 1970, by counting years from 1 March so that the leap day comes last.
  private static func civil(_ days: Int) -> (year: Int, month: Int, day: Int) {
    let shifted = days + 719_468
    let era = shifted / 146_097
    let dayOfEra = shifted % 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    let year = era * 400 + yearOfEra + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }

  /// The first of January 1970 was a Thursday.
  private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
  private static let months = [
    " Jan ", " Feb ", " Mar ", " Apr ", " May ", " Jun ", " Jul ", " Aug ", " Sep ", " Oct ", " Nov ", " Dec ",
  ]
}

extension [UInt8] {
  /// Decimal digits, with zeros in front up to `width`.
  mutating func appendDigits(_ number: Int, width: Int = 1) {
    precondition(number >= 0, "a length or a part of a date is not negative")
    var divisor = 1
    var digits = 1
    while digits < width || number / divisor >= 10 {
      divisor *= 10
      digits += 1
    }
    while divisor > 0 {
      append(0x30 + UInt8(number / divisor % 10))
      divisor /= 10
    }
  }
}

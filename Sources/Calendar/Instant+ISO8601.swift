extension Instant {
  /// ISO 8601 in UTC with milliseconds, as GitLab writes it: `2026-09-03T09:15:02.000Z`.
  package var iso8601: String {
    let (days, rest) = milliseconds.quotientAndRemainderRoundedDown(dividingBy: 86_400_000)
    let date = CalendarDate(daysSinceEpoch: days)
    var text: [UInt8] = []
    text.reserveCapacity(24)
    append(date.year, 4, "-", to: &text)
    append(date.month, 2, "-", to: &text)
    append(date.day, 2, "T", to: &text)
    append(rest / 3_600_000, 2, ":", to: &text)
    append(rest / 60_000 % 60, 2, ":", to: &text)
    append(rest / 1_000 % 60, 2, ".", to: &text)
    append(rest % 1_000, 3, "Z", to: &text)
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a date and time in any form that GitLab and people send: `2026-09-03T09:15:02.000Z`, `2026-09-03T11:15:02+02:00`,
  /// `2021-04-28 21:50:00 +0200`, `2026-08-27 09:15:02 UTC`, and `2026-09-03` (midnight UTC). Nil for anything else.
  package init?(iso8601 text: some StringProtocol) {
    var reader = TimeReader(bytes: Array(text.utf8)[...])
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"), let day = reader.digits(2),
      let date = CalendarDate(year: year, month: month, day: day)
    else { return nil }
    let midnight = date.daysSinceEpoch * 86_400_000
    if reader.isAtEnd {
      self.init(milliseconds: midnight)
      return
    }
    guard reader.take("T") || reader.take("t") || reader.take(" "), let clock = reader.clock(), let offset = reader.offset(), reader.isAtEnd
    else { return nil }
    self.init(milliseconds: midnight + clock - offset)
  }
}

/// A day of the proleptic Gregorian calendar (ISO 8601).
private struct CalendarDate {
  var year: Int64
  var month: Int64
  var day: Int64

  init?(year: Int64, month: Int64, day: Int64) {
    let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
    let lengths: [Int64] = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    guard (1...12).contains(month), (1...lengths[Int(month) - 1]).contains(day) else { return nil }
    (self.year, self.month, self.day) = (year, month, day)
  }

  /// Counts in years that begin in March, so that the leap day is the last of its year, and in eras of 400 years.
  init(daysSinceEpoch: Int64) {
    let (era, dayOfEra) = (daysSinceEpoch + 719_468).quotientAndRemainderRoundedDown(dividingBy: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
    month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  }

  var daysSinceEpoch: Int64 {
    let (era, yearOfEra) = (month <= 2 ? year - 1 : year).quotientAndRemainderRoundedDown(dividingBy: 400)
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }
}

private struct TimeReader {
  var bytes: ArraySlice<UInt8>

  var isAtEnd: Bool { bytes.isEmpty }

  mutating func take(_ text: StaticString) -> Bool {
    let wanted = UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount)
    guard bytes.starts(with: wanted) else { return false }
    bytes = bytes.dropFirst(wanted.count)
    return true
  }

  mutating func digits(_ count: Int) -> Int64? {
    guard bytes.count >= count else { return nil }
    var value: Int64 = 0
    for byte in bytes.prefix(count) {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) else { return nil }
      value = value * 10 + Int64(byte - UInt8(ascii: "0"))
    }
    bytes = bytes.dropFirst(count)
    return value
  }

  /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`, in milliseconds since midnight. A leap second counts as the second before it.
  mutating func clock() -> Int64? {
    guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
    var milliseconds = (hour * 60 + minute) * 60_000
    guard take(":") else { return milliseconds }
    guard let second = digits(2), second <= 60 else { return nil }
    milliseconds += min(second, 59) * 1_000
    guard take(".") else { return milliseconds }
    var scale: Int64 = 100
    var seen = false
    while let digit = digits(1) {
      milliseconds += digit * scale
      scale /= 10
      seen = true
    }
    return seen ? milliseconds : nil
  }

  /// `Z`, ` UTC`, `+02:00`, `+0200` or ` +0200`, in milliseconds east of UTC.
  mutating func offset() -> Int64? {
    if take("Z") || take("z") || take(" UTC") { return 0 }
    _ = take(" ")
    let sign: Int64
    if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
    guard let hours = digits(2), hours < 24 else { return nil }
    _ = take(":")
    guard let minutes = digits(2), minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes) * 60_000
  }
}

/// Decimal digits, at least `width` of them, and what follows them.
private func append(_ number: Int64, _ width: Int, _ mark: Unicode.Scalar, to text: inout [UInt8]) {
  if number < 0 { text.append(UInt8(ascii: "-")) }
  var divisor: UInt64 = 1
  for _ in 1..<width { divisor *= 10 }
  while number.magnitude / divisor >= 10 { divisor *= 10 }
  while divisor > 0 {
    text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number.magnitude / divisor % 10))
    divisor /= 10
  }
  text.append(UInt8(ascii: mark))
}

extension Int64 {
  fileprivate func quotientAndRemainderRoundedDown(dividingBy divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}

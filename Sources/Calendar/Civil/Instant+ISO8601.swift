extension Instant {
  /// ISO 8601 in UTC with milliseconds, as GitLab writes it: `2026-09-03T09:15:02.000Z`.
  package var iso8601: String { iso8601(offset: 0) }

  /// The same moment as clocks in that zone show it, with how far they are from UTC: `2026-09-03T11:15:02.000+02:00`.
  package func iso8601(in zone: TimeZone) -> String { iso8601(offset: Int(zone.offset(at: self).components.seconds)) }

  /// - Parameter offset: in seconds east of UTC. Only whole minutes can be written: clocks of before 1900 are told in UTC.
  private func iso8601(offset: Int) -> String {
    let offset = offset % 60 == 0 ? offset : 0
    let (days, rest) = (Int(milliseconds) + offset * 1_000).quotientAndRemainderRoundedDown(dividingBy: 86_400_000)
    let date = CivilDate(daysSinceEpoch: days)
    var text: [UInt8] = []
    text.reserveCapacity(29)
    append(date.year, 4, "-", to: &text)
    append(date.month, 2, "-", to: &text)
    append(date.day, 2, "T", to: &text)
    append(rest / 3_600_000, 2, ":", to: &text)
    append(rest / 60_000 % 60, 2, ":", to: &text)
    append(rest / 1_000 % 60, 2, ".", to: &text)
    append(rest % 1_000, 3, offset == 0 ? "Z" : offset < 0 ? "-" : "+", to: &text)
    if offset != 0 {
      append(abs(offset) / 3_600, 2, ":", to: &text)
      append(abs(offset) / 60 % 60, 2, nil, to: &text)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads a date and time in any form that GitLab and people send: `2026-09-03T09:15:02.000Z`, `2026-09-03T11:15:02+02:00`,
  /// `2021-04-28 21:50:00 +0200`, `2026-08-27 09:15:02 UTC`, and `2026-09-03` (midnight UTC). Nil for anything else.
  package init?(iso8601 text: some StringProtocol) {
    guard let reading = ISO8601Reading(text) else { return nil }
    // A day alone begins in UTC; a time of day without an offset could be anywhere's.
    guard let offset = reading.offset ?? (reading.isDayAlone ? 0 : nil) else { return nil }
    self.init(milliseconds: Int64(reading.milliseconds - offset))
  }

  /// The same, and `2026-09-03T09:15`, `2026-09-03 09:15:02` and `2026-09-03` as clocks in that zone show them: the first time that they do,
  /// and when they are set forward past it, the instant at which they are.
  package init?(iso8601 text: some StringProtocol, in zone: TimeZone) {
    guard let reading = ISO8601Reading(text) else { return nil }
    if let offset = reading.offset {
      self.init(milliseconds: Int64(reading.milliseconds - offset))
    } else {
      let (seconds, rest) = reading.milliseconds.quotientAndRemainderRoundedDown(dividingBy: 1_000)
      let instants = zone.instants(of: CivilTime(secondsSinceEpoch: seconds))
      self = instants.isSkipped ? instants.first : instants.first + .milliseconds(rest)
    }
  }
}

/// A date and a time of day as they are written.
private struct ISO8601Reading {
  /// As a clock counts that is never set.
  var milliseconds: Int
  /// In milliseconds east of UTC; nil if none is written.
  var offset: Int?
  var isDayAlone = false

  init?(_ text: some StringProtocol) {
    var reader = TextReader(text.utf8)
    guard let year = reader.digits(4), reader.take("-"), let month = reader.digits(2), reader.take("-"), let day = reader.digits(2),
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    milliseconds = date.daysSinceEpoch * 86_400_000
    if reader.isAtEnd {
      isDayAlone = true
      return
    }
    guard reader.take("T") || reader.take("t") || reader.take(" "), let clock = reader.clock() else { return nil }
    milliseconds += clock
    guard !reader.isAtEnd else { return }
    offset = reader.offset()
    guard offset != nil, reader.isAtEnd else { return nil }
  }
}

extension TextReader {
  /// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.fraction`, in milliseconds since midnight. A leap second counts as the second before it.
  fileprivate mutating func clock() -> Int? {
    guard let hour = digits(2), hour < 24, take(":"), let minute = digits(2), minute < 60 else { return nil }
    var milliseconds = (hour * 60 + minute) * 60_000
    guard take(":") else { return milliseconds }
    guard let second = digits(2), second <= 60 else { return nil }
    milliseconds += min(second, 59) * 1_000
    guard take(".") else { return milliseconds }
    var scale = 100
    var seen = false
    while let digit = digits(1) {
      milliseconds += digit * scale
      scale /= 10
      seen = true
    }
    return seen ? milliseconds : nil
  }

  /// `Z`, ` UTC`, `+02:00`, `+0200`, ` +0200` or `+02`, in milliseconds east of UTC.
  fileprivate mutating func offset() -> Int? {
    if take("Z") || take("z") || take(" UTC") { return 0 }
    _ = take(" ")
    guard let sign = sign(), let hours = digits(2), hours < 24 else { return nil }
    guard !isAtEnd else { return sign * hours * 3_600_000 }
    _ = take(":")
    guard let minutes = digits(2), minutes < 60 else { return nil }
    return sign * (hours * 60 + minutes) * 60_000
  }
}

/// Decimal digits, at least `width` of them, and what follows them.
private func append(_ number: Int, _ width: Int, _ mark: Unicode.Scalar?, to text: inout [UInt8]) {
  if number < 0 { text.append(UInt8(ascii: "-")) }
  var divisor: UInt = 1
  for _ in 1..<width { divisor *= 10 }
  while number.magnitude / divisor >= 10 { divisor *= 10 }
  while divisor > 0 {
    text.append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number.magnitude / divisor % 10))
    divisor /= 10
  }
  if let mark { text.append(UInt8(ascii: mark)) }
}

/// When an event begins: a day, or a time of day in a zone.
struct EventTime {
  enum Form {
    case date
    case utc
    case zoned
    /// In whatever zone the reader is: the caller's.
    case floating
  }

  let civil: CivilTime
  let form: Form
  let zone: TimeZone

  /// A time that clocks skip is read as if they had not been set yet (RFC 5545 §3.3.5); a day begins when there is one.
  var instant: Instant {
    switch zone.instants(of: civil) {
    case .skipped(_, let unshifted) where form != .date: unshifted
    case let instants: instants.first
    }
  }

  /// The same time of another day.
  func on(_ date: CivilDate) -> EventTime {
    let civil = CivilTime(secondsSinceEpoch: date.daysSinceEpoch * 86_400 + civil.secondOfDay)
    return EventTime(civil: civil, form: form, zone: zone)
  }
}

/// How long an event lasts: days as the calendar counts them, then seconds as they pass (RFC 5545 §3.3.6, §3.8.5.3).
struct EventLength {
  var days = 0
  var seconds = 0

  func end(of start: EventTime) -> Instant {
    let shifted = days == 0 ? start : start.on(start.civil.date.adding(days: days))
    return shifted.instant + .seconds(seconds)
  }

  /// `P15DT5H0M20S` or `P7W`; nil for anything else, and for what runs backwards.
  init?(_ text: String) {
    var reader = TextReader(text.utf8)
    _ = reader.take("+")
    guard reader.take("P") else { return nil }
    if let weeks = reader.amount(of: "W") {
      days = weeks * 7
    } else {
      let amount = reader.amount(of: "D")
      guard amount != nil || !reader.isAtEnd else { return nil }
      days = amount ?? 0
      if reader.take("T") {
        let clock = [reader.amount(of: "H"), reader.amount(of: "M"), reader.amount(of: "S")]
        guard clock.contains(where: { $0 != nil }) else { return nil }
        seconds = zip(clock, [3_600, 60, 1]).reduce(0) { $0 + ($1.0 ?? 0) * $1.1 }
      }
    }
    guard reader.isAtEnd else { return nil }
  }

  init(days: Int = 0, seconds: Int = 0) { (self.days, self.seconds) = (days, seconds) }
}

extension EventTime {
  /// `20261225`, `20261224T180000` or `20261224T170000Z` (RFC 5545 §3.3.4, §3.3.5); a leap second is the second before it. Nil for anything else.
  init?(_ text: some StringProtocol, isDate: Bool, zone: TimeZone, isZoneNamed: Bool = false) {
    var reader = TextReader(text.utf8)
    guard let year = reader.digits(4), let month = reader.digits(2), let day = reader.digits(2),
      let date = CivilDate(year: year, month: month, day: day)
    else { return nil }
    if isDate {
      guard reader.isAtEnd else { return nil }
      self.init(civil: .midnight(of: date), form: .date, zone: zone)
      return
    }
    guard reader.take("T"), let hour = reader.digits(2), let minute = reader.digits(2), let second = reader.digits(2), second <= 60,
      let civil = CivilTime(date, hour: hour, minute: minute, second: min(second, 59))
    else { return nil }
    let isUTC = reader.take("Z")
    guard reader.isAtEnd else { return nil }
    self.init(civil: civil, form: isUTC ? .utc : isZoneNamed ? .zoned : .floating, zone: isUTC ? .utc : zone)
  }
}

extension TextReader {
  fileprivate mutating func amount(of unit: StaticString) -> Int? {
    var ahead = self
    guard let number = ahead.number(upTo: 6), ahead.take(unit) else { return nil }
    self = ahead
    return number
  }
}

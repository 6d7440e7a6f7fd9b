/// Times that come again, as cron writes them: minute, hour, day of month, month, day of week.
///
/// A day fits when both of its fields do, or, when neither begins with `*`, when one of them does, as in every cron since Vixie's.
///
/// Clocks that are set, as a zone has it: a time that they skip fires at the first instant after the gap, and one that they show twice fires
/// once, at the first. So whoever says "every day at 02:30" has it exactly once on every day of the year, and two times never change their order.
package struct CronSchedule: Sendable, Hashable, CustomStringConvertible {
  /// As it was written.
  package let description: String
  private let minute, hour, dayOfMonth, month, dayOfWeek: CronField

  static let longestText = 1_024
  static let nicknames: [(name: String, meaning: String)] = [
    ("@hourly", "0 * * * *"), ("@daily", "0 0 * * *"), ("@midnight", "0 0 * * *"), ("@weekly", "0 0 * * 0"), ("@monthly", "0 0 1 * *"),
    ("@yearly", "0 0 1 1 *"), ("@annually", "0 0 1 1 *"),
  ]
  /// Of which times are told.
  private static let years = 0...9_999

  package init(_ text: String) throws(CronFault) {
    guard text.utf8.count <= CronSchedule.longestText else { throw .tooLong }
    var fields = text.split { $0 == " " || $0 == "\t" }
    if let name = fields.first, name.hasPrefix("@"), fields.count == 1 {
      guard let nickname = CronSchedule.nicknames.first(where: { $0.name == name.lowercased() }) else { throw .nickname(String(name)) }
      fields = nickname.meaning.split(separator: " ")
    }
    guard fields.count == 5 else { throw .fieldCount(fields.count) }
    description = text
    minute = try CronField(fields[0], .minute)
    hour = try CronField(fields[1], .hour)
    dayOfMonth = try CronField(fields[2], .dayOfMonth)
    month = try CronField(fields[3], .month)
    dayOfWeek = try CronField(fields[4], .dayOfWeek)
    guard hasADay else { throw .neverFires }
  }

  /// The first time after `instant`; nil when there is none before the year 10000.
  package func next(after instant: Instant, in zone: TimeZone) -> Instant? {
    next(after: zone.latestCivilTime(upTo: instant)).map { zone.instants(of: $0).first }
  }

  /// The last time up to `instant`, itself included; nil when there is none since the year 0.
  package func last(atOrBefore instant: Instant, in zone: TimeZone) -> Instant? {
    last(atOrBefore: zone.latestCivilTime(upTo: instant)).map { zone.instants(of: $0).first }
  }

  // MARK: By clocks that are never set

  private func next(after time: CivilTime) -> CivilTime? {
    if matches(time.date), let minute = firstMinute(from: time.secondOfDay / 60 + 1) { return .at(minute, of: time.date) }
    guard let date = nextDate(after: time.date), let minute = firstMinute(from: 0) else { return nil }
    return .at(minute, of: date)
  }

  private func last(atOrBefore time: CivilTime) -> CivilTime? {
    if matches(time.date), let minute = lastMinute(upTo: time.secondOfDay / 60) { return .at(minute, of: time.date) }
    guard let date = lastDate(before: time.date), let minute = lastMinute(upTo: CivilTime.minutesOfDay - 1) else { return nil }
    return .at(minute, of: date)
  }

  func nextDate(after date: CivilDate) -> CivilDate? {
    var date = date.adding(days: 1)
    while CronSchedule.years.contains(date.year) {
      if matches(date) { return date }
      date = month.contains(date.month) ? date.adding(days: 1) : CivilDate.first(of: date.month + 1, in: date.year)
    }
    return nil
  }

  private func lastDate(before date: CivilDate) -> CivilDate? {
    var date = date.adding(days: -1)
    while CronSchedule.years.contains(date.year) {
      if matches(date) { return date }
      date = month.contains(date.month) ? date.adding(days: -1) : CivilDate.first(of: date.month, in: date.year).adding(days: -1)
    }
    return nil
  }

  private func matches(_ date: CivilDate) -> Bool {
    guard month.contains(date.month), CronSchedule.years.contains(date.year) else { return false }
    let fits = (dayOfMonth.contains(date.day), dayOfWeek.contains(date.weekday.rawValue))
    return isEitherDay ? fits.0 || fits.1 : fits.0 && fits.1
  }

  private var isEitherDay: Bool { !dayOfMonth.isStarred && !dayOfWeek.isStarred }

  /// Every date comes on every day of the week some time, so that the week need not be asked.
  private var hasADay: Bool {
    // A leap year has every day that there is.
    isEitherDay || (1...12).contains { month.contains($0) && dayOfMonth.first(from: 1) ?? 31 <= CivilDate.days(inMonth: $0, of: 2_000) }
  }

  // MARK: Within a day

  func firstMinute(from minuteOfDay: Int) -> Int? {
    let (hours, minutes) = minuteOfDay.quotientAndRemainder(dividingBy: 60)
    if hour.contains(hours), let minute = minute.first(from: minutes) { return hours * 60 + minute }
    guard let hours = hour.first(from: hours + 1), let minute = minute.first(from: 0) else { return nil }
    return hours * 60 + minute
  }

  func lastMinute(upTo minuteOfDay: Int) -> Int? {
    let (hours, minutes) = minuteOfDay.quotientAndRemainder(dividingBy: 60)
    if hour.contains(hours), let minute = minute.last(upTo: minutes) { return hours * 60 + minute }
    guard let hours = hour.last(upTo: hours - 1), let minute = minute.last(upTo: 59) else { return nil }
    return hours * 60 + minute
  }
}

extension CivilTime {
  static let minutesOfDay = 1_440

  fileprivate static func at(_ minute: Int, of date: CivilDate) -> CivilTime {
    CivilTime(secondsSinceEpoch: date.daysSinceEpoch * 86_400 + minute * 60)
  }
}

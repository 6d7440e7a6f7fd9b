/// When clocks are set every year, as POSIX writes it in the variable `TZ` and TZif in its footer (RFC 9636 §3.3): `CET-1CEST,M3.5.0,M10.5.0/3`.
struct ZoneRule: Sendable, Hashable {
  struct DaylightSaving: Sendable, Hashable {
    var offset: Int
    var start: YearlyTime
    var end: YearlyTime
  }

  /// East of UTC, in seconds, as all offsets here.
  var standardOffset: Int
  var daylightSaving: DaylightSaving?

  func offset(at second: Int) -> Int {
    guard let daylightSaving else { return standardOffset }
    let (days, _) = (second + standardOffset).quotientAndRemainderRoundedDown(dividingBy: 86_400)
    let year = CivilDate(daysSinceEpoch: days).year
    // The times lie up to a week beyond the year that they are written for.
    let years = (year - 2...year + 1).reversed()
    let started = years.lazy.map { start(of: daylightSaving, in: $0) }.first { $0 <= second }
    let ended = years.lazy.map { end(of: daylightSaving, in: $0) }.first { $0 <= second }
    // Where one ends as the next begins it lasts all year (RFC 9636 §3.3).
    return (started ?? .min) >= (ended ?? .min) ? daylightSaving.offset : standardOffset
  }

  /// When clocks may be set, in order.
  func changes(after first: Int, through last: Int) -> [Int] {
    guard let daylightSaving, first < last else { return [] }
    let years = [first - 8 * 86_400, last + 8 * 86_400].map { second in
      CivilDate(daysSinceEpoch: second.quotientAndRemainderRoundedDown(dividingBy: 86_400).0).year
    }
    return (years[0]...years[1]).flatMap { [start(of: daylightSaving, in: $0), end(of: daylightSaving, in: $0)] }
      .filter { first < $0 && $0 <= last }.sorted()
  }

  private func start(of saving: DaylightSaving, in year: Int) -> Int { saving.start.second(in: year) - standardOffset }
  private func end(of saving: DaylightSaving, in year: Int) -> Int { saving.end.second(in: year) - saving.offset }
}

/// A time of every year, by clocks that are not set yet.
struct YearlyTime: Sendable, Hashable {
  enum Day: Sendable, Hashable {
    /// `M3.5.0`; the fifth is the last.
    case weekday(Weekday, number: Int, month: Int)
    /// `J60`, from 1 on, 29 February not counted.
    case withoutLeapDay(Int)
    /// `59`, from 0 on.
    case withLeapDay(Int)
  }

  var day: Day
  /// After midnight; up to a week, to either side.
  var second: Int

  /// As a clock counts that is never set.
  func second(in year: Int) -> Int {
    let newYear = CivilDate.first(of: 1, in: year).daysSinceEpoch
    let days =
      switch day {
      case .withLeapDay(let number): newYear + number
      case .withoutLeapDay(let number): newYear + number - (CivilDate.isLeap(year) && number >= 60 ? 0 : 1)
      case .weekday(let weekday, let number, let month): Self.day(weekday, number, of: CivilDate.first(of: month, in: year)).daysSinceEpoch
      }
    return days * 86_400 + second
  }

  private static func day(_ weekday: Weekday, _ number: Int, of month: CivilDate) -> CivilDate {
    let first = (weekday.rawValue - month.weekday.rawValue + 7) % 7
    let day = first + (number - 1) * 7
    return month.adding(days: day < CivilDate.days(inMonth: month.month, of: month.year) ? day : day - 7)
  }
}

extension ZoneRule {
  /// Nil for what is no such rule: names of three letters or more, or anything between `<` and `>`; daylight saving always with its two times.
  init?(_ text: some Sequence<UInt8>) {
    var reader = TextReader(text)
    guard reader.zoneName(), let standard = reader.zoneOffset() else { return nil }
    standardOffset = standard
    guard !reader.isAtEnd else { return }
    guard reader.zoneName() else { return nil }
    let offset = reader.bytes.first == UInt8(ascii: ",") ? standard + 3_600 : reader.zoneOffset()
    guard let offset, reader.take(","), let start = reader.yearlyTime(), reader.take(","), let end = reader.yearlyTime(), reader.isAtEnd
    else {
      return nil
    }
    daylightSaving = DaylightSaving(offset: offset, start: start, end: end)
  }
}

extension TextReader {
  fileprivate mutating func zoneName() -> Bool {
    guard take("<") else { return prefix(while: \.isLetter).count >= 3 }
    return prefix { $0.isLetter || $0.isDigit || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") }.count >= 3 && take(">")
  }

  /// POSIX counts from UTC to the west.
  fileprivate mutating func zoneOffset() -> Int? { clock(hours: 0...24).map { -$0 } }

  private mutating func clock(hours allowed: ClosedRange<Int>) -> Int? {
    let sign = sign() ?? 1
    guard let hours = number(upTo: 3), allowed.contains(hours) else { return nil }
    var seconds = hours * 3_600
    for unit in [60, 1] where take(":") {
      guard let part = number(upTo: 2), part < 60 else { return nil }
      seconds += part * unit
    }
    return sign * seconds
  }

  /// `M3.5.0/3`; without a time it is at two o'clock.
  fileprivate mutating func yearlyTime() -> YearlyTime? {
    guard let day = yearlyDay() else { return nil }
    guard take("/") else { return YearlyTime(day: day, second: 7_200) }
    // RFC 9636 §3.3.2: up to 167 hours, to either side.
    return clock(hours: 0...167).map { YearlyTime(day: day, second: $0) }
  }

  private mutating func yearlyDay() -> YearlyTime.Day? {
    if take("M") {
      guard let month = number(upTo: 2), (1...12).contains(month), take("."), let number = number(upTo: 1), (1...5).contains(number),
        take("."), let weekday = self.number(upTo: 1).flatMap(Weekday.init)
      else { return nil }
      return .weekday(weekday, number: number, month: month)
    }
    if take("J") { return number(upTo: 3).flatMap { (1...365).contains($0) ? .withoutLeapDay($0) : nil } }
    return number(upTo: 3).flatMap { $0 <= 365 ? .withLeapDay($0) : nil }
  }
}

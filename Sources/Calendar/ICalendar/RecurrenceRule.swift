/// How an event comes again (RFC 5545 §3.3.10), as far as it goes by days: its time of day is that of its first occurrence.
struct RecurrenceRule {
  enum Frequency: String, CaseIterable {
    case daily = "DAILY"
    case weekly = "WEEKLY"
    case monthly = "MONTHLY"
    case yearly = "YEARLY"
  }

  enum End {
    case never
    case count(Int)
    case until(EventTime)
  }

  /// `MO`, or `-1FR`: the last Friday of the month, or of the year.
  struct DayOfWeek {
    var ordinal: Int?
    var weekday: Weekday
  }

  var frequency = Frequency.yearly
  var interval = 1
  var end = End.never
  var months: [Int] = []
  var daysOfMonth: [Int] = []
  var daysOfWeek: [DayOfWeek] = []
  var weekStart = Weekday.monday
  var positions: [Int] = []

  static let weekdays: [(name: String, weekday: Weekday)] = Array(zip(["SU", "MO", "TU", "WE", "TH", "FR", "SA"], Weekday.allCases))
}

extension RecurrenceRule {
  /// - Parameter first: of whose form UNTIL has to be.
  init(_ line: ContentLine, first: EventTime) throws(ICalendarFault) {
    var seen: Set<Substring> = []
    for part in line.value.uppercased().split(separator: ";", omittingEmptySubsequences: false) {
      let sides = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      guard sides.count == 2, !sides[1].isEmpty else {
        throw ICalendarFault(line.number, "RRULE has \(quoted(String(part))) where NAME=VALUE belongs (RFC 5545 §3.3.10)")
      }
      guard seen.insert(sides[0]).inserted else { throw ICalendarFault(line.number, "RRULE says \(quoted(String(sides[0]))) twice") }
      guard try read(String(sides[0]), String(sides[1]), line.number, first) else {
        throw ICalendarFault(line.number, "RRULE: \(quoted(String(part))) is not understood; \(RecurrenceRule.help(sides[0]))")
      }
    }
    if let message = contradiction(seen) { throw ICalendarFault(line.number, "RRULE: \(message)") }
  }

  /// False for what is not understood.
  private mutating func read(_ name: String, _ value: String, _ line: Int, _ first: EventTime) throws(ICalendarFault) -> Bool {
    switch name {
    case "FREQ":
      guard let known = Frequency(rawValue: value) else { return false }
      frequency = known
    case "INTERVAL":
      guard let number = RecurrenceRule.numbers(value, in: 1...1_000, isSigned: false), number.count == 1 else { return false }
      interval = number[0]
    case "COUNT":
      guard let number = RecurrenceRule.numbers(value, in: 1...99_999, isSigned: false), number.count == 1 else { return false }
      end = .count(number[0])
    case "UNTIL":
      guard let until = EventTime(value, isDate: first.form == .date, zone: first.zone) else { return false }
      // A time with a zone ends in UTC, one without ends without: anything else could mean one occurrence more or less.
      guard (first.form == .floating) == (until.form == .floating) else { return false }
      end = .until(until)
    case "BYMONTH": return RecurrenceRule.assign(RecurrenceRule.numbers(value, in: 1...12, isSigned: false), to: &months)
    case "BYMONTHDAY": return RecurrenceRule.assign(RecurrenceRule.numbers(value, in: 1...31, isSigned: true), to: &daysOfMonth)
    case "BYSETPOS": return RecurrenceRule.assign(RecurrenceRule.numbers(value, in: 1...366, isSigned: true), to: &positions)
    case "BYDAY":
      daysOfWeek = value.split(separator: ",", omittingEmptySubsequences: false).compactMap(DayOfWeek.init)
      return daysOfWeek.count == value.split(separator: ",", omittingEmptySubsequences: false).count
    case "WKST":
      guard let day = RecurrenceRule.weekdays.first(where: { $0.name == value }) else { return false }
      weekStart = day.weekday
    default: return false
    }
    return true
  }

  private static func help(_ name: Substring) -> String {
    switch name {
    case "FREQ": "it may be \(Frequency.allCases.map(\.rawValue).joined(separator: ", "))"
    case "UNTIL":
      "it is a day when DTSTART is one (20261231), else a time in UTC (20261231T225959Z), but without Z when DTSTART names no zone"
    case "INTERVAL": "it is a number from 1 to 1000"
    case "COUNT": "it is a number from 1 to 99999"
    default: "FREQ, INTERVAL, COUNT, UNTIL, BYMONTH, BYMONTHDAY, BYDAY, BYSETPOS and WKST are, with the values of RFC 5545 §3.3.10"
    }
  }

  private func contradiction(_ seen: Set<Substring>) -> String? {
    if !seen.contains("FREQ") { return "it lacks FREQ" }
    if seen.contains("COUNT"), seen.contains("UNTIL") { return "it has COUNT and UNTIL; keep one of them" }
    if frequency == .weekly, !daysOfMonth.isEmpty { return "BYMONTHDAY does not go with FREQ=WEEKLY" }
    if frequency == .daily || frequency == .weekly, daysOfWeek.contains(where: { $0.ordinal != nil }) {
      return "BYDAY has a number, which only goes with FREQ=MONTHLY and YEARLY"
    }
    if !positions.isEmpty, months.isEmpty, daysOfMonth.isEmpty, daysOfWeek.isEmpty {
      return "BYSETPOS chooses among days, and no other part names any"
    }
    return nil
  }

  private static func assign(_ numbers: [Int]?, to list: inout [Int]) -> Bool {
    list = numbers ?? []
    return numbers != nil
  }

  private static func numbers(_ text: String, in range: ClosedRange<Int>, isSigned: Bool) -> [Int]? {
    var numbers: [Int] = []
    for item in text.split(separator: ",", omittingEmptySubsequences: false) {
      var reader = TextReader(item.utf8)
      let sign = isSigned ? reader.sign() ?? 1 : 1
      guard let number = reader.number(upTo: 5), reader.isAtEnd, range.contains(number) else { return nil }
      numbers.append(sign * number)
    }
    return numbers
  }
}

extension RecurrenceRule.DayOfWeek {
  fileprivate init?(_ text: Substring) {
    guard let day = RecurrenceRule.weekdays.first(where: { text.hasSuffix($0.name) }) else { return nil }
    weekday = day.weekday
    var reader = TextReader(text.dropLast(2).utf8)
    guard !reader.isAtEnd else { return }
    let sign = reader.sign() ?? 1
    guard let number = reader.number(upTo: 2), reader.isAtEnd, (1...53).contains(number) else { return nil }
    ordinal = sign * number
  }
}

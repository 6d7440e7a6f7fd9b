/// How much may be worked out of one file.
struct ExpansionBudget {
  /// Of which events that come again without end are told.
  static let lastYear = 2_099
  static let mostOccurrences = 100_000

  private(set) var occurrences = ExpansionBudget.mostOccurrences
  /// Days that are looked at: rules can be written that look at many and find none.
  private(set) var looks = 1_000_000

  var isSpent: Bool { occurrences < 0 || looks < 0 }

  mutating func look(_ count: Int) { looks -= count }
  mutating func find() { occurrences -= 1 }
}

extension RecurrenceRule {
  /// The occurrences of an event, the first included, in order. Cut when the budget is spent.
  func times(from first: EventTime, _ budget: inout ExpansionBudget) -> [EventTime] {
    var found: [EventTime] = []
    var number = 0
    while !budget.isSpent {
      let (base, days) = days(ofPeriod: number, from: first.civil.date)
      guard base.year <= ExpansionBudget.lastYear else { break }
      budget.look(daysOfPeriod)
      for day in selected(days) where day >= first.civil.date {
        let time = first.on(day)
        if isOver(time, found.count) || day.year > ExpansionBudget.lastYear { return found }
        // One that clocks skip is there all the same, by the offset before the gap. RFC 5545 §3.3.10 says both, that it is ignored and that it is
        // read as §3.3.5 reads it; a freeze that left a whole day out would let deployments through.
        found.append(time)
        budget.find()
      }
      number += 1
    }
    return found
  }

  private func isOver(_ time: EventTime, _ count: Int) -> Bool {
    switch end {
    case .never: false
    case .count(let most): count >= most
    case .until(let last): last.instant < time.instant
    }
  }

  /// That are looked at, at most.
  private var daysOfPeriod: Int {
    let ofMonth = daysOfMonth.isEmpty ? daysOfWeek.isEmpty ? 1 : 31 : daysOfMonth.count
    return switch frequency {
    case .daily: 1
    case .weekly: 7
    case .monthly: ofMonth
    case .yearly: ofMonth * (months.isEmpty ? isEveryMonth ? 12 : 1 : months.count)
    }
  }

  /// Where BYMONTH does not choose, the month of the first occurrence does, unless days are named.
  private var isEveryMonth: Bool { !daysOfMonth.isEmpty || !daysOfWeek.isEmpty }

  /// BYSETPOS, from the front or from the end.
  private func selected(_ days: [CivilDate]) -> [CivilDate] {
    guard !positions.isEmpty else { return days }
    let indices = Set(positions.map { $0 > 0 ? $0 - 1 : days.count + $0 })
    return days.indices.filter(indices.contains).map { days[$0] }
  }

  /// The days of one day, week, month or year, in order, by the table of RFC 5545 §3.3.10; and a day of that period.
  private func days(ofPeriod number: Int, from first: CivilDate) -> (base: CivilDate, days: [CivilDate]) {
    let step = number * interval
    switch frequency {
    case .daily:
      let day = first.adding(days: step)
      return (day, [day].filter { fitsMonth($0) && fitsDayOfMonth($0) && fitsWeekday($0, ofYear: false) })
    case .weekly:
      let week = first.adding(days: step * 7 - (first.weekday.rawValue - weekStart.rawValue + 7) % 7)
      let days = (0..<7).map { week.adding(days: $0) }
      return (week, days.filter { fitsMonth($0) && (daysOfWeek.isEmpty ? $0.weekday == first.weekday : fitsWeekday($0, ofYear: false)) })
    case .monthly:
      let month = CivilDate.first(of: first.month + step, in: first.year)
      return (month, fitsMonth(month) ? days(of: month, first, ofYear: false) : [])
    case .yearly:
      let year = CivilDate.first(of: 1, in: first.year + step)
      let all = months.isEmpty ? isEveryMonth ? Array(1...12) : [first.month] : Set(months).sorted()
      return (year, all.flatMap { days(of: CivilDate.first(of: $0, in: year.year), first, ofYear: months.isEmpty) })
    }
  }

  private func days(of month: CivilDate, _ first: CivilDate, ofYear: Bool) -> [CivilDate] {
    let length = CivilDate.days(inMonth: month.month, of: month.year)
    let numbers: [Int]
    if !daysOfMonth.isEmpty {
      numbers = Set(daysOfMonth.map { $0 > 0 ? $0 : length + 1 + $0 }).filter { (1...length).contains($0) }.sorted()
    } else if !daysOfWeek.isEmpty {
      numbers = Array(1...length)
    } else {
      // A month without such a day has no occurrence.
      numbers = first.day <= length ? [first.day] : []
    }
    return numbers.map { month.adding(days: $0 - 1) }.filter { fitsWeekday($0, ofYear: ofYear) }
  }

  private func fitsMonth(_ day: CivilDate) -> Bool { months.isEmpty || months.contains(day.month) }

  private func fitsDayOfMonth(_ day: CivilDate) -> Bool {
    daysOfMonth.isEmpty || daysOfMonth.contains(day.day)
      || daysOfMonth.contains(day.day - 1 - CivilDate.days(inMonth: day.month, of: day.year))
  }

  /// - Parameter ofYear: whether numbers count within the year.
  private func fitsWeekday(_ day: CivilDate, ofYear: Bool) -> Bool {
    guard !daysOfWeek.isEmpty else { return true }
    let weekday = day.weekday
    let length = ofYear ? (CivilDate.isLeap(day.year) ? 366 : 365) : CivilDate.days(inMonth: day.month, of: day.year)
    return daysOfWeek.contains { wanted in
      guard wanted.weekday == weekday else { return false }
      guard let ordinal = wanted.ordinal else { return true }
      let index = (ofYear ? day.dayOfYear : day.day) - 1
      return ordinal == (ordinal > 0 ? index / 7 + 1 : -((length - 1 - index) / 7 + 1))
    }
  }
}

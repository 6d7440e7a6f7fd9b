/// When a window holds. Windows that overlap or touch are one period: who waits for its end waits once.
package enum WindowSchedule: Sendable, Hashable {
  /// Begins at each time of a schedule and lasts so much elapsed time, whatever the clocks do meanwhile.
  case recurring(CronSchedule, lasting: Duration, in: TimeZone)
  case fixed(Period)
  /// While any event of a file takes place.
  case calendar(ICalendar)

  /// The period that an instant is in.
  package func period(holding instant: Instant) -> Period? {
    switch self {
    case .fixed(let period): period.contains(instant) ? period : nil
    case .calendar(let calendar): calendar.period(holding: instant)
    case .recurring(let schedule, let duration, let zone):
      RecurringWindow(schedule: schedule, duration: duration, zone: zone).period(holding: instant)
    }
  }

  /// Whether an instant is in one. It costs less than the period, whose beginning and end may be a hundred windows away.
  package func holds(at instant: Instant) -> Bool {
    guard case .recurring(let schedule, let duration, let zone) = self else { return period(holding: instant) != nil }
    return RecurringWindow(schedule: schedule, duration: duration, zone: zone).latest(holding: instant) != nil
  }

  /// The end of the period that an instant is in.
  package func end(holding instant: Instant) -> Instant? {
    guard case .recurring(let schedule, let duration, let zone) = self else { return period(holding: instant)?.end }
    return RecurringWindow(schedule: schedule, duration: duration, zone: zone).end(holding: instant)
  }

  /// The first period that begins after an instant.
  package func next(after instant: Instant) -> Period? {
    switch self {
    case .fixed(let period): instant < period.start ? period : nil
    case .calendar(let calendar): calendar.next(after: instant)
    case .recurring(let schedule, let duration, let zone):
      RecurringWindow(schedule: schedule, duration: duration, zone: zone).next(after: instant)
    }
  }

  /// When it has held for the last time; nil where it comes again and again, or never holds.
  package var end: Instant? {
    switch self {
    case .recurring: nil
    case .fixed(let period): period.end
    case .calendar(let calendar): calendar.periods.last?.end
    }
  }

  /// Whether it ends: a window that is followed by another before it is over, for ten years on end, is a slip in its schedule or its duration.
  /// What clocks do that are set is left aside, lest one hour of a year let such a window pass.
  package var everEnds: Bool {
    switch self {
    case .fixed(let period): period.end - period.start <= RecurringWindow.longest
    case .calendar(let calendar): calendar.periods.allSatisfy { $0.end - $0.start <= RecurringWindow.longest }
    case .recurring(let schedule, let duration, let zone):
      RecurringWindow(schedule: schedule, duration: duration, zone: zone).everEnds
    }
  }
}

/// Windows of one length that begin at the times of a schedule.
struct RecurringWindow {
  let schedule: CronSchedule
  let duration: Duration
  let zone: TimeZone

  /// What nobody plans beyond: a period that is found to last longer ends here.
  static let longest: Duration = .seconds(3_653 * 86_400)
  /// Windows of one period that are looked through. What is told of a longer one is cut, and its end is asked for again when that has come.
  private static let mostWindows = 1_000

  init(schedule: CronSchedule, duration: Duration, zone: TimeZone) {
    (self.schedule, self.duration, self.zone) = (schedule, min(duration, RecurringWindow.longest), zone)
  }

  /// When the last began of those that an instant is in: it is the last to end.
  func latest(holding instant: Instant) -> Instant? {
    schedule.last(atOrBefore: instant, in: zone).flatMap { instant < $0 + duration ? $0 : nil }
  }

  func period(holding instant: Instant) -> Period? {
    latest(holding: instant).flatMap { Period(start: start(before: $0), end: end(after: $0)) }
  }

  func end(holding instant: Instant) -> Instant? { latest(holding: instant).map(end(after:)) }

  func next(after instant: Instant) -> Period? {
    let free = end(holding: instant) ?? instant
    return schedule.next(after: free, in: zone).flatMap { Period(start: $0, end: end(after: $0)) }
  }

  /// The end of the run of windows that begins, or goes on, at a time of the schedule.
  private func end(after time: Instant) -> Instant {
    var end = time + duration
    for _ in 0..<RecurringWindow.mostWindows where end - time < RecurringWindow.longest {
      guard let last = schedule.last(atOrBefore: end, in: zone), end < last + duration else { break }
      end = last + duration
    }
    return end
  }

  private func start(before time: Instant) -> Instant {
    var start = time
    for _ in 0..<RecurringWindow.mostWindows where time - start < RecurringWindow.longest {
      guard let first = schedule.next(after: start - duration - .milliseconds(1), in: zone), first < start else { break }
      start = first
    }
    return start
  }

  var everEnds: Bool {
    guard duration < RecurringWindow.longest else { return false }
    let seconds = Int(duration.wholeMilliseconds / 1_000)
    guard var minute = schedule.firstMinute(from: 0), let last = schedule.lastMinute(upTo: CivilTime.minutesOfDay - 1) else { return true }
    // From the last time of a day to the first of the day after.
    let overnight = CivilTime.minutesOfDay - last + minute
    while let next = schedule.firstMinute(from: minute + 1) {
      if (next - minute) * 60 > seconds { return true }
      minute = next
    }
    var date = CivilDate.first(of: 1, in: 2_000)
    let horizon = date.adding(days: Int(RecurringWindow.longest.components.seconds / 86_400))
    while let next = schedule.nextDate(after: date), date < horizon {
      let days = next.daysSinceEpoch - date.daysSinceEpoch
      if ((days - 1) * CivilTime.minutesOfDay + overnight) * 60 > seconds { return true }
      date = next
    }
    return false
  }
}

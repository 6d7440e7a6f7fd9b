/// An iCalendar file (RFC 5545) as periods: when anything in it takes place. Made for files of holidays.
///
/// What is not understood and would move a period is refused with its line, never guessed. VTIMEZONE is passed over: TZID names a zone that the
/// caller knows. TRANSP is passed over too: an event stands in the file because it is to count. What is canceled does not.
/// Events that come again without end are worked out through the year 2099.
package struct ICalendar: Sendable, Hashable {
  /// Disjoint, in the order of time; events that overlap or touch are one.
  package let periods: [Period]
  private let occurrences: [Occurrence]

  struct Occurrence: Sendable, Hashable {
    var period: Period
    var summary: String
  }

  package static let largestFile = 1_048_576
  package static let mostEvents = 10_000

  /// - Parameters:
  ///   - zone: where days begin, and of times that name no zone.
  ///   - zones: a zone by its TZID; what it throws is told with the line.
  package init(_ bytes: [UInt8], in zone: TimeZone, zones: @escaping (String) throws -> TimeZone) throws(ICalendarFault) {
    guard bytes.count <= ICalendar.largestFile else {
      throw ICalendarFault(1, "the file is larger than \(ICalendar.largestFile) bytes; leave out what is past, or make several of it")
    }
    let events = try ICalendarReader(zone: zone, zones: zones).events(in: ContentLine.lines(of: bytes))
    occurrences = try ICalendar.occurrences(of: events)
    periods = occurrences.reduce(into: []) { periods, occurrence in
      guard let last = periods.last, occurrence.period.start <= last.end,
        let joined = Period(start: last.start, end: max(last.end, occurrence.period.end))
      else { return periods.append(occurrence.period) }
      periods[periods.count - 1] = joined
    }
  }

  package func period(holding instant: Instant) -> Period? {
    let begun = periods.countOfPrefix { $0.start <= instant }
    return begun > 0 && instant < periods[begun - 1].end ? periods[begun - 1] : nil
  }

  package func next(after instant: Instant) -> Period? {
    periods[periods.countOfPrefix { $0.start <= instant }...].first
  }

  /// What the events that an instant is in are called, in the order in which they began.
  package func summaries(at instant: Instant) -> [String] {
    guard let period = period(holding: instant) else { return [] }
    return occurrences[occurrences.countOfPrefix { $0.period.start < period.start }...].prefix { $0.period.start <= instant }
      .filter { $0.period.contains(instant) && !$0.summary.isEmpty }.map(\.summary)
  }

  private static func occurrences(of events: [ICalendarEvent]) throws(ICalendarFault) -> [Occurrence] {
    // An occurrence that stands in the file on its own is taken out of its series.
    var moved: [String: Set<Instant>] = [:]
    for event in events { if let original = event.recurrenceID { moved[event.uid, default: []].insert(original.instant) } }
    var budget = ExpansionBudget()
    var found: [Occurrence] = []
    for event in events where !event.isCanceled {
      let excluded = event.recurrenceID == nil ? moved[event.uid] ?? [] : []
      for time in try event.times(&budget) where !excluded.contains(time.instant) {
        guard let period = Period(start: time.instant, end: event.length.end(of: time)) else { continue }
        found.append(Occurrence(period: period, summary: event.summary))
      }
    }
    return found.sorted { ($0.period.start, $0.period.end) < ($1.period.start, $1.period.end) }
  }
}

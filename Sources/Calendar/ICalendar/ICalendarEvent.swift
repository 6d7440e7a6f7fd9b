/// A VEVENT (RFC 5545 §3.6.1), as far as it says when it takes place.
struct ICalendarEvent {
  let uid: String
  let summary: String
  let isCanceled: Bool
  let length: EventLength
  /// Of an occurrence that is told on its own: when the series has it.
  let recurrenceID: EventTime?
  private let first: EventTime
  private let rule: (line: Int, rule: RecurrenceRule)?
  private let additional: [EventTime]
  private let excluded: Set<Instant>

  /// All occurrences that are not excluded, in no order.
  func times(_ budget: inout ExpansionBudget) throws(ICalendarFault) -> [EventTime] {
    var times = [first]
    if let (line, rule) = rule {
      times = rule.times(from: first, &budget)
      guard !budget.isSpent else {
        throw ICalendarFault(
          line,
          "up to here the file has more than \(ExpansionBudget.mostOccurrences) occurrences, or takes too long to work out; add UNTIL or COUNT"
        )
      }
      // RFC 5545 §3.8.5.3 leaves undefined what comes of it.
      guard times.first?.civil == first.civil else {
        throw ICalendarFault(line, "DTSTART is no occurrence of its own RRULE; let DTSTART be the first occurrence")
      }
    }
    var seen = excluded
    return (times + additional).filter { seen.insert($0.instant).inserted }
  }
}

extension ICalendarEvent {
  /// - Parameters:
  ///   - lines: its properties, without those of what is in it (VALARM).
  ///   - line: where it begins.
  init(_ lines: [ContentLine], at line: Int, _ reader: ICalendarReader) throws(ICalendarFault) {
    let properties = Properties(lines: lines)
    try properties.refuse("EXRULE", "write its dates as EXDATE")
    guard let start = try properties.single("DTSTART") else { throw ICalendarFault(line, "the event has no DTSTART; add when it begins") }
    first = try reader.time(start)
    uid = try properties.single("UID")?.value ?? ""
    summary = try properties.single("SUMMARY").map { ICalendarEvent.plain($0.value) } ?? ""
    isCanceled = try properties.single("STATUS")?.value.uppercased() == "CANCELLED"
    length = try ICalendarEvent.length(properties, first, reader)
    recurrenceID = try ICalendarEvent.recurrenceID(properties, reader)
    if let line = try properties.single("RRULE") {
      guard recurrenceID == nil else {
        throw ICalendarFault(line.number, "an event with a RECURRENCE-ID is one occurrence and has no RRULE")
      }
      rule = (line.number, try RecurrenceRule(line, first: first))
    } else {
      rule = nil
    }
    additional = try reader.times(properties.all("RDATE"), like: first)
    excluded = Set(try reader.times(properties.all("EXDATE"), like: first).map(\.instant))
  }

  private static func length(_ properties: Properties, _ first: EventTime, _ reader: ICalendarReader) throws(ICalendarFault) -> EventLength
  {
    switch (try properties.single("DTEND"), try properties.single("DURATION")) {
    case (let end?, .some): throw ICalendarFault(end.number, "the event has DTEND and DURATION; keep one of them")
    case (nil, nil):
      // A day lasts a day; a time without an end takes no time (RFC 5545 §3.6.1).
      return EventLength(days: first.form == .date ? 1 : 0)
    case (let line?, nil):
      let end = try reader.time(line)
      guard (end.form == .date) == (first.form == .date) else {
        throw ICalendarFault(line.number, "DTSTART and DTEND are not both days or both times; write both with VALUE=DATE or both without")
      }
      guard first.instant < end.instant else {
        throw ICalendarFault(line.number, "DTEND is not after DTSTART; an all-day event ends on the day after its last")
      }
      // Days are counted, times elapse: so all occurrences are alike (RFC 5545 §3.8.5.3).
      if first.form == .date { return EventLength(days: end.civil.date.daysSinceEpoch - first.civil.date.daysSinceEpoch) }
      return EventLength(seconds: end.instant.seconds - first.instant.seconds)
    case (nil, let line?):
      guard let length = EventLength(line.value), first.form != .date || length.seconds == 0 else {
        throw ICalendarFault(line.number, "the duration \(quoted(line.value)) is none such as P1D, PT8H or, of days, P1W")
      }
      return length
    }
  }

  private static func recurrenceID(_ properties: Properties, _ reader: ICalendarReader) throws(ICalendarFault) -> EventTime? {
    guard let line = try properties.single("RECURRENCE-ID") else { return nil }
    guard line.parameter("RANGE") == nil else {
      throw ICalendarFault(line.number, "RECURRENCE-ID with RANGE is not understood; end the series with UNTIL and begin another event")
    }
    guard let uid = try properties.single("UID"), !uid.value.isEmpty else {
      throw ICalendarFault(line.number, "the event has a RECURRENCE-ID and no UID; add the UID of its series")
    }
    return try reader.time(line)
  }

  /// A text (RFC 5545 §3.3.11) as one short line.
  private static func plain(_ text: String) -> String {
    var plain = ""
    var isEscaped = false
    for scalar in text.unicodeScalars.prefix(200) {
      if !isEscaped, scalar == "\\" {
        isEscaped = true
        continue
      }
      let isSpace = isEscaped && (scalar == "n" || scalar == "N") || scalar.properties.generalCategory == .control
      plain.unicodeScalars.append(isSpace ? " " : scalar)
      isEscaped = false
    }
    return plain
  }
}

/// The properties of one event.
private struct Properties {
  var lines: [ContentLine]

  func all(_ name: String) -> [ContentLine] { lines.filter { $0.name == name } }

  func single(_ name: String) throws(ICalendarFault) -> ContentLine? {
    let found = all(name)
    guard found.count < 2 else { throw ICalendarFault(found[1].number, "the event has \(name) twice; keep one of them") }
    return found.first
  }

  func refuse(_ name: String, _ remedy: String) throws(ICalendarFault) {
    if let line = all(name).first { throw ICalendarFault(line.number, "\(name) is not understood; \(remedy)") }
  }
}

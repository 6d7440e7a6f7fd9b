/// Finds the events among the lines of a file.
struct ICalendarReader {
  let zone: TimeZone
  let zones: (String) throws -> TimeZone

  /// What is begun and not ended is at most this deep: alarms stand in events, and nothing in them.
  private static let mostDepth = 8

  func events(in lines: [ContentLine]) throws(ICalendarFault) -> [ICalendarEvent] {
    var events: [ICalendarEvent] = []
    var open: [(name: String, line: Int)] = []
    var properties: [ContentLine] = []
    for line in lines {
      switch line.name {
      case "BEGIN":
        let name = line.value.uppercased()
        try begin(name, within: open.map(\.name), line.number)
        open.append((name, line.number))
        if name == "VEVENT" { properties = [] }
      case "END":
        guard let last = open.popLast(), last.name == line.value.uppercased() else {
          throw ICalendarFault(line.number, "\(quoted("END:" + line.value)) ends nothing that was begun last; each BEGIN has its END")
        }
        guard last.name == "VEVENT" else { continue }
        guard events.count < ICalendar.mostEvents else {
          throw ICalendarFault(last.line, "there are more than \(ICalendar.mostEvents) events")
        }
        events.append(try ICalendarEvent(properties, at: last.line, self))
      default:
        switch open.last?.name {
        case nil: throw ICalendarFault(line.number, "it stands outside of BEGIN:VCALENDAR and END:VCALENDAR; is this an iCalendar file?")
        case "VCALENDAR": try check(line)
        case "VEVENT": properties.append(line)
        default: break
        }
      }
    }
    if let last = open.last {
      throw ICalendarFault(last.line, "\(quoted("BEGIN:" + last.name)) has no END; the file may have been cut off")
    }
    guard !lines.isEmpty else { throw ICalendarFault(1, "the file is empty; an iCalendar file begins with BEGIN:VCALENDAR") }
    return events
  }

  private func begin(_ name: String, within open: [String], _ line: Int) throws(ICalendarFault) {
    guard (name == "VCALENDAR") == open.isEmpty else {
      throw ICalendarFault(line, "\(quoted("BEGIN:" + name)) does not belong here; what is outside begins with VCALENDAR, and only that")
    }
    guard name != "VEVENT" || open == ["VCALENDAR"] else {
      throw ICalendarFault(line, "an event stands in VCALENDAR only, here in \(quoted(open[open.count - 1]))")
    }
    guard open.count < ICalendarReader.mostDepth else {
      throw ICalendarFault(line, "it is nested deeper than \(ICalendarReader.mostDepth)")
    }
  }

  /// Of the calendar's own properties two say how the rest is to be read.
  private func check(_ line: ContentLine) throws(ICalendarFault) {
    if line.name == "VERSION", line.value != "2.0" {
      throw ICalendarFault(line.number, "this is version \(quoted(line.value)); only 2.0, that of RFC 5545, is read")
    }
    if line.name == "CALSCALE", line.value.uppercased() != "GREGORIAN" {
      throw ICalendarFault(line.number, "the calendar \(quoted(line.value)) is not known; only GREGORIAN is")
    }
  }

  // MARK: Times

  func time(_ line: ContentLine) throws(ICalendarFault) -> EventTime {
    let times = try times(line)
    guard times.count == 1 else { throw ICalendarFault(line.number, "\(line.name) is one time, not several") }
    return times[0]
  }

  /// Of RDATE and EXDATE: days where DTSTART is a day, times where it is one.
  func times(_ lines: [ContentLine], like first: EventTime) throws(ICalendarFault) -> [EventTime] {
    var all: [EventTime] = []
    for line in lines {
      let times = try times(line)
      guard times.allSatisfy({ ($0.form == .date) == (first.form == .date) }) else {
        throw ICalendarFault(
          line.number, "\(line.name) and DTSTART are not both days or both times; write both with VALUE=DATE or both without")
      }
      all += times
    }
    return all
  }

  private func times(_ line: ContentLine) throws(ICalendarFault) -> [EventTime] {
    let kind = line.parameter("VALUE")?.uppercased() ?? "DATE-TIME"
    guard kind == "DATE" || kind == "DATE-TIME" else {
      throw ICalendarFault(line.number, "\(line.name) with \(quoted("VALUE=" + kind)) is not understood; DATE and DATE-TIME are")
    }
    let identifier = line.parameter("TZID")
    let zone = try identifier.map { id throws(ICalendarFault) in try named(id, line) } ?? zone
    var times: [EventTime] = []
    for text in line.value.split(separator: ",", omittingEmptySubsequences: false) {
      guard let time = EventTime(text, isDate: kind == "DATE", zone: zone, isZoneNamed: identifier != nil) else {
        let form =
          kind == "DATE"
          ? "a day such as 20261225" : "a time such as 20261224T180000 or 20261224T170000Z; of a day it is \(line.name);VALUE=DATE:20261225"
        throw ICalendarFault(line.number, "\(line.name) \(quoted(String(text))) is not \(form)")
      }
      guard time.form != .utc || identifier == nil else {
        throw ICalendarFault(line.number, "\(line.name) has a TZID and ends in Z; take one of them out")
      }
      times.append(time)
    }
    return times
  }

  private func named(_ identifier: String, _ line: ContentLine) throws(ICalendarFault) -> TimeZone {
    do {
      return try zones(identifier)
    } catch {
      throw ICalendarFault(line.number, "TZID \(quoted(identifier)): \(error)")
    }
  }
}

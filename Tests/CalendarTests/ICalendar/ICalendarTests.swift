import TestSupport
import Testing

@testable import Calendar

struct UnknownZone: Error, CustomStringConvertible {
  var description: String { "no such zone; write Europe/Berlin" }
}

/// A file with these lines within VCALENDAR, read in Berlin.
func calendar(_ lines: [String], ending: String = "\r\n") throws(ICalendarFault) -> ICalendar {
  try calendarFile(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test//EN"] + lines + ["END:VCALENDAR", ""], ending: ending)
}

func calendarFile(_ lines: [String], ending: String = "\r\n") throws(ICalendarFault) -> ICalendar {
  let berlin = (try? ZoneFixtures.zone("Berlin")) ?? .utc
  return try ICalendar(Array(lines.joined(separator: ending).utf8), in: berlin) { name in
    switch name {
    case "America/New_York": try ZoneFixtures.zone("New_York")
    case "Europe/Berlin": berlin
    default: throw UnknownZone()
    }
  }
}

/// The lines of an event: the first of them is the file's fifth.
func event(_ lines: String...) -> [String] { ["BEGIN:VEVENT"] + lines + ["END:VEVENT"] }

@Suite struct ICalendarTests {
  private static let good: [([String], [String])] = [
    // Days begin and end where the caller is, also where clocks are set in them.
    (event("DTSTART;VALUE=DATE:20261225"), ["2026-12-24T23:00:00.000Z/2026-12-25T23:00:00.000Z"]),
    (event("DTSTART;VALUE=DATE:20261224", "DTEND;VALUE=DATE:20270102"), ["2026-12-23T23:00:00.000Z/2027-01-01T23:00:00.000Z"]),
    (event("DTSTART;VALUE=DATE:20260329"), ["2026-03-28T23:00:00.000Z/2026-03-29T22:00:00.000Z"]),
    (event("DTSTART;VALUE=DATE:20261025", "DURATION:P1D"), ["2026-10-24T22:00:00.000Z/2026-10-25T23:00:00.000Z"]),
    (event("DTSTART;VALUE=DATE:20260105", "DURATION:P1W"), ["2026-01-04T23:00:00.000Z/2026-01-11T23:00:00.000Z"]),
    // Times in UTC, in a zone of the file, and in the caller's.
    (event("DTSTART:20261224T120000Z", "DTEND:20261224T180000Z"), ["2026-12-24T12:00:00.000Z/2026-12-24T18:00:00.000Z"]),
    (event("DTSTART;TZID=America/New_York:20261224T120000", "DURATION:PT6H30M"), ["2026-12-24T17:00:00.000Z/2026-12-24T23:30:00.000Z"]),
    (
      event("DTSTART;TZID=\"America/New_York\":20261224T120000", "DTEND:20261224T180000Z"),
      ["2026-12-24T17:00:00.000Z/2026-12-24T18:00:00.000Z"]
    ),
    (event("DTSTART:20260701T120000", "DURATION:+PT90S"), ["2026-07-01T10:00:00.000Z/2026-07-01T10:01:30.000Z"]),
    (event("dtstart;value=date-time:20260701T120000", "duration:P1DT2H"), ["2026-07-01T10:00:00.000Z/2026-07-02T12:00:00.000Z"]),
    // In the gap, by the offset before it; in the hour that comes again, the first (RFC 5545 §3.3.5).
    (event("DTSTART:20260329T023000", "DURATION:PT1H"), ["2026-03-29T01:30:00.000Z/2026-03-29T02:30:00.000Z"]),
    (event("DTSTART:20261025T023000", "DURATION:PT1H"), ["2026-10-25T00:30:00.000Z/2026-10-25T01:30:00.000Z"]),
    // A day by the calendar and a day of hours are not the same.
    (event("DTSTART:20261024T120000", "DURATION:P1D"), ["2026-10-24T10:00:00.000Z/2026-10-25T11:00:00.000Z"]),
    (event("DTSTART:20261024T120000", "DURATION:PT24H"), ["2026-10-24T10:00:00.000Z/2026-10-25T10:00:00.000Z"]),
    // What takes no time, and what is canceled.
    (event("DTSTART:20261224T120000Z"), []),
    (event("DTSTART;VALUE=DATE:20261225", "STATUS:CANCELLED"), []),
    (event("DTSTART;VALUE=DATE:20261225", "STATUS:TENTATIVE", "TRANSP:TRANSPARENT"), ["2026-12-24T23:00:00.000Z/2026-12-25T23:00:00.000Z"]),
    // Other days, and days left out.
    (
      event("DTSTART;VALUE=DATE:20261225", "RDATE;VALUE=DATE:20261101,20261225", "RDATE;VALUE=DATE:20261201", "EXDATE;VALUE=DATE:20261101"),
      ["2026-11-30T23:00:00.000Z/2026-12-01T23:00:00.000Z", "2026-12-24T23:00:00.000Z/2026-12-25T23:00:00.000Z"]
    ),
    // An occurrence that was moved.
    (
      event("UID:a", "DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=DAILY;INTERVAL=7;COUNT=2")
        + event("UID:a", "RECURRENCE-ID;VALUE=DATE:20261231", "DTSTART;VALUE=DATE:20270102"),
      ["2026-12-23T23:00:00.000Z/2026-12-24T23:00:00.000Z", "2027-01-01T23:00:00.000Z/2027-01-02T23:00:00.000Z"]
    ),
    // One that was called off.
    (
      event("UID:a", "RECURRENCE-ID;VALUE=DATE:20261231", "DTSTART;VALUE=DATE:20261231", "STATUS:CANCELLED")
        + event("UID:a", "DTSTART;VALUE=DATE:20261224", "RRULE:FREQ=WEEKLY;COUNT=2"),
      ["2026-12-23T23:00:00.000Z/2026-12-24T23:00:00.000Z"]
    ),
    // Events that overlap or touch are one period.
    (
      event("DTSTART;VALUE=DATE:20261226") + event("DTSTART;VALUE=DATE:20261225") + event("DTSTART:20261226T120000Z", "DURATION:P2D"),
      ["2026-12-24T23:00:00.000Z/2026-12-28T12:00:00.000Z"]
    ),
    // What is passed over: zones, alarms, to-dos, what nobody knows.
    (
      [
        "X-WR-CALNAME:Holidays", "BEGIN:VTIMEZONE", "TZID:Europe/Berlin", "BEGIN:STANDARD", "DTSTART:19961027T030000", "RRULE:FREQ=YEARLY",
        "END:STANDARD",
      ]
        + ["END:VTIMEZONE", "BEGIN:VTODO", "DTSTART:nonsense", "END:VTODO"]
        + event(
          "DTSTART;VALUE=DATE;X-OTHER=1,\"a;b:c\",2:20261225", "X-FOO;A=\"b:c\":d", "BEGIN:VALARM", "TRIGGER:-PT15M", "DURATION:PT1M",
          "END:VALARM"),
      ["2026-12-24T23:00:00.000Z/2026-12-25T23:00:00.000Z"]
    ),
    ([], []),
  ]

  @Test(arguments: good) func read(_ lines: [String], _ periods: [String]) throws {
    #expect(try calendar(lines).periods.map(\.description) == periods)
    #expect(try calendar(lines, ending: "\n").periods.map(\.description) == periods)
    // Folded anywhere, between the bytes of a letter too (RFC 5545 §3.1).
    let folded = lines.map { $0.utf8.count < 20 ? $0 : $0.prefix(9) + "\r\n " + $0.dropFirst(9).prefix(5) + "\r\n\t" + $0.dropFirst(14) }
    #expect(try calendar(folded).periods.map(\.description) == periods)
  }

  private static let bad: [([String], Int, String)] = [
    (event("SUMMARY:x"), 4, "the event has no DTSTART"),
    (
      event("DTSTART:20261225"), 5,
      "DTSTART `20261225` is not a time such as 20261224T180000 or 20261224T170000Z; of a day it is DTSTART;VALUE=DATE:20261225"
    ),
    (event("DTSTART;VALUE=DATE:20260229"), 5, "DTSTART `20260229` is not a day such as 20261225"),
    (event("DTSTART;VALUE=DATE:2026-12-25"), 5, "is not a day"), (event("DTSTART:20261225T240000"), 5, "is not a time"),
    (event("DTSTART:20261225T1200"), 5, "is not a time"),
    (event("DTSTART;VALUE=PERIOD:20261225T120000Z/PT1H"), 5, "`VALUE=PERIOD` is not understood"),
    (event("DTSTART;TZID=Europe/Berlin:20261225T120000Z"), 5, "has a TZID and ends in Z"),
    (event("DTSTART;TZID=W. Europe Standard Time:20261225T120000"), 5, "TZID `W. Europe Standard Time`: no such zone; write Europe/Berlin"),
    (event("DTSTART;VALUE=DATE:20261225,20261226"), 5, "DTSTART is one time"),
    (event("DTSTART;VALUE=DATE:20261225", "DTSTART;VALUE=DATE:20261226"), 6, "the event has DTSTART twice"),
    (event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261225"), 6, "DTEND is not after DTSTART"),
    (event("DTSTART;VALUE=DATE:20261225", "DTEND:20261226T000000Z"), 6, "DTSTART and DTEND are not both days"),
    (event("DTSTART;VALUE=DATE:20261225", "DTEND;VALUE=DATE:20261226", "DURATION:P1D"), 6, "the event has DTEND and DURATION"),
    (event("DTSTART;VALUE=DATE:20261225", "DURATION:PT1H"), 6, "the duration `PT1H` is none"),
    (event("DTSTART:20261225T120000Z", "DURATION:-PT1H"), 6, "the duration `-PT1H` is none"),
    (event("DTSTART:20261225T120000Z", "DURATION:P1WT1H"), 6, "the duration"),
    (event("DTSTART:20261225T120000Z", "DURATION:P"), 6, "the duration"),
    (event("DTSTART:20261225T120000Z", "DURATION:PT"), 6, "the duration"),
    (event("DTSTART:20261225T120000Z", "DURATION:P1H"), 6, "the duration"),
    (event("DTSTART:20261225T120000Z", "DURATION:PT5M1H"), 6, "the duration"),
    (event("DTSTART;VALUE=DATE:20261225", "EXDATE:20261225T000000Z"), 6, "EXDATE and DTSTART are not both days"),
    (event("DTSTART;VALUE=DATE:20261225", "EXRULE:FREQ=DAILY"), 6, "EXRULE is not understood"),
    (event("DTSTART;VALUE=DATE:20261225", "RECURRENCE-ID;VALUE=DATE:20261225"), 6, "has a RECURRENCE-ID and no UID"),
    (event("UID:a", "DTSTART;VALUE=DATE:20261225", "RECURRENCE-ID;RANGE=THISANDFUTURE;VALUE=DATE:20261225"), 7, "RECURRENCE-ID with RANGE"),
    (event("UID:a", "DTSTART;VALUE=DATE:20261225", "RECURRENCE-ID;VALUE=DATE:20261225", "RRULE:FREQ=DAILY"), 8, "has no RRULE"),
    (event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"), 7, "the event has RRULE twice"),
    (event("DTSTART;VALUE=DATE:20261225", "no colon"), 6, "there is no colon after NO"),
    (event("DTSTART;VALUE:20261225"), 5, "a parameter of DTSTART is not written as ;NAME=VALUE"),
    (event("DTSTART;VALUE=\"DATE:20261225"), 5, "a parameter of DTSTART"),
    (event("DTSTART;VALUE=DATE;VALUE=DATE:20261225"), 5, "a parameter of DTSTART"),
    (event("DTSTART;VALUE=DATE:20261225", ":x"), 6, "it is not written as NAME:VALUE"),
    (event("DTSTART;VALUE=DATE:20261225", "A:\u{1B}[1m"), 6, "a control character"),
    (["BEGIN:VEVENT"], 5, "`END:VCALENDAR` ends nothing that was begun last"), (["END:VEVENT"], 4, "`END:VEVENT` ends nothing"),
    (["BEGIN:VTODO"] + event("DTSTART;VALUE=DATE:20261225") + ["END:VTODO"], 5, "an event stands in VCALENDAR only, here in `VTODO`"),
    (["BEGIN:VCALENDAR"], 4, "`BEGIN:VCALENDAR` does not belong here"), (["CALSCALE:JULIAN"], 4, "the calendar `JULIAN` is not known"),
    (Array(repeating: "BEGIN:X", count: 9), 11, "it is nested deeper than 8"),
  ]

  @Test(arguments: bad) func refused(_ lines: [String], _ line: Int, _ message: String) {
    let fault = #expect(throws: ICalendarFault.self) { try calendar(lines) }
    #expect(fault?.line == line, "\(fault?.description ?? "")")
    #expect(fault?.message.contains(message) == true, "\(fault?.description ?? "")")
  }

  @Test(
    arguments: [
      ([], 1, "the file is empty"), (["SUMMARY:x"], 1, "outside of BEGIN:VCALENDAR"),
      (["BEGIN:VEVENT"], 1, "`BEGIN:VEVENT` does not belong here"),
      (["", "BEGIN:VCALENDAR", "VERSION:1.0"], 3, "this is version `1.0`"),
      (["BEGIN:VCALENDAR", "VERSION:2.0"], 1, "`BEGIN:VCALENDAR` has no END"),
      ([" BEGIN:VCALENDAR"], 1, "it begins with a space"), (["<!DOCTYPE html>"], 1, "it is not written as NAME:VALUE"),
    ] as [([String], Int, String)])
  func noCalendar(_ lines: [String], _ line: Int, _ message: String) {
    let fault = #expect(throws: ICalendarFault.self) { try calendarFile(lines) }
    #expect(fault?.line == line && fault?.message.contains(message) == true, "\(fault?.description ?? "")")
  }

  @Test func theLineIsThatOfTheFile() {
    let lines = ["BEGIN:VCALENDAR", "", "X-A:b", " c", " d", "BEGIN:VEVENT", "DTSTART", " :x", "END:VEVENT", "END:VCALENDAR"]
    #expect(
      throws: ICalendarFault(
        7, "DTSTART `x` is not a time such as 20261224T180000 or 20261224T170000Z; of a day it is DTSTART;VALUE=DATE:20261225")
    ) {
      try calendarFile(lines, ending: "\n")
    }
  }

  @Test func bytesThatAreNoText() {
    let bytes = Array("BEGIN:VCALENDAR\r\nX-A:".utf8) + [0xFF, 0x0A]
    #expect(throws: ICalendarFault(2, "it is not UTF-8; save the file as UTF-8")) { try ICalendar(bytes, in: .utc) { _ in .utc } }
  }

  @Test("what is asked of a calendar is found among its periods")
  func questions() throws {
    let calendar = try calendar(
      event("SUMMARY:Christmas\\, first day", "DTSTART;VALUE=DATE:20261225") + event("SUMMARY:Second day", "DTSTART;VALUE=DATE:20261226")
        + event("SUMMARY:Weekend\\nshift", "DTSTART;VALUE=DATE:20261226", "DURATION:P2D")
        + event("SUMMARY:New Year", "DTSTART;VALUE=DATE:20270101"))
    let window = WindowSchedule.calendar(calendar)
    let (christmas, newYear) = (calendar.periods[0], calendar.periods[1])
    #expect(window.period(holding: christmas.start) == christmas)
    #expect(window.period(holding: christmas.start - .milliseconds(1)) == nil)
    #expect(window.period(holding: christmas.end - .milliseconds(1)) == christmas)
    #expect(window.period(holding: christmas.end) == nil)
    #expect(window.next(after: christmas.start - .milliseconds(1)) == christmas)
    #expect(window.next(after: christmas.start) == newYear)
    #expect(window.next(after: newYear.start) == nil)
    #expect(window.everEnds)
    #expect(calendar.summaries(at: try instant("2026-12-25T12:00:00Z")) == ["Christmas, first day"])
    #expect(calendar.summaries(at: try instant("2026-12-26T12:00:00Z")) == ["Second day", "Weekend shift"])
    #expect(calendar.summaries(at: try instant("2026-12-27T12:00:00Z")) == ["Weekend shift"])
    #expect(calendar.summaries(at: try instant("2026-12-29T12:00:00Z")) == [])
    let endless = try self.everyDay
    #expect(!WindowSchedule.calendar(endless).everEnds)
  }

  private var everyDay: ICalendar { get throws { try calendar(event("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=DAILY")) } }

  @Test("what would fill the memory or take for ever is refused")
  func limits() throws {
    let tooLarge = [UInt8](repeating: UInt8(ascii: "\n"), count: ICalendar.largestFile + 1)
    #expect(throws: ICalendarFault.self) { try ICalendar(tooLarge, in: .utc) { _ in .utc } }
    let day = event("DTSTART;VALUE=DATE:20261225")
    let many = try calendar(Array(repeating: day, count: ICalendar.mostEvents).flatMap(\.self))
    #expect(many.periods.count == 1)
    let tooMany = #expect(throws: ICalendarFault.self) {
      try calendar(Array(repeating: day, count: ICalendar.mostEvents + 1).flatMap(\.self))
    }
    #expect(tooMany?.message == "there are more than 10000 events")
    let long = event("DTSTART:00010101T000000Z", "RRULE:FREQ=DAILY")
    #expect(#expect(throws: ICalendarFault.self) { try calendar(long) }?.line == 6)
    // The thirtieth of February, looked for in every year, by many.
    let never = event("DTSTART;VALUE=DATE:20260101", "RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30")
    #expect(#expect(throws: ICalendarFault.self) { try calendar(never) }?.message.contains("DTSTART is no occurrence") == true)
    let rare = event("DTSTART;VALUE=DATE:00010101", "RRULE:FREQ=YEARLY;BYDAY=1MO")
    let fault = #expect(throws: ICalendarFault.self) { try calendar(Array(repeating: rare, count: 3).flatMap(\.self)) }
    #expect(fault?.message.contains("takes too long to work out") == true)
    let parameters = (0..<40).map { ";P\($0)=1" }.joined()
    #expect(throws: ICalendarFault.self) { try calendar(event("DTSTART\(parameters):20261225T000000Z")) }
  }
}

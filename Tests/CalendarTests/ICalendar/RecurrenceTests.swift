import TestSupport
import Testing

@testable import Calendar

@Suite struct RecurrenceTests {
  /// The first days of an event's occurrences, in UTC, from DTSTART on.
  private func days(_ start: String, _ rule: String, count: Int) throws -> [String] {
    let calendar = try calendarFile(
      ["BEGIN:VCALENDAR"] + event("DTSTART:\(start)T120000Z", "DURATION:PT1H", "RRULE:\(rule)") + ["END:VCALENDAR"])
    return calendar.periods.prefix(count).map { String($0.start.iso8601.prefix(10)) }
  }

  /// Most are examples of RFC 5545 §3.8.5.3.
  private static let rules: [(String, String, [String])] = [
    ("19970902", "FREQ=DAILY;COUNT=3", ["1997-09-02", "1997-09-03", "1997-09-04"]),
    ("19970902", "FREQ=DAILY;INTERVAL=10;COUNT=3", ["1997-09-02", "1997-09-12", "1997-09-22"]),
    ("19970902", "FREQ=DAILY;UNTIL=19970904T120000Z", ["1997-09-02", "1997-09-03", "1997-09-04"]),
    ("19970902", "FREQ=DAILY;UNTIL=19970904T115959Z", ["1997-09-02", "1997-09-03"]),
    ("19980129", "FREQ=DAILY;BYMONTH=1;COUNT=4", ["1998-01-29", "1998-01-30", "1998-01-31", "1999-01-01"]),
    ("19970902", "FREQ=DAILY;BYDAY=TU,FR;COUNT=3", ["1997-09-02", "1997-09-05", "1997-09-09"]),
    ("19970930", "FREQ=DAILY;BYMONTHDAY=-1,1;COUNT=4", ["1997-09-30", "1997-10-01", "1997-10-31", "1997-11-01"]),
    ("19970902", "FREQ=WEEKLY;INTERVAL=2;WKST=SU;COUNT=3", ["1997-09-02", "1997-09-16", "1997-09-30"]),
    ("19970902", "FREQ=WEEKLY;BYDAY=TU,TH;COUNT=4", ["1997-09-02", "1997-09-04", "1997-09-09", "1997-09-11"]),
    (
      "19970902", "FREQ=WEEKLY;BYMONTH=9;BYDAY=TU;COUNT=6",
      ["1997-09-02", "1997-09-09", "1997-09-16", "1997-09-23", "1997-09-30", "1998-09-01"]
    ),
    // Where the week begins makes a difference.
    ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO", ["1997-08-05", "1997-08-10", "1997-08-19", "1997-08-24"]),
    ("19970805", "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU", ["1997-08-05", "1997-08-17", "1997-08-19", "1997-08-31"]),
    ("19970905", "FREQ=MONTHLY;COUNT=3;BYDAY=1FR", ["1997-09-05", "1997-10-03", "1997-11-07"]),
    ("19970907", "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU", ["1997-09-07", "1997-09-28", "1997-11-02", "1997-11-30"]),
    ("19970922", "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO", ["1997-09-22", "1997-10-20", "1997-11-17"]),
    ("19970928", "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3", ["1997-09-28", "1997-10-29", "1997-11-28"]),
    ("19970913", "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=3", ["1997-09-13", "1997-10-11", "1997-11-08"]),
    ("19970131", "FREQ=MONTHLY;COUNT=4", ["1997-01-31", "1997-03-31", "1997-05-31", "1997-07-31"]),
    ("19970904", "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3", ["1997-09-04", "1997-10-07", "1997-11-06"]),
    ("19970929", "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=3", ["1997-09-29", "1997-10-30", "1997-11-27"]),
    ("19970610", "FREQ=YEARLY;COUNT=4;BYMONTH=6,7", ["1997-06-10", "1997-07-10", "1998-06-10", "1998-07-10"]),
    ("19970310", "FREQ=YEARLY;INTERVAL=2;COUNT=3;BYMONTH=1,2,3", ["1997-03-10", "1999-01-10", "1999-02-10"]),
    ("19970519", "FREQ=YEARLY;BYDAY=20MO;COUNT=3", ["1997-05-19", "1998-05-18", "1999-05-17"]),
    ("19971231", "FREQ=YEARLY;BYDAY=-1WE;COUNT=2", ["1997-12-31", "1998-12-30"]),
    ("19970313", "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4", ["1997-03-13", "1997-03-20", "1997-03-27", "1998-03-05"]),
    ("19971127", "FREQ=YEARLY;BYMONTH=11;BYDAY=4TH;COUNT=3", ["1997-11-27", "1998-11-26", "1999-11-25"]),
    ("19980213", "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4", ["1998-02-13", "1998-03-13", "1998-11-13", "1999-08-13"]),
    (
      "19961105", "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3", ["1996-11-05", "2000-11-07", "2004-11-02"]
    ),
    ("20240229", "FREQ=YEARLY;COUNT=3", ["2024-02-29", "2028-02-29", "2032-02-29"]),
    ("20260101", "FREQ=YEARLY;BYMONTHDAY=1;COUNT=3", ["2026-01-01", "2026-02-01", "2026-03-01"]),
    ("19970902", "freq=daily;count=1", ["1997-09-02"]),
  ]

  @Test(arguments: rules) func occurrences(_ start: String, _ rule: String, _ expected: [String]) throws {
    #expect(try days(start, rule, count: expected.count + 1) == expected)
  }

  @Test func withoutAnEndItGoesOnThrough2099() throws {
    let periods = try calendar(event("DTSTART;VALUE=DATE:20261225", "RRULE:FREQ=YEARLY")).periods
    #expect(periods.count == 74)
    #expect(periods.last?.start == (try instant("2099-12-24T23:00:00Z")))
  }

  @Test func whatComesOnceComesAlsoAfter2099() throws {
    #expect(try calendar(event("DTSTART;VALUE=DATE:21501225")).periods.count == 1)
  }

  private static let clocks: [(String, [String])] = [
    // The same time of day, whatever the clocks do; one that they skip counts too, by the offset before the gap.
    (
      "DTSTART;TZID=Europe/Berlin:20260327T023000|RRULE:FREQ=DAILY;COUNT=4",
      ["2026-03-27T01:30", "2026-03-28T01:30", "2026-03-29T01:30", "2026-03-30T00:30"]
    ),
    (
      "DTSTART;TZID=America/New_York:20260307T023000|RRULE:FREQ=DAILY;COUNT=3",
      ["2026-03-07T07:30", "2026-03-08T07:30", "2026-03-09T06:30"]
    ),
    ("DTSTART:20261024T023000|RRULE:FREQ=DAILY;COUNT=3", ["2026-10-24T00:30", "2026-10-25T00:30", "2026-10-26T01:30"]),
    // DTSTART itself counts where it is.
    ("DTSTART:20260329T023000|RRULE:FREQ=DAILY;COUNT=2", ["2026-03-29T01:30", "2026-03-30T00:30"]),
    // UNTIL is in UTC where there is a zone, and without Z where there is none.
    ("DTSTART;TZID=Europe/Berlin:20260701T120000|RRULE:FREQ=DAILY;UNTIL=20260702T100000Z", ["2026-07-01T10:00", "2026-07-02T10:00"]),
    ("DTSTART:20260701T120000|RRULE:FREQ=DAILY;UNTIL=20260702T115959", ["2026-07-01T10:00"]),
    (
      "DTSTART;TZID=Europe/Berlin:20260701T120000|RRULE:FREQ=WEEKLY;COUNT=3|EXDATE:20260708T100000Z",
      ["2026-07-01T10:00", "2026-07-15T10:00"]
    ),
  ]

  @Test(arguments: clocks) func zones(_ text: String, _ expected: [String]) throws {
    let calendar = try calendar(
      ["BEGIN:VEVENT", "DURATION:PT1H"] + text.split(separator: "|").map(String.init) + ["END:VEVENT"])
    #expect(calendar.periods.map { String($0.start.iso8601.prefix(16)) } == expected)
  }

  private static let wrong: [(String, String)] = [
    ("FREQ=HOURLY", "RRULE: `FREQ=HOURLY` is not understood; it may be DAILY, WEEKLY, MONTHLY, YEARLY"), ("INTERVAL=2", "it lacks FREQ"),
    ("FREQ=DAILY;BYHOUR=3", "`BYHOUR=3` is not understood; FREQ, INTERVAL, COUNT"),
    ("FREQ=YEARLY;BYYEARDAY=1", "`BYYEARDAY=1` is not understood"),
    ("FREQ=YEARLY;BYWEEKNO=20", "`BYWEEKNO=20` is not understood"), ("FREQ=DAILY;COUNT=3;UNTIL=20270101", "it has COUNT and UNTIL"),
    ("FREQ=DAILY;COUNT=0", "`COUNT=0`"), ("FREQ=DAILY;COUNT=-1", "`COUNT=-1`"), ("FREQ=DAILY;COUNT=1,2", "`COUNT=1,2`"),
    ("FREQ=DAILY;INTERVAL=0", "`INTERVAL=0`"), ("FREQ=DAILY;INTERVAL=1001", "`INTERVAL=1001`"),
    ("FREQ=DAILY;UNTIL=20270101T000000Z", "it is a day when DTSTART is one"),
    ("FREQ=DAILY;;COUNT=1", "RRULE has `` where NAME=VALUE belongs"),
    ("FREQ=DAILY;COUNT=", "RRULE has `COUNT=` where"), ("FREQ=DAILY;FREQ=DAILY", "RRULE says `FREQ` twice"),
    ("FREQ=YEARLY;BYMONTH=13", "`BYMONTH=13`"), ("FREQ=MONTHLY;BYMONTHDAY=0", "`BYMONTHDAY=0`"),
    ("FREQ=MONTHLY;BYMONTHDAY=-32", "`BYMONTHDAY=-32`"),
    ("FREQ=WEEKLY;BYDAY=XX", "`BYDAY=XX`"), ("FREQ=MONTHLY;BYDAY=0MO", "`BYDAY=0MO`"), ("FREQ=MONTHLY;BYDAY=1.MO", "`BYDAY=1.MO`"),
    ("FREQ=WEEKLY;BYDAY=1FR", "BYDAY has a number"), ("FREQ=WEEKLY;BYMONTHDAY=1", "BYMONTHDAY does not go with FREQ=WEEKLY"),
    ("FREQ=WEEKLY;WKST=1", "`WKST=1`"), ("FREQ=DAILY;BYSETPOS=1", "BYSETPOS chooses among days"),
    ("FREQ=WEEKLY;BYDAY=MO", "DTSTART is no occurrence of its own RRULE"),
    ("FREQ=YEARLY;BYMONTH=1", "DTSTART is no occurrence of its own RRULE"),
    ("FREQ=DAILY;UNTIL=20260101", "DTSTART is no occurrence of its own RRULE"),
  ]

  @Test(arguments: wrong) func refused(_ rule: String, _ message: String) {
    // A Friday.
    let fault = #expect(throws: ICalendarFault.self) { try calendar(event("DTSTART;VALUE=DATE:20261225", "RRULE:\(rule)")) }
    #expect(fault?.line == 6 && fault?.message.contains(message) == true, "\(fault?.description ?? "")")
  }

  @Test func untilWithoutAZoneIsRefusedWhereDTSTARTHasOne() {
    for (start, until) in [
      ("TZID=Europe/Berlin:20261225T120000", "20270101T120000"), ("VALUE=DATE-TIME:20261225T120000", "20270101T120000Z"),
    ] {
      let fault = #expect(throws: ICalendarFault.self) { try calendar(event("DTSTART;\(start)", "RRULE:FREQ=DAILY;UNTIL=\(until)")) }
      #expect(fault?.message.contains("`UNTIL=\(until)` is not understood") == true)
    }
  }

  @Test("whatever stands in a file, it is a calendar in order or a fault with a line of it")
  func mutations() {
    let lines =
      ["BEGIN:VCALENDAR", "VERSION:2.0"]
      + event("UID:a", "DTSTART;TZID=Europe/Berlin:20261225T120000", "DURATION:PT1H", "RRULE:FREQ=YEARLY;COUNT=9")
      + event("UID:a", "RECURRENCE-ID:20271225T110000Z", "DTSTART:20271226T110000Z", "DTEND:20271226T120000Z")
      + event("DTSTART;VALUE=DATE:20261101", "RRULE:FREQ=MONTHLY;BYDAY=1SU;UNTIL=20280101", "EXDATE;VALUE=DATE:20261206") + [
        "END:VCALENDAR", "",
      ]
    let whole = Array(lines.joined(separator: "\r\n").utf8)
    var generator = SeededGenerator(seed: 31)
    var (read, refused) = (0, 0)
    for _ in 0..<3_000 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...2, using: &generator) {
        let index = Int.random(in: 0..<bytes.count, using: &generator)
        switch Int.random(in: 0..<4, using: &generator) {
        case 0: bytes[index] = UInt8.random(in: 0...255, using: &generator)
        case 1: bytes.remove(at: index)
        case 2: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: index)
        default: bytes[index] = Array("0123456789;:,=-TZ\r\n ".utf8).randomElement(using: &generator) ?? 0
        }
      }
      do throws(ICalendarFault) {
        let calendar = try ICalendar(bytes, in: .utc) { _ in .utc }
        read += 1
        #expect(zip(calendar.periods, calendar.periods.dropFirst()).allSatisfy { $0.end < $1.start })
      } catch {
        refused += 1
        #expect((1...lines.count + 6).contains(error.line) && !error.message.isEmpty)
      }
    }
    #expect(read > 100 && refused > 100, "\(read) read, \(refused) refused")
  }
}

import TestSupport

@testable import Calendar

/// What must be so whatever comes as a time zone, a cron schedule or an iCalendar file. Run by the fuzzer on inputs of its making, and by a test
/// on those that it kept: the first byte says which, the rest is the input.
enum CalendarCheck {
  private static let instants = [-5_000_000_000, 0, 1_774_746_000, 1_790_000_000, 4_200_000_000].map { Instant(seconds: $0) }

  /// What of it is not so; nil if all is well.
  static func violation(_ input: [UInt8]) -> String? {
    guard let kind = input.first else { return nil }
    let rest = Array(input.dropFirst())
    switch kind {
    case UInt8(ascii: "Z"): return (try? TimeZone(name: "Test/Zone", tzif: rest)).flatMap(fault)
    case UInt8(ascii: "C"): return (try? CronSchedule(String(decoding: rest, as: UTF8.self))).flatMap(fault)
    default: return fault(calendar: rest)
    }
  }

  /// What a clock shows at an instant it shows then, and the latest that it has shown is no earlier.
  private static func fault(_ zone: TimeZone) -> String? {
    for instant in instants {
      let shown = zone.civilTime(at: instant)
      guard zone.latestCivilTime(upTo: instant) >= shown else { return "later than the latest: \(shown)" }
      guard zone.instants(of: shown).first <= instant else { return "shown before it is first shown: \(shown)" }
    }
    return nil
  }

  /// What comes next is the last once it has come, and nothing lies between.
  private static func fault(_ schedule: CronSchedule) -> String? {
    for instant in instants {
      guard let next = schedule.next(after: instant, in: .utc) else { return "\(schedule) never comes after \(instant.iso8601)" }
      let last = schedule.last(atOrBefore: next, in: .utc)
      guard instant < next, last == next else { return "\(schedule): \(next.iso8601) is not the last at itself" }
      guard let before = schedule.last(atOrBefore: next - .milliseconds(1), in: .utc), before <= instant else {
        return "\(schedule): something lies between \(instant.iso8601) and \(next.iso8601)"
      }
    }
    return nil
  }

  /// Periods are in order and apart; a fault has a line of the file, and says something that steers no terminal.
  private static func fault(calendar bytes: [UInt8]) -> String? {
    do throws(ICalendarFault) {
      let calendar = try ICalendar(bytes, in: .utc) { _ in .utc }
      let isInOrder = zip(calendar.periods, calendar.periods.dropFirst()).allSatisfy { $0.end < $1.start }
      guard isInOrder else { return "periods that overlap: \(calendar.periods)" }
      let isFound = calendar.periods.allSatisfy { calendar.period(holding: $0.start) == $0 && calendar.period(holding: $0.end) != $0 }
      return isFound ? nil : "a period that is not found: \(calendar.periods)"
    } catch {
      let lines = bytes.count { $0 == UInt8(ascii: "\n") } + 1
      guard (1...lines).contains(error.line) else { return "no line of the file: \(error)" }
      return error.message.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7F } ? nil : "not for printing: \(error)"
    }
  }
}

import TestSupport

@testable import Calendar

/// A schedule as sets of numbers, read minute by minute: slow, and plainly right.
struct NaiveSchedule {
  var minutes, hours, days, months, weekdays: Set<Int>?

  /// With few numbers in some fields, and stars in others.
  init(using generator: inout SeededGenerator) {
    func some(_ range: ClosedRange<Int>, chance: Int) -> Set<Int>? {
      guard Int.random(in: 0..<10, using: &generator) < chance else { return nil }
      return Set((0..<Int.random(in: 1...3, using: &generator)).map { _ in Int.random(in: range, using: &generator) })
    }
    minutes = some(0...59, chance: 9)
    hours = some(0...5, chance: 7)
    days = some(1...31, chance: 3)
    months = some(1...12, chance: 2)
    weekdays = some(0...6, chance: 3)
  }

  var text: String {
    [minutes, hours, days, months, weekdays].map { $0.map { $0.sorted().map(String.init).joined(separator: ",") } ?? "*" }.joined(
      separator: " ")
  }

  private func fires(at minute: Int) -> Bool {
    let time = CivilTime(secondsSinceEpoch: minute * 60)
    guard minutes?.contains(time.minute) ?? true, hours?.contains(time.hour) ?? true, months?.contains(time.date.month) ?? true else {
      return false
    }
    switch (days, weekdays) {
    case (let days?, let weekdays?): return days.contains(time.date.day) || weekdays.contains(time.date.weekday.rawValue)
    case (let days?, nil): return days.contains(time.date.day)
    case (nil, let weekdays?): return weekdays.contains(time.date.weekday.rawValue)
    case (nil, nil): return true
    }
  }

  /// All times from one instant to another, both whole minutes: each minute that clocks show for the first time, or have skipped.
  func times(from start: Instant, to end: Instant, in zone: TimeZone) -> [Instant] {
    var times: [Instant] = []
    var shown = Int.min
    for second in stride(from: start.seconds, through: end.seconds, by: 60) {
      let minute = (second + Int(zone.offset(at: Instant(seconds: second)).components.seconds)) / 60
      if shown != .min, minute > shown, (shown + 1...minute).contains(where: fires) { times.append(Instant(seconds: second)) }
      shown = max(shown, minute)
    }
    return times
  }
}

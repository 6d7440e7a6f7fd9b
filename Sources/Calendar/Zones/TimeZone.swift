/// How far the clocks of a place are from UTC, and when that changes: a table of changes, and a rule for the time after the last of them.
package struct TimeZone: Sendable, Hashable, CustomStringConvertible {
  /// From `at` on, in seconds since 1970.
  struct Change: Sendable, Hashable {
    var at: Int
    /// East of UTC, in seconds.
    var offset: Int
  }

  /// As in the time zone database: `Europe/Berlin`.
  package let name: String
  private let offsetBefore: Int
  private let changes: [Change]
  private let rule: ZoneRule?

  package static let utc = TimeZone(name: "UTC", offsetBefore: 0, changes: [], rule: nil)

  /// - Parameter changes: in the order of time.
  init(name: String, offsetBefore: Int, changes: [Change], rule: ZoneRule?) {
    (self.name, self.offsetBefore, self.rule) = (name, offsetBefore, rule)
    // Looking a change up costs less than working it out.
    let isRecent = changes.last.map { $0.at > TimeZone.tabulatedSince } ?? false
    let coming = isRecent ? rule?.changes(after: changes[changes.count - 1].at, through: TimeZone.tabulatedUntil) ?? [] : []
    self.changes = changes + coming.map { Change(at: $0, offset: rule?.offset(at: $0) ?? offsetBefore) }
  }

  /// Where the last change of a file is earlier, its rule is asked each time.
  private static let tabulatedSince = 0
  /// 2101-01-01
  private static let tabulatedUntil = 4_133_980_800

  package var description: String { name }

  /// How far clocks are ahead of UTC, negative in the west.
  package func offset(at instant: Instant) -> Duration { .seconds(offset(at: instant.seconds)) }

  /// What clocks show, a fraction of a second cut off.
  package func civilTime(at instant: Instant) -> CivilTime {
    CivilTime(secondsSinceEpoch: instant.seconds + offset(at: instant.seconds))
  }

  /// The latest time that clocks have shown up to an instant: in an hour that comes again, the time just before they were set back.
  func latestCivilTime(upTo instant: Instant) -> CivilTime {
    let end = instant.seconds
    var latest = end + offset(at: end)
    for change in changes(after: end - TimeZone.longestOverlap, through: end) {
      latest = max(latest, change - 1 + offset(at: change - 1))
    }
    return CivilTime(secondsSinceEpoch: latest)
  }

  /// When clocks show a civil time.
  package func instants(of time: CivilTime) -> CivilInstants {
    let shown = time.secondsSinceEpoch
    var found: [Int] = []
    var skipped: CivilInstants?
    var start = shown - TimeZone.offsets.upperBound - 1
    var offset = offset(at: start)
    for end in changes(after: start, through: shown - TimeZone.offsets.lowerBound + 1) {
      let next = self.offset(at: end)
      if (start..<end).contains(shown - offset) { found.append(shown - offset) }
      if skipped == nil, offset <= shown - end, shown - end < next {
        skipped = .skipped(jump: Instant(seconds: end), unshifted: Instant(seconds: shown - offset))
      }
      (start, offset) = (end, next)
    }
    if shown - offset >= start { found.append(shown - offset) }
    switch (found.first, found.dropFirst().first) {
    case (let first?, let second?): return .twice(Instant(seconds: first), Instant(seconds: second))
    case (let only?, nil): return .once(Instant(seconds: only))
    case (nil, _): return skipped ?? .once(Instant(seconds: shown - offset))
    }
  }

  /// What RFC 9636 §3.2 expects of offsets: more than -25 hours, less than 26.
  static let offsets = -89_999...93_599
  private static let longestOverlap = 89_999 + 93_599

  private func offset(at second: Int) -> Int {
    guard let last = changes.last else { return rule?.offset(at: second) ?? offsetBefore }
    if second >= last.at { return rule?.offset(at: second) ?? last.offset }
    let index = changes.countOfPrefix { $0.at <= second }
    return index == 0 ? offsetBefore : changes[index - 1].offset
  }

  /// When clocks may be set, in order.
  private func changes(after start: Int, through end: Int) -> [Int] {
    let listed = changes[changes.countOfPrefix { $0.at <= start }...].prefix { $0.at <= end }.map(\.at)
    guard let rule else { return listed }
    // Where the table has not ended there is no need for the rule.
    guard let last = changes.last?.at else { return rule.changes(after: start, through: end) }
    return last >= end ? listed : listed + rule.changes(after: max(start, last), through: end)
  }
}

extension Array {
  /// How many elements `belongs` holds for, which are the first ones: by halving.
  func countOfPrefix(_ belongs: (Element) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if belongs(self[middle]) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

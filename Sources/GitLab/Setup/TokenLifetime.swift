package import Calendar

/// How long the access tokens live that setup asks for, in days, and when the end of one is near. That is measured by a life: one of 20 days would else
/// always be about to end.
package struct TokenLifetime: Sendable, Hashable {
  package var days: Int

  package init(days: Int) { self.days = days }

  package init(_ life: Duration) { days = Int(life.components.seconds / TokenLifetime.day) }

  /// - Parameters:
  ///   - today: when it is asked for.
  ///   - end: the day on which it stops serving: `2027-01-31`.
  package init?(from today: CivilDate?, to end: String?) {
    guard let today, let end = end.flatMap(TokenLifetime.dayNumber) else { return nil }
    days = end - today.daysSinceEpoch
  }

  /// In how many last days of it another takes its place: those of the last third, and no more than 30.
  package var lastDays: Int { max(min(TokenLifetime.longestNotice, max(days / 3, 1), days - 1), 0) }

  /// How long before its end people are told: when another takes its place, and of one that lives a day, on that day.
  package var notice: Duration { .seconds(Int64(max(lastDays, 1)) * TokenLifetime.day) }

  /// Whether one that ends then is in its last days.
  func isOver(_ end: Instant, on today: CivilDate) -> Bool {
    Int(end.milliseconds / (1_000 * TokenLifetime.day)) - today.daysSinceEpoch <= lastDays
  }

  /// What to do where GitLab does not let a token live so long; nil where its words are about something else.
  package static func remedy(forRefusal message: String, of lifetime: TokenLifetime?, on today: CivilDate?) -> String? {
    let words = message.lowercased()
    guard words.contains("expir") || words.contains("lifetime") else { return nil }
    if words.contains("past") {
      return "by GitLab's clock that day is over: set both clocks by NTP, or let tokens live longer, `setup: {token_lifetime: 30d}` say"
    }
    let asked = lifetime.map { " (\($0.days)d)" } ?? ""
    let allowed = "have an administrator of GitLab allow it (Admin > Settings > General > Account and limit)"
    guard let today, let last = words.split(separator: " ").lazy.compactMap({ dayNumber(String($0)) }).first else {
      return
        "GitLab takes no token that lives so long\(asked): set `setup: {token_lifetime: DAYSd}` to what it takes, `30d` say, or \(allowed)"
    }
    // GitLab takes the very day that it names (`expires_at_before_instance_max_expiry_date`): a day less, whatever the time zone.
    return
      "GitLab takes no token that lives so long\(asked): set `setup: {token_lifetime: \(max(last - today.daysSinceEpoch - 1, 1))d}` or less, or "
      + allowed
  }

  private static let day: Int64 = 86_400
  /// What issue 6 asks for, and as good as any: a month to do something about it.
  private static let longestNotice = 30

  private static func dayNumber(_ text: String) -> Int? {
    guard text.utf8.count >= 10, text.utf8.prefix(10).filter({ $0 == UInt8(ascii: "-") }).count == 2 else { return nil }
    return Instant(iso8601: text.prefix(10) + "T00:00:00Z").map { Int($0.milliseconds / (1_000 * day)) }
  }
}

import Calendar
import Testing

@testable import GitLab

/// How long before its end a token is spoken of and renewed, and what is said where GitLab does not let it live so long.
@Suite struct TokenLifetimeTests {
  @Test(
    "people are told from 30 days on, and of shorter lives in the last third",
    arguments: [
      (1, 0, 1), (2, 1, 1), (3, 1, 1), (6, 2, 2), (20, 6, 6), (30, 10, 10), (31, 10, 10), (89, 29, 29), (90, 30, 30), (364, 30, 30),
    ])
  func lastDays(_ days: Int, _ renewed: Int, _ told: Int64) {
    let lifetime = TokenLifetime(days: days)
    #expect(lifetime.lastDays == renewed && lifetime.notice == .seconds(told * 86_400))
  }

  @Test("a fresh one is not in its last days", arguments: [1, 2, 7, 29, 30, 90, 399]) func fresh(_ days: Int) throws {
    let today = CivilDate(daysSinceEpoch: 20_000)
    let end = today.adding(days: days)
    let lifetime = try #require(TokenLifetime(from: today, to: "\(end)"))
    #expect(lifetime.days == days)
    #expect(!lifetime.isOver(Instant(milliseconds: Int64(end.daysSinceEpoch) * 86_400_000), on: today))
    #expect(lifetime.isOver(Instant(milliseconds: Int64(today.daysSinceEpoch) * 86_400_000), on: today))
  }

  @Test(
    "what GitLab takes is said as a setting",
    arguments: [
      ("422: Expires at must be before 2026-12-22", "(364d): set `setup: {token_lifetime: 29d}` or less, or have an administrator"),
      ("400: expires_at must be before 2027-11-22", "`setup: {token_lifetime: 364d}`"),
      ("400: Expires at must be before 2026-11-23", "`setup: {token_lifetime: 1d}`"), ("422: Expires at is invalid", "`30d` say"),
      ("422: Expires at can't be in the past", "set both clocks by NTP"), ("400: Name is too long", nil),
    ] as [(String, String?)])
  func refusals(_ words: String, _ says: String?) throws {
    let today = try #require(CivilDate(year: 2026, month: 11, day: 22))
    let remedy = TokenLifetime.remedy(forRefusal: words, of: TokenLifetime(days: 364), on: today)
    #expect(remedy.map { says.map($0.contains) ?? false } ?? (says == nil), "\(remedy ?? "")")
  }
}

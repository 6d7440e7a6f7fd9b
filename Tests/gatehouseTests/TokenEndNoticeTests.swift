import Calendar
import GitLab
import Logging
import Testing

@testable import gatehouse

/// What the log says of a token that ends: whether somebody has to do something about it.
@Suite struct TokenEndNoticeTests {
  private static let now = Instant(milliseconds: 1_790_000_000_000)
  private static let day: Duration = .seconds(86_400)
  private static let trouble = RotationTrouble(at: now, reason: "403 Forbidden")
  private static let lost = RotationTrouble(at: now, reason: "403 Forbidden", isLost: true, old: 6)

  private static let servingStill = RotationTrouble(at: now, reason: "lost", isLost: true, old: 7)

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// Days until the end.
    var days: Int?
    /// And hours.
    var hours = 0
    /// Days before its end that the server rotates it.
    var rotates: Int?
    /// Days that such tokens live.
    var lifetime = 364
    var trouble: RotationTrouble?
    var isStarting = false
    var level: Logger.Level?
    var says = ""
  }

  static let cases: [Case] = [
    Case(testDescription: "no end", days: nil, rotates: 30, trouble: trouble),
    Case(testDescription: "far away", days: 31),
    Case(testDescription: "near, by hand", days: 29, level: .warning, says: "Rotate it: `gatehouse setup rotate-token`"),
    Case(
      testDescription: "near, the server's turn is still to come", days: 29, rotates: 10, level: .notice, says: "nobody has to do anything"),
    Case(testDescription: "near, it is the server's turn", days: 30, rotates: 30, level: .notice, says: "rotates it by itself"),
    Case(
      testDescription: "not due yet, whatever failed before", days: 29, rotates: 10, trouble: trouble, level: .notice, says: "by itself"),
    Case(testDescription: "the server failed", days: 29, rotates: 30, trouble: trouble, level: .error, says: "could not rotate it"),
    Case(
      testDescription: "the server's answer was lost, and the old token is gone", days: 29, rotates: 30, trouble: lost, level: .error,
      says: "set GATEHOUSE_SETUP_TOKEN"),
    Case(
      testDescription: "the server's answer was lost, and the old token serves", days: 29, rotates: 30, trouble: servingStill,
      level: .warning, says: "the server tries again by itself"),
    Case(testDescription: "the server failed early", days: 80, rotates: 90, trouble: trouble, level: .error, says: "could not rotate it"),
    Case(
      testDescription: "the server should have, and left no record", days: 28, rotates: 30, level: .error, says: "should have rotated it"),
    Case(
      testDescription: "the server should have, and has only just started", days: 28, rotates: 30, isStarting: true, level: .notice,
      says: "rotates it by itself"),
    Case(
      testDescription: "it failed before it was started again", days: 28, rotates: 30, trouble: trouble, isStarting: true, level: .error,
      says: "could not rotate it"),
    Case(testDescription: "a short life that has just begun", days: 19, lifetime: 20),
    Case(testDescription: "the last third of a short life", days: 5, lifetime: 20, level: .warning, says: "ends soon"),
    Case(testDescription: "far away, with the server's turn still to come", days: 200, rotates: 30),
    Case(testDescription: "40 days of life, before the last third", days: 20, lifetime: 40),
    Case(testDescription: "40 days of life, in the last third", days: 12, lifetime: 40, level: .warning, says: "ends soon"),
    Case(testDescription: "the last day of a life of one day", days: 0, hours: 20, lifetime: 1, level: .warning, says: "ends soon"),
    Case(
      testDescription: "two days of life, the server's turn is long over", days: 0, hours: 8, rotates: 1, lifetime: 2, level: .error,
      says: "should have rotated it"),
  ]

  @Test(arguments: cases) func notice(_ one: Case) {
    let token = ProbeReport.Token(
      id: 7, name: "gate", scopes: ["api"], expiresAt: one.days.map { Self.now + Self.day * $0 + .seconds(one.hours * 3_600) },
      isActive: true)
    let notice = TokenEndNotice(
      token, rotatesBefore: one.rotates.map { Self.day * $0 }, lifetime: TokenLifetime(days: one.lifetime),
      trouble: one.trouble, isStarting: one.isStarting, at: Self.now)
    #expect(notice?.level == one.level)
    #expect(notice?.message.contains(one.says) ?? (one.level == nil), "\(notice?.message ?? "")")
    if one.level == .error, one.trouble != nil { #expect(notice?.metadata["reason"] == "403 Forbidden") }
    if one.level == .notice { #expect(notice?.metadata["rotates_from"] != nil) }
  }
}

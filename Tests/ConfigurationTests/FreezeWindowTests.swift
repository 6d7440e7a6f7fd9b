import Calendar
import ChangeControl
import TestSupport
import Testing

@testable import Configuration

/// Windows in which nothing is let through: each kind, and each way to get one wrong, with its place.
@Suite struct FreezeWindowTests {
  private static func file(_ windows: [String]) -> String {
    completed(
      "policies:\n  one-person:\n    approval_rules: [{group: release-managers}]\n    freeze_windows:\n"
        + windows.map { "      - {\($0)}\n" }.joined())
  }

  private func windows(_ lines: String...) throws -> [FreezeWindow] {
    let configuration = try Configuration.parse(FreezeWindowTests.file(lines), file: "g.yaml", environment: exampleEnvironment)
    return configuration.plan.policies["one-person"]?.freezeWindows ?? []
  }

  private func instant(_ text: String) throws -> Instant { try #require(Instant(iso8601: text)) }

  private func calendar(_ lines: String) -> (folder: TemporaryFolder, path: String) {
    let folder = TemporaryFolder()
    let path = folder.file("holidays.ics")
    makeFile(path, Array(lines.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n").utf8))
    return (folder, path)
  }

  @Test func oneThatComesBackBeginsInItsZoneAndLastsElapsedTime() throws {
    let window = try #require(try windows("name: weekend, cron: \"0 18 * * 5\", duration: 62h, timezone: Europe/Berlin").first)
    #expect(window.name == "weekend")
    // The clocks go forward in it: 62 hours end at nine in the morning, not at eight.
    let period = try #require(window.schedule.period(holding: try instant("2026-03-28T12:00:00Z")))
    #expect(try period == Period(start: instant("2026-03-27T17:00:00Z"), end: instant("2026-03-30T07:00:00Z")))
    #expect(window.schedule.period(holding: period.end) == nil)
  }

  @Test func oneOfFixedTimesIsInItsZoneOrInUTC() throws {
    let windows = try windows(
      "name: a, from: 2026-12-23, until: 2027-01-02T06:00, timezone: America/New_York", "name: b, from: 2026-12-23T18:00, until: 2026-12-24"
    )
    let period = try #require(windows[0].schedule.period(holding: try instant("2026-12-25T00:00:00Z")))
    #expect(try period == Period(start: instant("2026-12-23T05:00:00Z"), end: instant("2027-01-02T11:00:00Z")))
    #expect(try windows[1].schedule.next(after: Instant(milliseconds: 0))?.start == instant("2026-12-23T18:00:00Z"))
  }

  @Test func aCalendarWithoutEventsIsWarnedOf() throws {
    let (folder, path) = calendar("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    defer { withExtendedLifetime(folder) {} }
    let text = completed(
      "policies: {one-person: {approval_rules: [{group: release-managers}], freeze_windows: [{name: holidays, calendar: \(path)}]}}")
    #expect(try warnings(text).contains { $0.hasSuffix("has no events that last, so it never holds anything") })
  }

  @Test func oneOfACalendarHoldsWhileAnEventDoes() throws {
    let (folder, path) = calendar(
      """
      BEGIN:VCALENDAR
      BEGIN:VEVENT
      DTSTART;VALUE=DATE:20261225
      DTEND;VALUE=DATE:20261227
      END:VEVENT
      END:VCALENDAR

      """)
    defer { withExtendedLifetime(folder) {} }
    let window = try #require(try windows("name: holidays, calendar: \(path), timezone: Europe/Berlin").first)
    let period = try #require(window.schedule.period(holding: try instant("2026-12-26T12:00:00Z")))
    #expect(try period == Period(start: instant("2026-12-24T23:00:00Z"), end: instant("2026-12-26T23:00:00Z")))
  }

  @Test(arguments: [
    ("cron: \"0 18 * * 5\", duration: 1h", "5:9: a freeze window lacks `name`; add it: what people call it, such as weekend"),
    ("name: a", "5:9: a window lacks `cron` (with `duration`), `from` (with `until`) and `calendar`; write one"),
    (
      "name: a, cron: \"0 1 * * *\", duration: 1h, from: 2026-12-23, until: 2026-12-24",
      "5:9: a window has more than one of `cron` (with `duration`), `from` (with `until`) and `calendar`; write one"
    ),
    ("name: a, cron: \"0 18 * * 5\"", "5:9: a freeze window lacks `duration`; add it: how long it lasts, such as 62h"),
    ("name: a, from: 2026-12-23", "5:9: a freeze window lacks `until`; add it: when it ends, such as 2026-12-27 or 2026-12-27T06:00"),
    (
      "name: a, cron: \"0 0 30 2 *\", duration: 1h",
      "5:25: `cron`: it never fires: none of its months has such a day; correct the day of month or the month"
    ),
    ("name: a, cron: \"0 18 * *\", duration: 1h", "5:25: `cron`: a cron schedule has five fields"),
    (
      "name: a, cron: \"0 1 * * *\", duration: 1h, timezone: Europe/Berlim",
      "5:62: `timezone`: there is no time zone `Europe/Berlim`; did you mean `Europe/Berlin`?"
    ),
    ("name: a, cron: \"0 1 * * *\", duration: 1h, timezone: ../etc/passwd", "5:62: `timezone`: `../etc/passwd` is no name of a time zone"),
    ("name: a, cron: \"0 * * * *\", duration: 1h", "5:9: freeze window `a` never ends: the next begins before it is over"),
    ("name: a, cron: \"0 1 * * *\", duration: 30s", "5:48: `duration` must be from 1m to 3650d, not `30s`"),
    ("name: a, from: 2026-12-24, until: 2026-12-23", "5:44: `until` must be after `from`"),
    ("name: a, from: 2026-12-24, until: 2026-12-24", "5:44: `until` must be after `from`"),
    ("name: a, from: 2000-01-01, until: 2026-12-24", "5:9: freeze window `a` never ends: from `from` to `until` are more than ten years"),
    (
      "name: a, from: 2026-02-30, until: 2026-12-23",
      "5:25: `from` must be a date or time, such as 2026-12-23, 2026-12-23T18:00 or 2026-12-23T18:00:00Z, not `2026-02-30`"
    ),
    ("name: a, from: 2026-12-23, until: 2026-12-24, duration: 1h", "5:66: `duration` does not go with `from`; leave it out"),
    ("name: a, cron: \"0 1 * * *\", duration: 1h, until: 2026-12-24", "5:59: `until` does not go with `cron`; leave it out"),
    ("name: a, cron: \"0 1 * * *\", durations: 1h", "5:38: unknown key `durations`; did you mean `duration`?"),
    ("name: a, calendar: /nowhere/holidays.ics", "5:29: `calendar`: the file `/nowhere/holidays.ics`: there is no such file; make it"),
  ]) func isRefused(_ line: String, _ said: String) {
    let problems = problems(FreezeWindowTests.file([line]))
    #expect(problems.contains { $0.hasPrefix("g.yaml:\(said)") }, "\(problems)")
  }

  @Test func aWrongZoneHidesNothingElseThatIsWrong() {
    let problems = problems(FreezeWindowTests.file(["name: a, from: 24.12.2026, until: 2026-12-25, timezone: Berlin"]))
    #expect(problems.count == 2 && problems[0].contains("`from` must be") && problems[1].contains("`Europe/Berlin`"), "\(problems)")
  }

  @Test func aNameStandsOnce() {
    let text = FreezeWindowTests.file(["name: a, cron: \"0 1 * * *\", duration: 1h", "name: a, from: 2026-12-23, until: 2026-12-24"])
    #expect(
      problems(text) == ["g.yaml:6:16: `name` `a` stands here a second time, first in line 5; give each window a name of its own"])
  }

  @Test func aWrongLineOfACalendarIsNamed() {
    let (folder, path) = calendar("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261301T000000Z\nEND:VEVENT\nEND:VCALENDAR\n")
    defer { withExtendedLifetime(folder) {} }
    let problems = problems(FreezeWindowTests.file(["name: a, calendar: \(path)"]))
    #expect(problems.count == 1)
    #expect(problems.first?.hasPrefix("g.yaml:5:29: `calendar`: `") == true, "\(problems)")
    #expect(problems.first?.contains("line 3: ") == true, "\(problems)")
  }

  @Test func moreThanAnybodyNeedsIsRefused() {
    let many = (0...Limits.freezeWindows).map { "name: w\($0), from: 2026-12-23, until: 2026-12-24" }
    #expect(
      problems(FreezeWindowTests.file(many)) == [
        "g.yaml:5:7: `freeze_windows` has \(many.count) windows; at most \(Limits.freezeWindows) are allowed"
      ])
    #expect(problems(FreezeWindowTests.file(Array(many.dropLast()))).isEmpty)
  }

  @Test func anOverrideTakesTwo() {
    let text = completed(
      "groups: {lonely: [alice], release-managers: [alice, bob, carol]}\npolicies: {one-person: {approval_rules: [{group: release-managers}], freeze_override: {group: lonely}}}"
    )
    #expect(problems(text).count == 1)
    #expect(problems(text).first?.contains("needs a group of two people at least") == true, "\(problems(text))")
  }
}

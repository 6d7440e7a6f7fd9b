import Calendar
import TestSupport
import Testing

@Suite struct InstantTests {
  @Test(arguments: [
    ("1970-01-01T00:00:00.000Z", 0),
    ("2026-09-03T09:15:02.000Z", 1_788_426_902_000),
    ("2026-09-03T09:15:02Z", 1_788_426_902_000),
    ("2026-09-03T11:15:02+02:00", 1_788_426_902_000),
    ("2026-09-03 09:15:02 UTC", 1_788_426_902_000),
    ("2026-09-03 11:15:02 +0200", 1_788_426_902_000),
    ("2026-09-03 11:15:02+02", 1_788_426_902_000),
    ("2026-09-03T09:15:02.123456Z", 1_788_426_902_123),
    ("2026-09-03T09:15Z", 1_788_426_900_000),
    ("2026-09-03", 1_788_393_600_000),
    ("2024-02-29T00:00:00Z", 1_709_164_800_000),
    ("1969-12-31T23:59:59.999Z", -1),
    ("2016-12-31T23:59:60Z", 1_483_228_799_000),
  ])
  func readsEveryFormThatGitLabAndPeopleSend(text: String, milliseconds: Int64) {
    #expect(Instant(iso8601: text)?.milliseconds == milliseconds)
  }

  @Test(arguments: [
    "", "2026", "2026-13-01", "2026-02-29", "2026-09-03T", "2026-09-03T25:00:00Z", "2026-09-03T09:60:00Z", "2026-09-03T09:15:02",
    "2026-09-03T09:15:02.Z", "2026-09-03T09:15:02Zx", "+026-09-03", "2026-9-3", "2026-09-03T09:15:02+2:00", "２０２６-09-03",
  ])
  func refusesWhatIsNoTime(text: String) { #expect(Instant(iso8601: text) == nil) }

  @Test(arguments: [
    ("2026-09-03T11:15", "2026-09-03T09:15:00.000Z"), ("2026-09-03 11:15:02.25", "2026-09-03T09:15:02.250Z"),
    ("2026-09-03", "2026-09-02T22:00:00.000Z"), ("2026-09-03T11:15Z", "2026-09-03T11:15:00.000Z"),
    ("2026-09-03T11:15-04:00", "2026-09-03T15:15:00.000Z"), ("2026-03-29T02:30:00.5", "2026-03-29T01:00:00.000Z"),
    ("2026-10-25T02:30", "2026-10-25T00:30:00.000Z"),
  ])
  func withoutAnOffsetItIsTheZones(text: String, utc: String) throws {
    #expect(Instant(iso8601: text, in: try ZoneFixtures.zone("Berlin"))?.iso8601 == utc)
  }

  @Test(arguments: [
    ("2026-09-03T09:15:02.000Z", "2026-09-03T11:15:02.000+02:00"), ("2026-12-31T23:30:00.250Z", "2027-01-01T00:30:00.250+01:00"),
    ("1969-12-31T23:30:00.000Z", "1970-01-01T00:30:00.000+01:00"),
    // Clocks went by the sun, 53 minutes and 28 seconds ahead: no ISO 8601 offset says that.
    ("1890-01-01T00:00:00.000Z", "1890-01-01T00:00:00.000Z"),
  ])
  func isToldAsAZonesClocksShowIt(utc: String, local: String) throws {
    let instant = try instant(utc)
    #expect(instant.iso8601(in: try ZoneFixtures.zone("Berlin")) == local)
    #expect(Instant(iso8601: local) == instant)
    #expect(instant.iso8601(in: .utc) == utc)
  }

  @Test func withoutAnOffsetOrAZoneThereIsNoInstant() {
    #expect(Instant(iso8601: "2026-09-03T11:15") == nil)
    #expect(Instant(iso8601: "2026-02-30T11:15", in: .utc) == nil)
    #expect(Instant(iso8601: "2026-02-03T11:15 Berlin", in: .utc) == nil)
  }

  @Test func whatIsWrittenIsReadBack() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<2_000 {
      let instant = Instant(milliseconds: Int64.random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator))
      #expect(Instant(iso8601: instant.iso8601) == instant)
    }
  }
}

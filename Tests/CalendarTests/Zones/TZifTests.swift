import TestSupport
import Testing

@testable import Calendar

/// TZif bytes, with everything in them that RFC 9636 §3.1 lets vary.
private struct TZif {
  var magic = "TZif"
  var version = "2"
  var changes: [(at: Int, kind: UInt8)] = [(0, 1), (1_000, 0)]
  var kinds: [(offset: Int, isDaylightSaving: UInt8, name: UInt8)] = [(3_600, 0, 0), (7_200, 1, 4)]
  var names = "CET\0CEST\0"
  var leapCount = 0
  var indicators = (ut: 0, standard: 0)
  var footer = "\nCET-1CEST,M3.5.0,M10.5.0/3\n"

  private func block(timeSize: Int) -> [UInt8] {
    var bytes = Array(magic.utf8) + (version == "1" ? [0] : Array(version.utf8)) + [UInt8](repeating: 0, count: 15)
    for count in [indicators.ut, indicators.standard, leapCount, changes.count, kinds.count, names.utf8.count] { bytes += big(count, 4) }
    bytes += changes.flatMap { big($0.at, timeSize) } + changes.map(\.kind)
    bytes += kinds.flatMap { big($0.offset, 4) + [$0.isDaylightSaving, $0.name] } + Array(names.utf8)
    return bytes + [UInt8](repeating: 0, count: leapCount * (timeSize + 4) + indicators.ut + indicators.standard)
  }

  var bytes: [UInt8] { version == "1" ? block(timeSize: 4) : block(timeSize: 4) + block(timeSize: 8) + Array(footer.utf8) }

  private func big(_ number: Int, _ size: Int) -> [UInt8] {
    (0..<size).reversed().map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }
}

@Suite struct TZifTests {
  private func fault(_ bytes: [UInt8]) -> TimeZoneFileFault? {
    do throws(TimeZoneFileFault) {
      _ = try TimeZone(name: "Test/Zone", tzif: bytes)
      return nil
    } catch {
      return error
    }
  }

  private func offset(_ file: TZif, at second: Int) throws -> Duration {
    try TimeZone(name: "Test/Zone", tzif: file.bytes).offset(at: Instant(seconds: second))
  }

  @Test(arguments: ["1", "2", "3", "4"]) func everyVersionIsRead(_ version: String) throws {
    let file = TZif(version: version)
    #expect(try offset(file, at: -1) == .seconds(3_600))
    #expect(try offset(file, at: 0) == .seconds(7_200))
    #expect(try offset(file, at: 999) == .seconds(7_200))
    #expect(try offset(file, at: 1_000) == .seconds(3_600))
    // July of 2026, which only the footer knows.
    #expect(try offset(file, at: 1_783_000_000) == .seconds(version == "1" ? 3_600 : 7_200))
  }

  @Test func withoutARuleTheLastOffsetStays() throws {
    #expect(try offset(TZif(footer: "\n\n"), at: 1_783_000_000) == .seconds(3_600))
    #expect(try offset(TZif(changes: [], footer: "\n\n"), at: 1_783_000_000) == .seconds(3_600))
    #expect(try offset(TZif(changes: []), at: 1_783_000_000) == .seconds(7_200))
  }

  @Test func aLastChangeLongAgoLeavesAllToTheRule() throws {
    for first in [Int.min, -1 << 59, -5_000_000_000] {
      let file = TZif(changes: [(first, 0)])
      #expect(try offset(file, at: 1_783_000_000) == .seconds(7_200))
      #expect(try offset(file, at: -1_890_000_000) == .seconds(3_600))
    }
  }

  @Test func whatIsNoneIsRefusedWithTheReason() {
    #expect(fault([]) == .noTZif)
    #expect(fault(Array("#!/bin/sh\n".utf8)) == .noTZif)
    #expect(fault(TZif(version: "5").bytes) == .version(UInt8(ascii: "5")))
    #expect(fault(TZif().bytes + [UInt8](repeating: 0, count: TimeZone.largestFile)) == .tooLarge)
    #expect(fault(TZif(leapCount: 1).bytes) == .countsLeapSeconds)
    let none = TimeZoneFileFault.malformed("it has no local time types")
    #expect(fault(TZif(kinds: []).bytes) == none)
    #expect(fault(TZif(names: "").bytes) == none)
    #expect(fault(TZif(indicators: (1, 0)).bytes) == .malformed("its indicators are not as many as its local time types"))
    #expect(fault(TZif(changes: [(5, 0), (5, 1)]).bytes) == .malformed("its changes are not in the order of time"))
    #expect(fault(TZif(changes: [(5, 2)]).bytes) == .malformed("a change leads to a local time type that is not there"))
    let far = TimeZoneFileFault.malformed("a local time is more than a day from UTC")
    #expect(fault(TZif(changes: [], kinds: [(93_600, 0, 0)]).bytes) == far)
    #expect(fault(TZif(changes: [], kinds: [(-90_000, 0, 0)]).bytes) == far)
    #expect(fault(TZif(changes: [], kinds: [(0, 2, 0)]).bytes) == .malformed("a local time type is none"))
    #expect(fault(TZif(changes: [], kinds: [(0, 0, 9)]).bytes) == .malformed("a local time type is none"))
    #expect(fault(TZif(footer: "\nCET-1CEST\n").bytes) == .malformed("its rule for the years to come cannot be read"))
    #expect(fault(TZif(indicators: (2, 2)).bytes) == nil)
  }

  @Test("cut anywhere it is refused, and no count makes it read on")
  func cut() {
    let whole = TZif().bytes
    for length in whole.indices { #expect(fault(Array(whole.prefix(length))) != nil, "\(length)") }
    for index in 20..<44 {
      var bytes = whole
      bytes[index] = 0xFF
      #expect(fault(bytes) != nil, "\(index)")
    }
  }

  @Test("whatever stands in it, it is a zone or a fault, and the zone answers")
  func mutations() {
    var generator = SeededGenerator(seed: 14)
    let files = ZoneFixtures.files.map(\.bytes) + [TZif().bytes, TZif(version: "1").bytes]
    for _ in 0..<4_000 {
      var bytes = files[Int.random(in: 0..<files.count, using: &generator)]
      for _ in 0..<Int.random(in: 1...6, using: &generator) {
        bytes[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
      }
      guard let zone = try? TimeZone(name: "Test/Zone", tzif: bytes) else { continue }
      let moment = Instant(seconds: Int.random(in: -5_000_000_000...9_000_000_000, using: &generator))
      #expect(zone.latestCivilTime(upTo: moment) >= zone.civilTime(at: moment))
      _ = zone.instants(of: zone.civilTime(at: moment))
    }
  }

  @Test(arguments: [
    ("UTC0", 0, 0), ("EST5", -18_000, -18_000), ("<+0530>-5:30", 19_800, 19_800), ("CET-1CEST,M3.5.0,M10.5.0/3", 3_600, 7_200),
    ("IST-1GMT0,M10.5.0,M3.5.0/1", 0, 3_600), ("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 39_600, 37_800),
    // All year (RFC 9636 §3.3).
    ("EST5EDT,0/0,J365/25", -14_400, -14_400), ("XXX3EDT4,0/0,J365/23", -14_400, -14_400),
    // Hours before and after the day, as version 3 has them.
    ("<-02>2<-01>,M3.5.0/-1,M10.5.0/0", -7_200, -3_600), ("<-04>4<-03>,M9.1.6/24,M4.1.6/24", -10_800, -14_400),
    ("AAA0BBB,J60,J300", 0, 3_600), ("AAA0BBB,59,299", 0, 3_600), ("AAA-1:02:03", 3_723, 3_723),
  ])
  func rules(_ text: String, january: Int, july: Int) throws {
    let rule = try #require(ZoneRule(text.utf8), "\(text)")
    #expect(rule.offset(at: 1_768_478_400) == january)
    #expect(rule.offset(at: 1_784_116_800) == july)
  }

  @Test(arguments: [
    "", "U0", "UTC", "UTC25", "UTC0x", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0", "CET-1CEST,M3.6.0,M10.5.0",
    "CET-1CEST,M3.0.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5", "CET-1CEST,366,5", "CET-1CEST,M3.5.0/168,M10.5.0",
    "<CET-1", "CET-1:60", "CET-1CEST,M3.5.0,M10.5.0,",
  ])
  func noRules(_ text: String) { #expect(ZoneRule(text.utf8) == nil) }

  @Test("29 February counts for one form of day and not for the other")
  func leapDays() throws {
    let time = { (day: YearlyTime.Day, year: Int) in
      "\(CivilTime(secondsSinceEpoch: YearlyTime(day: day, second: 0).second(in: year)).date)"
    }
    #expect(time(.withoutLeapDay(59), 2028) == "2028-02-28")
    #expect(time(.withoutLeapDay(60), 2028) == "2028-03-01")
    #expect(time(.withoutLeapDay(60), 2026) == "2026-03-01")
    #expect(time(.withLeapDay(59), 2028) == "2028-02-29")
    #expect(time(.withLeapDay(59), 2026) == "2026-03-01")
    #expect(time(.weekday(.sunday, number: 5, month: 2), 2026) == "2026-02-22")
    #expect(time(.weekday(.sunday, number: 1, month: 3), 2026) == "2026-03-01")
  }
}

import TestSupport
import Testing

@testable import Calendar

/// What the fuzzer kept: a small corpus that reaches all it has reached, and by name the inputs that broke something once.
@Suite struct FuzzedTests {
  @Test(arguments: FixtureFolder.files(in: "../Fixtures/fuzzed/calendars")) func calendars(_ file: FixtureFolder.File) {
    #expect(CalendarCheck.violation(file.bytes) == nil)
  }

  @Test func thereAreSome() { #expect(FixtureFolder.files(in: "../Fixtures/fuzzed/calendars").count > 20) }
}

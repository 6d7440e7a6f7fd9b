import TestSupport
import Testing

/// What the fuzzer kept: a small corpus that reaches all it has reached, and by name the inputs that broke something once.
@Suite struct FuzzedTests {
  @Test(arguments: FixtureFolder.files(in: "../Fixtures/fuzzed/configuration")) func configurations(_ file: FixtureFolder.File) {
    #expect(ConfigurationCheck.violation(file.bytes) == nil)
  }

  @Test func thereAreSome() { #expect(FixtureFolder.files(in: "../Fixtures/fuzzed/configuration").count > 20) }
}

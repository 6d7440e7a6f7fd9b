import TestSupport
import Testing

/// What the fuzzer kept: a small corpus that reaches all it has reached, and by name the inputs that broke something once.
@Suite struct FuzzedTests {
  @Test(arguments: FixtureFolder.files(in: "../Fixtures/fuzzed/webhooks")) func webhooks(_ file: FixtureFolder.File) {
    #expect(WebhookCheck.violation(file.bytes) == nil)
  }

  @Test func thereAreSome() { #expect(FixtureFolder.files(in: "../Fixtures/fuzzed/webhooks").count > 20) }
}

import TestSupport
import Testing

/// What the fuzzer kept: a small corpus that reaches all it has reached, and by name the inputs that broke something once. Each goes through
/// the check that the fuzzer runs, with more cuts: what is short is cut at each boundary.
@Suite struct FuzzedTests {
  @Test(arguments: FixtureFolder.files(in: "../Fixtures/fuzzed/requests")) func requests(_ file: FixtureFolder.File) {
    #expect(RequestCheck.violation(file.bytes, boundaries: FuzzCut.many) == nil)
  }

  @Test(arguments: FixtureFolder.files(in: "../Fixtures/fuzzed/chunks")) func chunks(_ file: FixtureFolder.File) {
    #expect(ChunkCheck.violation(file.bytes, boundaries: FuzzCut.many) == nil)
  }

  @Test(arguments: ["requests", "chunks"]) func thereAreSome(_ target: String) {
    #expect(FixtureFolder.files(in: "../Fixtures/fuzzed/\(target)").count > 20)
  }
}

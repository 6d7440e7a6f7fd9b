import Calendar
import ChangeControl
import Testing

/// Whole why-trees, as people read them: what every rule found, who counted, who did not and why, what would help, when it changes by itself.
@Suite struct GoldenTreeTests {
  struct Golden: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var situation: @Sendable (inout Situation) -> Void
    var tree: String

    init(_ name: String, _ situation: @escaping @Sendable (inout Situation) -> Void, _ tree: String) {
      (testDescription, self.situation, self.tree) = (name, situation, tree)
    }
  }

  @Test(arguments: [people, times, endings, rules].joined()) func tree(_ golden: Golden) {
    #expect(rendered(Situation(golden.situation).facts.evaluate()) == golden.tree)
  }
}

import ChangeControl
import Testing

@Suite struct PatternTests {
  @Test(arguments: [
    ("acme/payments/*", "acme/payments/checkout", true),
    ("acme/payments/*", "acme/payments/deep/checkout", false),
    ("acme/**", "acme/payments/deep/checkout", true),
    ("prod/*", "prod/eu", true),
    ("prod/*", "prod", false),
    ("prod/*", "preprod/eu", false),
    ("*", "production", true),
    ("*", "prod/eu", false),
    ("prod*", "production", true),
    ("*-eu", "prod-eu", true),
    ("p*d*n", "production", true),
    ("production", "Production", false),
    ("", "", true),
    ("**", "", true),
    ("a*", "ab/c", false),
  ])
  func matchesWholeNames(pattern: String, name: String, matches: Bool) { #expect(Pattern(pattern).matches(name) == matches) }

  @Test func manyStarsTakeNoMoreThanPatternTimesName() {
    // With backtracking this would not end.
    let pattern = Pattern(String(repeating: "*a", count: 40) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
  }
}

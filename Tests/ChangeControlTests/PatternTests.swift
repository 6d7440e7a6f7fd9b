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

  /// Which groups a configuration's patterns reach below.
  @Test(arguments: [
    ("acme/payments/*", "acme", true), ("acme/payments/*", "acme/payments", true), ("acme/payments/*", "acme/payments/deep", false),
    ("acme/payments/*", "acme/pay", false), ("acme/payments/*", "other", false), ("acme/**", "acme/payments/deep", true),
    ("acme/payments/checkout", "acme/payments", true), ("acme/payments/checkout", "acme/payments/checkout", false),
    ("acme/*/checkout", "acme/payments", true), ("acme/*/checkout", "acme/payments/checkout", false), ("*/checkout", "acme", true),
    ("**", "acme", true), ("*", "acme", false), ("**/checkout", "a/b/c", true), ("acme*", "acme", false), ("acme*/x", "acme2", true),
  ])
  func reachesBelow(pattern: String, group: String, isReached: Bool) {
    let plan = ControlPlan(
      publicURL: "", instances: [],
      services: [
        Service(
          id: "s", name: "s", instance: "main", projects: [.path(Pattern(pattern))], gatedTiers: [], gatedEnvironments: [],
          workflow: "simple", changeType: .normal, policy: "p")
      ], groups: [:], policies: [:], deliveryRetention: .seconds(1))
    #expect(plan.governsPaths(below: group, on: "main") == isReached)
    #expect(!plan.governsPaths(below: group, on: "other"))
  }

  @Test func manyStarsTakeNoMoreThanPatternTimesName() {
    // With backtracking this would not end.
    let pattern = Pattern(String(repeating: "*a", count: 40) + "b")
    #expect(!pattern.matches(String(repeating: "a", count: 2_000)))
  }
}

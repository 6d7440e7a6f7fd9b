import JSON

@testable import GitLab

/// Somebody's webhook at another level than is configured.
extension SetupPlanTests {
  static let groupHookCases: [Case] = [
    Case(
      name: "somebody's webhook of the group beside those of the projects", isWhole: true,
      survey: { $0.groups["acme/payments"]?.hooks = .success([SetupSamples.hook(9)]) },
      says: [
        "= webhook of project acme/payments/checkout", "! webhook 9 of group acme/payments", "deployment events are delivered twice",
        "`setup: {hook: group, group: acme/payments}`",
      ]),
    Case(
      name: "the same, before those of the projects are made",
      survey: { $0.groups["acme/payments"]?.hooks = .success([SetupSamples.hook(9)]) },
      says: [
        "+ webhook of project acme/payments/checkout", "! webhook 9 of group acme/payments", "`setup: {hook: group, group: acme/payments}`",
      ]),
    Case(
      name: "somebody's webhook of the group that leads elsewhere", isWhole: true,
      survey: { $0.groups["acme/payments"]?.hooks = .success([SetupSamples.hook(9, ["url": "https://elsewhere.example.com/x"])]) },
      says: [], doesNotSay: ["webhook 9"]),
    Case(
      name: "somebody's webhook of another group above", isWhole: true, target: { $0.hooks = .group },
      survey: { survey in
        survey.projects[0].hooks = .success([])
        survey.groups["acme/payments"]?.hooks = .success([SetupSamples.hook(7)])
        survey.groups["acme"]?.hooks = .success([SetupSamples.hook(9)])
      },
      says: ["= webhook of group acme/payments", "! webhook 9 of group acme", "deployment events are delivered twice"]),
  ]
}

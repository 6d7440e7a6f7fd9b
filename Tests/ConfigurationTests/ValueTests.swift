import Testing

@testable import Configuration

/// Values of the wrong type, outside their bounds, or no word of their list.
@Suite struct ValueTests {
  @Test(arguments: shapes + texts + numbers + durations + words + places) func isRefused(_ wrong: Case) {
    #expect(problems(wrong.text) == wrong.said)
  }

  static let shapes = [
    Case("server: 127.0.0.1:8080", "1:9: `server` must be a mapping with the keys \(list(Vocabulary.server.known)), not `127.0.0.1:8080`"),
    Case("log: [info]", "1:6: `log` must be a mapping with the keys `level`, `format`, not a list"),
    Case("gitlab: {name: main}", "1:9: `gitlab` must be a list of GitLab instances, not a mapping"),
    Case("gitlab: [main]", "1:10: an entry of `gitlab` must be a mapping with the keys \(list(Vocabulary.gitlab.known)), not `main`"),
    Case("services: checkout", "1:11: `services` must be a list of services, not `checkout`"),
    Case(
      "services: [~]", "1:12: an entry of `services` must be a mapping with the keys \(list(Vocabulary.service.known)), not an empty value"),
    Case(
      "services: [{id: a, projects: acme/shop, gate: production, policy: one-person}]",
      "1:30: `projects` must be a list of path patterns or ids, such as [\"acme/payments/*\", 30], not `acme/shop`",
      "1:47: `gate` must be a mapping with the keys `tiers`, `environments`, not `production`"),
    Case(
      "services: [{id: a, projects: [1], gate: {tiers: production, environments: {a: b}}, policy: one-person}]",
      "1:49: `tiers` must be a list of tiers, not `production`", "1:75: `environments` must be a list of name patterns, not a mapping"),
    Case("groups: [alice]", "1:9: `groups` must be a mapping from a name to a list of GitLab usernames, not a list"),
    Case(
      "groups: {release-managers: alice}",
      "1:28: `release-managers` must be a list of GitLab usernames, such as [alice, bob], not `alice`"),
    Case("policies: [one-person]", "1:11: `policies` must be a mapping from a name to its rules, not a list"),
    Case(
      "policies: {one-person: [alice]}",
      "1:24: policy `one-person` must be a mapping with the keys \(list(Vocabulary.policy.known)), not a list"),
    Case("policies: {one-person: {approval_rules: {group: a}}}", "1:41: `approval_rules` must be a list of rules, not a mapping"),
    Case(
      "policies: {one-person: {approval_rules: [alice]}}",
      "1:42: an approval rule must be a mapping with the keys `user`, `group`, `gitlab_group`, `group_inheritance_type`, `access_level`, `required_approvals`, `stage`, not `alice`"
    ),
  ]

  static let texts = [
    Case("database: {path: 30}", "1:18: `path` must be a text; put `30` in quotes"),
    Case("database: {path: true}", "1:18: `path` must be a text; put `true` in quotes"),
    Case("database: {path: [a]}", "1:18: `path` must be a text, not a list"),
    Case("database: {path: ''}", "1:18: `path` is empty; write a text"),
    Case("database: {path: \"var/a\\0b\"}", "1:18: `path` has a control character in it; take it out"),
    Case("database: {path: \"var/a\\nb\"}", "1:18: `path` has a control character in it; take it out"),
    Case("database: {path: \(String(repeating: "é", count: 513))}", "1:18: `path` is longer than 1024 bytes; shorten it"),
    Case("groups: {release-managers: [alice, ~]}", "1:36: `release-managers` must be a text, not an empty value"),
    Case("groups: {release-managers: [alice, 7]}", "1:36: `release-managers` must be a text; put `7` in quotes"),
    Case("groups: {release-managers: [alice, [bob]]}", "1:36: `release-managers` must be a text, not a list"),
    Case("groups: {release-managers: ['@alice']}", "1:29: `release-managers`: a GitLab username is written without the @; write `alice`"),
    Case(
      "groups: {release-managers: [Alice Liddell, alíce]}",
      "1:29: `release-managers`: `Alice Liddell` is no GitLab username; write it as it stands in the person's profile: letters, digits, hyphens, underscores and dots",
      "1:44: `release-managers`: `alíce` is no GitLab username; write it as it stands in the person's profile: letters, digits, hyphens, underscores and dots"
    ),
    Case(
      "groups: {release-managers: [\(String(repeating: "a", count: 256))]}", "1:29: `release-managers` is longer than 255 bytes; shorten it"
    ),
    Case(
      "groups: {release-managers: [alice], '': [bob], \(String(repeating: "g", count: 65)): [bob], \"a\\tb\": [bob]}",
      "1:37: \(nameRule)", "1:48: \(nameRule)", "1:122: \(nameRule)"),
    Case(
      "gitlab: [{name: Main GitLab, url: 'https://g.test', token: \(token), webhook_token: \(token)}]",
      "1:17: `name` must be \(identifierRule), not `Main GitLab`"),
    Case("services: [{id: -a, \(service)}]", "1:17: `id` must be \(identifierRule), not `-a`"),
    Case("services: [{id: 30, \(service)}]", "1:17: `id` must be a text; put `30` in quotes"),
    Case(
      "services: [{id: \(String(repeating: "a", count: 65)), \(service)}]",
      "1:17: `id` must be \(identifierRule), not `\(String(repeating: "a", count: 60))…`"),
  ]

  static let numbers =
    ["0", "-1", "101", "99999999999999999999", "1.5", "two", "\"2\"", "true"].map { number in
      Case(
        "policies: {one-person: {approval_rules: [{group: release-managers, required_approvals: \(number)}]}}",
        "1:88: `required_approvals` must be a whole number from 1 to 100, without quotes, not `\(number)`")
    } + [
      Case(
        "policies: {one-person: {approval_rules: [{group: release-managers, required_approvals: [1]}]}}",
        "1:88: `required_approvals` must be a whole number from 1 to 100, without quotes, not a list"),
      Case(
        "policies: {one-person: {approval_rules: [{group: release-managers}], prevent_self_approval: yes}}",
        "1:93: `prevent_self_approval` must be true or false, without quotes, not `yes`"),
      Case(
        "policies: {one-person: {approval_rules: [{group: release-managers}], prevent_self_approval: \"true\"}}",
        "1:93: `prevent_self_approval` must be true or false, without quotes, not `\"true\"`"),
    ]

  static let durations =
    ["30", "1.5h", "1h30m", "-1s", "90 d", "1w", "s", "1S", "9999999999s", "\"\"", "{}"].map { duration in
      Case(
        "database: {delivery_retention: \(duration)}",
        "1:32: `delivery_retention` must be a duration such as 1s, 5m, 72h or 90d, not \(duration == "{}" ? "a mapping" : "`\(duration)`")")
    } + [
      Case("database: {delivery_retention: 0s}", "1:32: `delivery_retention` must be from 1s to 3650d, not `0s`"),
      Case("database: {delivery_retention: 3651d}", "1:32: `delivery_retention` must be from 1s to 3650d, not `3651d`"),
      Case("database: {delivery_retention: 999999999d}", "1:32: `delivery_retention` must be from 1s to 3650d, not `999999999d`"),
      Case(
        "gitlab: [{\(instance), reconcile_every: 0s, give_up_after: 366d}]",
        "1:147: `reconcile_every` must be from 1s to 1d, not `0s`", "1:166: `give_up_after` must be from 1s to 365d, not `366d`"),
      Case("server: {check_every: 59s}", "1:23: `check_every` must be from 1m to 7d, or never, not `59s`"),
      Case("server: {check_every: off}", "1:23: `check_every` must be a duration such as 1s, 5m, 72h or 90d, or never, not `off`"),
      Case("gitlab: [{\(instance), reconcile_every: 25h}]", "1:147: `reconcile_every` must be from 1s to 1d, not `25h`"),
    ]

  static let words = [
    Case("log: {level: inf}", "1:14: `level` must be one of `debug`, `info`, `warning`, `error`, not `inf`; did you mean `info`?"),
    Case("log: {level: INFO}", "1:14: `level` must be one of `debug`, `info`, `warning`, `error`, not `INFO`; did you mean `info`?"),
    Case("log: {level: trace}", "1:14: `level` must be one of `debug`, `info`, `warning`, `error`, not `trace`"),
    Case("log: {format: [json]}", "1:15: `format` must be one of `auto`, `json`, `text`, not a list"),
    Case("gitlab: [{\(instance), after_approval: start}]", "1:146: `after_approval` must be one of `play`, `leave`, not `start`"),
    Case("gitlab: [{\(instance), after_approval: true}]", "1:146: `after_approval` must be one of `play`, `leave`, not `true`"),
    Case(
      "services: [{id: a, \(service), change_type: urgent}]",
      "1:97: `change_type` must be one of `standard`, `normal`, `emergency`, not `urgent`"),
    Case("services: [{id: a, \(service), workflow: [simple]}]", "1:94: `workflow` must be a text, not a list"),
    Case(
      "policies: {one-person: {approval_rules: [{group: release-managers}], comment_required: on_rejections}}",
      "1:88: `comment_required` must be one of `never`, `on_rejection`, `always`, not `on_rejections`; did you mean `on_rejection`?"),
  ]

  static let places = [
    Case(
      "services: [{id: a, projects: [1], gate: {tiers: [prod, prodution, ~]}, policy: one-person}]",
      "1:50: `tiers` must be one of \(tiers), not `prod`",
      "1:56: `tiers` must be one of \(tiers), not `prodution`; did you mean `production`?",
      "1:67: `tiers` must be one of \(tiers), not an empty value"),
    Case(
      "services: [{id: a, projects: [1], gate: {}, policy: one-person}]",
      "1:41: `gate` has neither `tiers` nor `environments`, so the service would gate nothing; add one"),
    Case(
      "services: [{id: a, projects: [1], gate: {tiers: [], environments: []}, policy: one-person}]",
      "1:41: `gate` has neither `tiers` nor `environments`, so the service would gate nothing; add one"),
    Case(
      "services: [{id: a, projects: [], gate: {tiers: [other]}, policy: one-person}]",
      "1:30: `projects` is empty, so the service would gate nothing; name a project"),
  ]

  private static let service = "projects: [1], gate: {tiers: [production]}, policy: one-person"
  private static let instance = "name: main, url: 'https://g.test', token: \(token), webhook_token: \(token)"
  private static let tiers = "`production`, `staging`, `testing`, `development`, `other`"
  private static let nameRule = "a name under `groups` must have 1 to 64 bytes and no control characters"
  private static let identifierRule = "1 to 64 letters, digits, hyphens, underscores or dots, the first a letter or a digit"
}

import TestSupport
import Testing

@testable import Configuration

/// Names that are declared elsewhere in the file, and what is said when they are not.
@Suite struct ReferenceTests {
  @Test(arguments: unknown + unreadable) func isSaid(_ wrong: Case) {
    #expect(problems(wrong.text) == wrong.said)
  }

  static let unknown = [
    Case(
      "policies: {one-person: {approval_rules: [{group: release-manager}]}}",
      "1:50: `group` names `release-manager`, which is not declared under `groups`; did you mean `release-managers`?"),
    Case(
      "policies: {one-person: {approval_rules: [{group: everybody}]}}",
      "1:50: `group` names `everybody`, which is not declared under `groups`; declared there: `release-managers`"),
    Case(
      "groups: {}\npolicies: {one-person: {approval_rules: [{group: everybody}]}}",
      "2:50: `group` names `everybody`, which is not declared under `groups`; declare it there"),
    Case(
      "groups: {a1: [u], a2: [u], a3: [u], a4: [u], a5: [u], a6: [u], a7: [u], a8: [u], a9: [u], b1: [u], b2: [u]}\n"
        + "policies: {one-person: {approval_rules: [{group: everybody}]}}",
      "2:50: `group` names `everybody`, which is not declared under `groups`; declared there: `a1`, `a2`, `a3`, `a4`, `a5`, `a6`, `a7`, `a8`, `a9`, `b1`, …"
    ),
    Case(
      "services: [{id: a, projects: [1], gate: {tiers: [other]}, policy: one-persn}]",
      "1:67: `policy` names `one-persn`, which is not declared under `policies`; did you mean `one-person`?"),
    Case(
      "services: [{id: a, projects: [1], gate: {tiers: [other]}, policy: One-person}]",
      "1:67: `policy` names `One-person`, which is not declared under `policies`; did you mean `one-person`?"),
    Case(
      "policies: {}", "3:87: `policy` names `one-person`, which is not declared under `policies`; declare it there"),
    Case(
      "services: [{id: a, instance: mian, projects: [1], gate: {tiers: [other]}, policy: one-person}]",
      "1:30: `instance` names `mian`, which is not declared under `gitlab`; did you mean `main`?"),
    Case(
      "services: [{id: a, workflow: smple, projects: [1], gate: {tiers: [other]}, policy: [one-person]}]",
      "1:30: `workflow` names `smple`, which is neither built in nor declared under `workflows`; did you mean `simple`?",
      "1:84: `policy` must be a text, not a list"),
    Case(
      "groups: {release-managers: [b], b: [Release-Managers]}",
      "1:29: group `release-managers` lists `b`, and `b` is a group here; groups do not nest: list its people, or give it another name",
      "1:37: group `b` lists `Release-Managers`, and `release-managers` is a group here; groups do not nest: list its people, or give it another name"
    ),
  ]

  /// What cannot be read is said once, and not again by all that refers to it.
  static let unreadable = [
    Case("groups: release-managers", "1:9: `groups` must be a mapping from a name to a list of GitLab usernames, not `release-managers`"),
    Case(
      "groups: {release-managers: [alice b]}",
      "1:29: `release-managers`: `alice b` is no GitLab username; write it as it stands in the person's profile: letters, digits, hyphens, underscores and dots"
    ),
    Case("groups: {\"release-managers\\n\": [alice]}", "1:10: a name under `groups` must have 1 to 64 bytes and no control characters"),
    Case("policies: []", "1:11: `policies` must be a mapping from a name to its rules, not a list"),
    Case(
      "policies: {one-person: {approval_rules: []}}",
      "1:41: policy `one-person` has no approval rules, so nobody would guard the gate; write who must say yes, such as [{group: release-managers, required_approvals: 1}]"
    ),
    Case("gitlab: main", "1:9: `gitlab` must be a list of GitLab instances, not `main`"),
    Case(
      "gitlab: [{name: Main GitLab, url: 'https://g.test', token: \(token), webhook_token: \(token)}]\n"
        + "services: [{id: a, instance: main, projects: [1], gate: {tiers: [other]}, policy: one-person}]",
      "1:17: `name` must be 1 to 64 letters, digits, hyphens, underscores or dots, the first a letter or a digit, not `Main GitLab`"),
    Case(
      "gitlab: [{name: main, url: g.test, token: \(token), webhook_token: \(token)}]",
      "1:28: `url` must be an absolute http:// or https:// address, such as https://gitlab.example.com"),
  ]

  @Test func everythingIsToldAtOnceInTheOrderOfTheFile() {
    let text = """
      server: {listen: 8080, public_url: gate.test, tls: true}
      database: {path: 1, delivery_retention: 30}
      log: {level: loud}
      gitlab:
        - {name: main, url: 'https://g.test/api/v4', token: glpat-abcdefghij, webhook_token: {env: NOWHERE}}
        - {name: main, url: 'https://g.test'}
      services:
        - {id: a, instance: mian, projects: [shop], gate: {tiers: [live]}, workflow: waterfall, policy: two}
      groups: {security: [erin, '@frank']}
      policies:
        three:
          approval_rules: [{group: secruity}, {user: grace, required_approvals: 2}]
          expires_after: 72
      freezes: []
      """
    #expect(
      problems(text)
        == [
          "1:18: `listen` must be HOST:PORT, such as 127.0.0.1:8080, \"[::1]:8080\", or 0.0.0.0:8080 for every address of the machine, or unix:PATH, not `8080`",
          "1:36: `public_url` must be an absolute http:// or https:// address, such as https://gitlab.example.com",
          "1:47: unknown key `tls`; known here: \(list(Vocabulary.server.known))",
          "2:18: `path` must be a text; put `1` in quotes",
          "2:41: `delivery_retention` must be a duration such as 1s, 5m, 72h or 90d, not `30`",
          "3:14: `level` must be one of `debug`, `info`, `warning`, `error`, not `loud`",
          "5:23: `url` ends in /api/v4, which is added here; leave it out",
          "5:55: `token` must not stand in this file; put it in a file or an environment variable of its own and write {file: PATH} or {env: NAME}",
          "5:94: `webhook_token`: the environment variable `NOWHERE` is not set; set it where gatehouse is started",
          "6:5: an entry of `gitlab` lacks `token`; add it: {file: PATH} or {env: NAME} of the service account's access token",
          "6:12: `name` `main` stands here a second time, first in line 5; give each GitLab a name of its own",
          "8:23: `instance` names `mian`, which is not declared under `gitlab`; did you mean `main`?",
          "8:40: `projects`: `shop` matches no project; write a whole path such as acme/payments/*, with * for one segment and ** for many",
          "8:62: `tiers` must be one of `production`, `staging`, `testing`, `development`, `other`, not `live`",
          "8:80: `workflow` names `waterfall`, which is neither built in nor declared under `workflows`; known: `itsm`, `simple`",
          "8:99: `policy` names `two`, which is not declared under `policies`; declared there: `three`",
          "9:27: `security`: a GitLab username is written without the @; write `frank`",
          "12:30: `group` names `secruity`, which is not declared under `groups`; did you mean `security`?",
          "12:41: `required_approvals` is 2, but user `grace` can approve once only; write 1, or name a group",
          "13:20: `expires_after` must be a duration such as 1s, 5m, 72h or 90d, not `72`",
          "14:1: unknown key `freezes`; known here: \(list(Vocabulary.file.known))",
        ].map { "g.yaml:\($0)" })
  }

  @Test func aHundredAreToldAndThatThereAreMore() {
    #expect(problems((1...100).map { "key\($0): x" }.joined(separator: "\n")).count == 100)
    let found = problems((1...101).map { "key\($0): x" }.joined(separator: "\n"))
    #expect(found.count == 101)
    #expect(found.first?.hasPrefix("g.yaml:1:1: unknown key `key1`") == true)
    #expect(found.last == "g.yaml: there are more; correct these first")
  }

  /// Looking for the nearest of each would take longer than a person waits.
  @Test(.timeLimit(.minutes(1 * slowness))) func aFileOfAnotherKindIsNoLabour() {
    #expect(problems((1...49_000).map { "some_key\($0): x" }.joined(separator: "\n")).first?.hasPrefix("g.yaml:") == true)
  }

  @Test(
    arguments: [
      ("lisen", "listen"), ("litsen", "listen"), ("LISTEN", "listen"), ("listenn", "listen"), ("public-url", "public_url"), ("ljztem", nil),
      ("port", nil), ("", nil),
    ] as [(String, String?)]) func theNearestIsAtMostAThirdAway(_ typed: String, _ meant: String?)
  {
    #expect(nearest(to: typed, among: ["listen", "public_url"]) == meant)
  }
}

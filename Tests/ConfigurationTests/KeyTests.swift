import Testing

@testable import Configuration

/// Keys that are unknown, not supported yet, missing, without a value, or there twice: on every level.
@Suite struct KeyTests {
  @Test(arguments: unknown + secretsHere + missing + valueless + twice) func isRefused(_ wrong: Case) {
    #expect(problems(wrong.text) == wrong.said)
  }

  @Test func thePartsAreCompleted() {
    #expect(problems(completed("")).isEmpty)
  }

  static let unknown = [
    Case("servers: {}", "1:1: unknown key `servers`; did you mean `server`?"),
    Case(
      "webhooks: {}",
      "1:1: unknown key `webhooks`; known here: \(fileKeys)"),
    Case("Server: {}", "1:1: unknown key `Server`; did you mean `server`?"),
    Case("server: {lsiten: '127.0.0.1:1'}", "1:10: unknown key `lsiten`; did you mean `listen`?"),
    Case("server:\n  publicurl: x\n", "2:3: unknown key `publicurl`; did you mean `public_url`?"),
    Case("server:\n  tls: {}\n", "2:3: unknown key `tls`; known here: \(list(Vocabulary.server.known))"),
    Case("database: {file: x}", "1:12: unknown key `file`; known here: `path`, `delivery_retention`"),
    Case("log: {levels: info}", "1:7: unknown key `levels`; did you mean `level`?"),
    Case(
      "gitlab: [{name: main, url: 'https://g.test', token: \(token), webhook-token: \(token), signing_token: \(signingToken)}]",
      "1:84: unknown key `webhook-token`; did you mean `webhook_token`?",
      "1:151: `signing_token`: the environment variable `SIGNING` is not set; set it where gatehouse is started"),
    Case("services: [{\(service), tier: production}]", "1:91: unknown key `tier`; known here: \(serviceKeys)"),
    Case("services: [{\(service), proyects: [1]}]", "1:91: unknown key `proyects`; did you mean `projects`?"),
    Case(
      "services: [{id: a, projects: [1], policy: one-person, gate: {tiers: [production], environment: [x]}}]",
      "1:83: unknown key `environment`; did you mean `environments`?"),
    Case(
      "policies: {one-person: {\(rules), comments_required: always}}",
      "1:70: unknown key `comments_required`; did you mean `comment_required`?"),
    Case(
      "policies: {one-person: {approval_rules: [{group: release-managers, required: 2}]}}",
      "1:68: unknown key `required`; known here: `user`, `group`, `gitlab_group`, `group_inheritance_type`, `access_level`, `required_approvals`, `stage`"
    ),
    Case("? glpat-abcdefghij\n: x", "1:3: unknown key a text that looks like a secret; known here: \(fileKeys)"),
    Case("\"two\\nlines\": x", "1:1: unknown key `two\u{FFFD}lines`; known here: \(fileKeys)"),
  ]

  static let secretsHere = [
    Case(
      "gitlab: [{name: main, url: 'https://g.test', token: \(token), signing_token: \(token), admin_token: glpat-abcdefghij}]",
      "1:99: `signing_token` is not whsec_ and the base64 of 32 bytes; copy it again from the webhook's settings in GitLab",
      "1:143: `admin_token` must not stand in this file; put it in a file or an environment variable of its own and write {file: PATH} or {env: NAME}"
    )
  ]

  static let missing = [
    Case(
      "gitlab:\n  - url: https://g.test\n    token: \(token)\n    webhook_token: \(token)\n",
      "2:5: an entry of `gitlab` lacks `name`; add it: a short name, such as main, that services and webhook addresses use"),
    Case(
      "gitlab: [{name: main, webhook_token: \(token)}]",
      "1:10: an entry of `gitlab` lacks `token`; add it: {file: PATH} or {env: NAME} of the service account's access token",
      "1:10: an entry of `gitlab` lacks `url`; add it: the address that people open this GitLab at"),
    Case(
      "services:\n  - name: Checkout\n",
      "2:5: an entry of `services` lacks `gate`; add it: which environments, such as {tiers: [production]}",
      "2:5: an entry of `services` lacks `id`; add it: a short name, such as checkout",
      "2:5: an entry of `services` lacks `policy`; add it: the name of one under `policies`",
      "2:5: an entry of `services` lacks `projects`; add it: path patterns or ids, such as [\"acme/payments/*\", 30]"),
    Case(
      "policies: {one-person: {comment_required: never}}",
      "1:24: policy `one-person` lacks `approval_rules`; add it: who must say yes, such as [{group: release-managers, required_approvals: 1}]"
    ),
    Case(
      "policies: {one-person: {approval_rules: [{required_approvals: 2}]}}",
      "1:42: an approval rule lacks one of `user`, `group`, `gitlab_group`, `access_level`; add one: who must say yes"),
    Case(
      "gitlab: []", "2:12: a service needs a GitLab; declare one under `gitlab`"),
    Case(
      "gitlab:\n  - {name: a, url: 'https://a.test', token: \(token), webhook_token: \(token)}\n"
        + "  - {name: b, url: 'https://b.test', token: \(token), webhook_token: \(token)}",
      "4:12: an entry of `services` lacks `instance`; add it, for there are several under `gitlab`: `a`, `b`"),
  ]

  static let valueless = [
    Case("server:", "1:1: `server` has no value; write one or leave the key out"),
    Case("server:\n  listen:\n", "2:3: `listen` has no value; write one or leave the key out"),
    Case("log: {level: ~}", "1:7: `level` has no value; write one or leave the key out"),
    Case("database: {delivery_retention: null}", "1:12: `delivery_retention` has no value; write one or leave the key out"),
    Case(
      "gitlab: [{name: main, url: , token: \(token), webhook_token: \(token)}]",
      "1:23: `url` has no value; write one: the address that people open this GitLab at"),
    Case(
      "policies: {one-person: {approval_rules: [{group: }]}}", "1:43: `group` has no value; write one or leave the key out"),
    Case("groups: {release-managers: }", "1:10: group `release-managers` has no members; list GitLab usernames: [alice, bob]"),
    Case("groups: {release-managers: []}", "1:10: group `release-managers` has no members; list GitLab usernames: [alice, bob]"),
    Case(
      "policies: {one-person: {approval_rules: []}}",
      "1:41: policy `one-person` has no approval rules, so nobody would guard the gate; write who must say yes, such as [{group: release-managers, required_approvals: 1}]"
    ),
    Case(
      "policies: {one-person: }",
      "1:24: policy `one-person` must be a mapping with the keys \(list(Vocabulary.policy.known)), not an empty value"
    ),
  ]

  static let twice = [
    Case("log: {}\nlog: {}", "2:1: `log` stands here a second time, first in line 1; keep one of them"),
    Case("log:\n  level: info\n  level: info", "3:3: `level` stands here a second time, first in line 2; keep one of them"),
    Case(
      "groups: {release-managers: [alice], release-managers: [bob]}",
      "1:37: `release-managers` stands here a second time, first in line 1; keep one of them"),
    Case(
      "policies:\n  one-person: {\(rules)}\n  one-person: {\(rules)}\n  one-person: {\(rules)}",
      "3:3: `one-person` stands here a second time, first in line 2; keep one of them",
      "4:3: `one-person` stands here a second time, first in line 2; keep one of them"),
    Case(
      "gitlab:\n  - {name: main, url: 'https://a.test', token: \(token), webhook_token: \(token)}\n"
        + "  - {name: main, url: 'https://b.test', token: \(token), webhook_token: \(token)}",
      "3:12: `name` `main` stands here a second time, first in line 2; give each GitLab a name of its own"),
    Case(
      "services:\n  - {\(service)}\n  - {\(service)}",
      "3:10: `id` `checkout` stands here a second time, first in line 2; give each service an id of its own"),
    Case(
      "groups: {release-managers: [alice, bob, Alice]}",
      "1:41: group `release-managers` lists `Alice` twice (GitLab's usernames do not differ by case); keep one of them"),
  ]

  private static let service = "id: checkout, projects: [1], gate: {tiers: [production]}, policy: one-person"
  private static let rules = "approval_rules: [{group: release-managers}]"
  private static let signingToken = "{env: SIGNING}"
  private static let fileKeys = list(Vocabulary.file.known)
  private static let serviceKeys = list(Vocabulary.service.known)
}

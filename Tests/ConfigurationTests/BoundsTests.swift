import ChangeControl
import TestSupport
import Testing

@testable import Configuration

/// What is fine: every key at its least and at its most, and what is left out.
@Suite struct BoundsTests {
  @Test func theLeastHasTheDefaults() throws {
    let configuration = try parse(completed(""))
    #expect(configuration.server == .init(listen: [.tcp(host: "127.0.0.1", port: 8_080)], publicURL: nil))
    #expect(configuration.database == .init(path: "var/gatehouse.db"))
    #expect(configuration.log == .init(level: .info, format: .auto))
    #expect(configuration.gitlab.map(\.signingToken).allSatisfy { $0 == nil })
    #expect(configuration.gitlab.map(\.certificateAuthorityFile) == [nil])
    #expect(
      configuration.plan
        == ControlPlan(
          publicURL: "http://127.0.0.1:8080",
          instances: [.init(name: "main", reconcileEvery: .seconds(30), playsAfterApproval: true, giveUpAfter: .seconds(86_400))],
          services: [
            Service(
              id: "checkout", name: "checkout", instance: "main", projects: [.path(Pattern("acme/shop"))], gatedTiers: ["production"],
              gatedEnvironments: [], workflow: "simple", changeType: .normal, policy: "one-person")
          ],
          groups: ["release-managers": .listed(["alice", "bob", "carol"])],
          policies: [
            "one-person": Policy(
              name: "one-person", approvalRules: [ApprovalRule(approver: .group("release-managers"), requiredApprovals: 1)],
              preventSelfApproval: true, commentRequired: .onRejection)
          ], deliveryRetention: .seconds(30 * 86_400)))
  }

  @Test func nothingAtAllIsWarnedOf() throws {
    #expect(
      try warnings("{}") == [
        "g.yaml:1:1: no GitLab is configured under `gitlab`, so nothing is watched; add one",
        "g.yaml:1:1: no service is configured under `services`, so no deployment is gated; add one",
      ])
  }

  @Test(arguments: [
    ("reconcile_every: 1s", Duration.seconds(1)), ("reconcile_every: 86400s", .seconds(86_400)), ("reconcile_every: 24h", .seconds(86_400)),
    ("reconcile_every: \"5m\"", .seconds(300)),
  ]) func reconcilesEvery(_ key: String, _ every: Duration) throws {
    #expect(try parse(instance(key)).plan.instances.map(\.reconcileEvery) == [every])
  }

  @Test(arguments: [("60s", 60), ("7d", 7 * 86_400), ("never", nil)] as [(String, Int64?)])
  func checksEvery(_ text: String, _ seconds: Int64?) throws {
    #expect(try parse(completed("server: {check_every: \(text)}")).server.checksEvery == seconds.map { .seconds($0) })
    #expect(try parse(completed("server: {}")).server.checksEvery == .seconds(3_600))
  }

  @Test(arguments: [("1s", 1), ("365d", 365 * 86_400), ("72h", 72 * 3_600)]) func givesUpAfter(_ text: String, _ seconds: Int64) throws {
    #expect(try parse(instance("give_up_after: \(text)")).plan.instances.map(\.giveUpAfter) == [.seconds(seconds)])
  }

  @Test(arguments: [("1s", 1), ("3650d", 3_650 * 86_400), ("000000001s", 1)]) func keepsDeliveriesFor(_ text: String, _ seconds: Int64)
    throws
  {
    #expect(try parse(completed("database: {delivery_retention: \(text)}")).plan.deliveryRetention == .seconds(seconds))
  }

  @Test(arguments: [("play", true), ("leave", false)]) func playsAfterApproval(_ word: String, _ plays: Bool) throws {
    #expect(try parse(instance("after_approval: \(word)")).plan.instances.map(\.playsAfterApproval) == [plays])
  }

  @Test func everyWordOfEveryList() throws {
    for level in Configuration.Log.Level.allCases {
      for format in Configuration.Log.Format.allCases {
        #expect(try parse(completed("log: {level: \(level), format: \(format)}")).log == .init(level: level, format: format))
      }
    }
    for type in ChangeType.allCases { #expect(try service("change_type: \(type)").changeType == type) }
    for requirement in CommentRequirement.allCases {
      let text = completed("policies: {one-person: {approval_rules: [{user: grace}], comment_required: \(requirement.rawValue)}}")
      #expect(try parse(text).plan.policies["one-person"]?.commentRequired == requirement)
    }
    #expect(
      try service("gate: {tiers: [production, staging, testing, development, other]}").gatedTiers == [
        "production", "staging", "testing", "development", "other",
      ])
  }

  @Test func namesAtTheirLongest() throws {
    let name = String(repeating: "n", count: 64)
    let user = String(repeating: "u", count: 255)
    let path = "p/" + String(repeating: "a", count: 1_022)
    let environment = String(repeating: "e", count: 255)
    let plan = try parse(
      """
      gitlab: [{name: \(name), url: https://g.test, token: \(token), webhook_token: \(token)}]
      services:
        - {id: \(name), name: \(path), instance: \(name), projects: [\(path), 9223372036854775807, 1], policy: \(name),
           gate: {environments: [\(environment)]}}
      groups: {\(name): [\(user)]}
      policies: {\(name): {approval_rules: [{user: \(user)}]}}
      """
    ).plan
    #expect(plan.services.map(\.id) == [name] && plan.services.map(\.name) == [path] && plan.services.map(\.instance) == [name])
    #expect(plan.services.map(\.projects) == [[.path(Pattern(path)), .id(.max), .id(1)]])
    #expect(plan.services.map(\.gatedEnvironments) == [[Pattern(environment)]])
    #expect(plan.groups == [name: .listed([user])])
  }

  @Test func listsAtTheirLongest() throws {
    let people = (1...1_000).map { "u\($0)" }.joined(separator: ", ")
    let services = (1...1_000).map { "  - {id: s\($0), projects: [\($0)], gate: {environments: [prod]}, policy: many}" }
    let text = completed(
      """
      groups: {all: [\(people)]}
      policies: {many: {approval_rules: [{group: all, required_approvals: 100}]}}
      services:
      \(services.joined(separator: "\n"))
      """)
    let plan = try parse(text).plan
    #expect(Directory(groups: plan.groups).members(of: .group("all"))?.count == 1_000 && plan.services.count == 1_000)
    #expect(plan.policies["many"]?.approvalRules == [ApprovalRule(approver: .group("all"), requiredApprovals: 100)])
    let more = text.replacing("all: [u1,", with: "all: [u1, u0,").replacing("services:\n", with: "services:\n  - {id: s0}\n")
    #expect(
      problems(more) == [
        "g.yaml:1:15: `all` has 1001 entries; at most 1000 are allowed",
        "g.yaml:4:3: `services` has 1001 entries; at most 1000 are allowed",
      ])
    #expect(
      problems(completed("policies: {\((1...1_001).map { "p\($0): {}" }.joined(separator: ", "))}")) == [
        "g.yaml:1:11: `policies` has 1001 names; at most 1000 are allowed"
      ])
  }

  @Test(arguments: ["\"**\"", "\"acme/**\"", "\"acme/*/*\"", "a/b", "Acme/My_Shop.web-2", "\"**/shop\"", "-a/b", "\"a*b/*c\""])
  func isAProjectPattern(_ text: String) throws {
    #expect(try service("projects: [\(text)]").projects == [.path(Pattern(text.filter { $0 != "\"" }))])
  }

  @Test(arguments: ["\"*\"", "\"**\"", "\"prod/*\"", "prod", "review/a b", "\"${CI}/x\"", "a.b_c-d", "\"*-eu/**\""])
  func isAnEnvironmentPattern(_ text: String) throws {
    #expect(try service("gate: {environments: [\(text)]}").gatedEnvironments == [Pattern(text.filter { $0 != "\"" })])
  }

  /// An anchor's value is as if it were written out: what is wrong with it is told once, where it stands.
  @Test func anchorsMayBeUsed() throws {
    let text = """
      gitlab:
        - {name: a, url: &url http://g.test, token: &token {env: GATEHOUSE_GITLAB_TOKEN}, webhook_token: *token}
        - {name: b, url: *url, token: *token, webhook_token: *token}
      """
    let configuration = try parse(text)
    #expect(configuration.gitlab.map { $0.token.reveal() } == ["example-token", "example-token"])
    #expect(
      configuration.warnings.filter { $0.contains("`url`") } == [
        "g.yaml:2:20: `url` is http://: the token goes over the network in the clear; use https://"
      ])
  }

  @Test(arguments: [
    Case(
      "server: {listen: '0.0.0.0:80'}",
      "1:9: `public_url` is missing: links would lead to http://0.0.0.0:80, which is no address to others; add it"),
    Case(
      "server: {listen: '[::]:80'}",
      "1:9: `public_url` is missing: links would lead to http://[::]:80, which is no address to others; add it"),
    Case("server: {listen: '127.0.0.1:0'}"),
    Case("server: {listen: '0.0.0.0:80', public_url: 'https://gate.test'}"),
    Case(
      "gitlab: [{name: main, url: 'https://g.test', token: \(token)}]",
      "1:10: an entry of `gitlab` has neither `webhook_token` nor `signing_token`: its webhooks are refused, and deployments are found by asking GitLab only; give it one"
    ),
  ]) func isWarnedOf(_ doubtful: Case) throws {
    #expect(try warnings(doubtful.text) == doubtful.said)
  }

  private func parse(_ text: String) throws -> Configuration {
    try Configuration.parse(text, file: "g.yaml", environment: exampleEnvironment)
  }

  private func instance(_ key: String) -> String {
    completed("gitlab: [{name: main, url: https://g.test, token: \(token), webhook_token: \(token), \(key)}]")
  }

  /// A service with this key, and the others as they must be.
  private func service(_ key: String) throws -> Service {
    let others = ["id: checkout", "projects: [1]", "gate: {tiers: [other]}", "policy: one-person"]
    let name = key.prefix { $0 != ":" }
    let text = completed("services: [{\((others.filter { !$0.hasPrefix(name) } + [key]).joined(separator: ", "))}]")
    return try #require(try parse(text).plan.services.first)
  }
}

import ChangeControl
import Testing

@testable import GitLab

/// What of a survey is held against the next one.
@Suite struct FootingTests {
  typealias Samples = DoctorSamples

  private static func look(
    _ survey: GateSurvey, _ expected: GateExpectation = DoctorSamples.expected
  ) -> FootingLook { GateDiagnosis(survey, expected: expected, at: DoctorSamples.now).footingLook }

  /// `check {state}`, with ` !` where something is wrong and ` ?` where that is not certain.
  private static func lines(_ look: FootingLook) -> [String] {
    look.found.map { footing in
      let state = footing.state.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", ")
      return "\(footing.subject.check.rawValue) {\(state)}\(footing.trouble == nil ? "" : " !")\(footing.isCertain ? "" : " ?")"
    }
    .filter { !$0.hasPrefix("webhook") }
  }

  static let well = [
    "account {known 1}", "membership {level 30}", "self_approval {allowed 0}", "protection {acme/payments/checkout 1}",
    "approver {user 97 (acme/payments/checkout) 1}", "other_approvers {}", "approval_rules {}",
    "deployer {user 97 (acme/payments/checkout) 1}",
  ]

  @Test func aGateThatNothingIsWrongWith() throws {
    let look = FootingTests.look(Samples.well)
    #expect(FootingTests.lines(look) == FootingTests.well)
    #expect(look.isWhole && look.projects == [30: []])
    let webhook = try #require(look.found.first { $0.subject.check == .webhook })
    #expect(webhook.trouble == nil && webhook.state["lead here"] == 1)
    #expect(look.found.filter { $0.subject.environment == "production" }.allSatisfy { $0.place == "acme/payments/checkout production" })
  }

  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    /// The lines that are others than those of a gate that nothing is wrong with.
    var lines: [String]
    /// The checks that are not there.
    var without: Set<String> = []
    var breaks: @Sendable (inout GateSurvey) -> Void
  }

  private static func protect(_ survey: inout GateSurvey, _ protection: ProtectedEnvironment?) {
    survey.projects[0].protections = .success(protection.map { [$0] } ?? [])
  }

  static let environmentChecks: Set<String> = ["protection", "approver", "other_approvers", "approval_rules", "deployer"]

  static let cases: [Case] = [
    Case(
      testDescription: "unprotected", lines: ["protection {} !"], without: environmentChecks.subtracting(["protection"])
    ) { protect(&$0, nil) },
    Case(
      testDescription: "a licence that has lapsed: 404", lines: ["protection {} !"], without: environmentChecks.subtracting(["protection"])
    ) { survey in
      survey.projects[0].protections = .failure(.missing("404 Not Found"))
      for index in survey.groups.indices { survey.groups[index].protections = .failure(.missing("404 Not Found")) }
    },
    Case(
      testDescription: "a licence that has lapsed: 403 to a Maintainer", lines: ["protection {} !"],
      without: environmentChecks.subtracting(["protection"])
    ) { $0.projects[0].protections = .failure(.forbidden("403 Forbidden")) },
    Case(testDescription: "a project that the admin token does not see", lines: [], without: environmentChecks) {
      $0.projects[0].protections = .failure(.missing("404 Project Not Found"))
    },
    Case(
      testDescription: "unprotected, as far as one may see", lines: ["protection {} ! ?"],
      without: environmentChecks.subtracting(["protection"])
    ) {
      protect(&$0, nil)
      $0.groups[1].protections = .failure(.forbidden("403 Forbidden"))
    },
    Case(
      testDescription: "taken out of the approvers", lines: ["approver {} !", "approval_rules {user 21 (acme/payments/checkout) 1}"]
    ) { protect(&$0, Samples.protection(rules: [Samples.rule(1, "user_id", 21, requires: 1)])) },
    Case(
      testDescription: "another's rule, who is gone",
      lines: ["approver {user 97 (acme/payments/checkout) 1} !", "approval_rules {user 21 (acme/payments/checkout) 1}"]
    ) {
      protect(&$0, Samples.protection(rules: [Samples.rule(38, "user_id", 97, requires: 1), Samples.rule(1, "user_id", 21, requires: 1)]))
      $0.standings = [21: .gone]
    },
    Case(
      testDescription: "another's rule, of whom GitLab does not tell",
      lines: ["approver {user 97 (acme/payments/checkout) 1} ?", "approval_rules {user 21 (acme/payments/checkout) 1}"]
    ) {
      protect(&$0, Samples.protection(rules: [Samples.rule(38, "user_id", 97, requires: 1), Samples.rule(1, "user_id", 21, requires: 1)]))
      $0.untoldStandings = [21]
    },
    Case(testDescription: "no rule at all", lines: ["approver {} !"]) { protect(&$0, Samples.protection(rules: [])) },
    Case(
      testDescription: "a role in the account's place",
      lines: [
        "approver {Developers + Maintainers (acme/payments/checkout) 1}",
        "other_approvers {Developers + Maintainers (acme/payments/checkout) 1} !",
        "approval_rules {Developers + Maintainers (acme/payments/checkout) 1}",
      ]
    ) { protect(&$0, Samples.protection(rules: [Samples.rule(1, "access_level", 30, requires: 1)])) },
    Case(
      testDescription: "a rule beside the account's", lines: ["approval_rules {user 21 (acme/payments/checkout) 2}"]
    ) {
      protect(
        &$0,
        Samples.protection(rules: [Samples.rule(38, "user_id", 97, requires: 1), Samples.rule(1, "user_id", 21, requires: 2)]))
    },
    Case(
      testDescription: "taken out of those who may deploy", lines: ["deployer {} !"]
    ) { protect(&$0, Samples.protection(deployers: [Samples.rule(238, "access_level", 40)])) },
    Case(
      testDescription: "a group of which it is not known whether the account is in it",
      lines: [
        "approver {group 134 (acme/payments/checkout) 1} ! ?", "other_approvers {group 134 (acme/payments/checkout) 1} ?",
        "approval_rules {group 134 (acme/payments/checkout) 1}",
      ]
    ) { protect(&$0, Samples.protection(rules: [Samples.rule(1, "group_id", 134, requires: 1)])) },
    Case(testDescription: "self-approval", lines: ["self_approval {allowed 1}"]) { $0.projects[0].allowsTriggererApproval = true },
    Case(testDescription: "a Reporter", lines: ["membership {level 20} !"]) { $0.projects[0].level = .success(20) },
    Case(testDescription: "no member", lines: ["membership {level 0} !"]) { $0.projects[0].level = .success(nil) },
    // What could not be read is missing, and no change.
    Case(testDescription: "protections that are not told", lines: [], without: environmentChecks) {
      $0.projects[0].protections = .failure(.untold("502"))
    },
    Case(testDescription: "environments that are not told", lines: [], without: environmentChecks) {
      $0.projects[0].environments = .failure(.untold("502"))
    },
    Case(testDescription: "a group above that did not answer", lines: [], without: environmentChecks) {
      $0.groups[0].protections = .failure(.untold("502"))
    },
    Case(
      testDescription: "a level that is not told",
      lines: ["deployer {Maintainers (acme/payments/checkout) 1, user 97 (acme/payments/checkout) 1} ?"], without: ["membership"]
    ) {
      $0.projects[0].level = .failure(.untold("502"))
    },
    Case(testDescription: "a setting that is not shown", lines: [], without: ["self_approval"]) {
      $0.projects[0].allowsTriggererApproval = nil
    },
  ]

  @Test("one thing that is otherwise is one line that is otherwise; what was not read is a gap", arguments: cases)
  func changes(_ changed: Case) {
    var survey = Samples.well
    changed.breaks(&survey)
    let look = FootingTests.look(survey)
    let expected = FootingTests.well.compactMap { line -> String? in
      let check = String(line.prefix { $0 != " " })
      if changed.without.contains(check) { return nil }
      return changed.lines.first { $0.hasPrefix(check + " ") } ?? line
    }
    #expect(FootingTests.lines(look) == expected)
    for check in Footing.Check.allCases where check != .account && check != .webhook {
      let isOfEnvironment = FootingTests.environmentChecks.contains(check.rawValue)
      let subject = Footing.Subject(project: 30, environment: isOfEnvironment ? "production" : nil, check: check)
      #expect(look.speaks(of: subject) == !changed.without.contains(check.rawValue), "\(check)")
    }
  }

  @Test("of what is protected in its project it is certain, and, where projects are to protect, of what is not")
  func hiddenGroups() throws {
    var survey = Samples.well
    survey.groups[1].protections = .failure(.forbidden("403 Forbidden"))
    #expect(FootingTests.lines(FootingTests.look(survey)) == FootingTests.well)
    FootingTests.protect(&survey, nil)
    var expected = Samples.expected
    expected.protections = .project
    let found = try #require(FootingTests.look(survey, expected).found.first { $0.subject.check == .protection })
    #expect(found.isCertain && found.state.isEmpty)
    let trouble = try #require(found.trouble)
    #expect(trouble.contains("is not protected in its project") && trouble.contains("could not be looked at"), "\(trouble)")
  }

  @Test("an environment of the gated tier that is new and not protected is found, beside the other")
  func newEnvironment() {
    var survey = Samples.well
    survey.projects[0].environments = .success([.init(name: "production", tier: "production"), .init(name: "prod-eu", tier: "production")])
    let lines = FootingTests.lines(FootingTests.look(survey))
    #expect(lines == FootingTests.well + ["protection {} !"])
  }

  @Test("a GitLab that is away says nothing; one that does not know the account says that alone")
  func account() {
    var survey = Samples.well
    survey.probe.account = .failure(.retry(reason: "connection refused", after: nil))
    #expect(FootingTests.look(survey) == FootingLook(instance: "main"))
    survey.probe.account = .failure(.refused(reason: "Your account has been blocked"))
    let look = FootingTests.look(survey)
    #expect(look.found.map(\.trouble) == ["Your account has been blocked"] && look.projects.isEmpty && !look.isWhole)
  }

  @Test("a look is whole when each project was looked at, and no pattern was left open by a GitLab that fails")
  func whole() {
    var survey = Samples.well
    survey.projectCount = 2
    #expect(!FootingTests.look(survey).isWhole)
    // One for which there is no room is known to be there.
    survey.beyond = [Project(id: 31, path: "acme/payments/cart", webURL: nil)]
    #expect(FootingTests.look(survey).isWhole && FootingTests.look(survey).beyond == [31])
    survey.beyond = []
    survey.projectCount = 1
    survey.problems = [.init(pattern: "acme/other", obstacle: .refused(reason: "404"))]
    #expect(FootingTests.look(survey).isWhole)
    survey.problems = [.init(pattern: "acme/*", obstacle: .retry(reason: "502", after: nil))]
    #expect(!FootingTests.look(survey).isWhole)
  }

  @Test("a level that is not told has nothing drift, and is told when it is")
  func untoldLevel() throws {
    let well = FootingTests.look(Samples.well).found
    var survey = Samples.well
    survey.projects[0].level = .failure(.untold("502"))
    for found in FootingTests.look(survey).found {
      let before = try #require(well.first { $0.subject == found.subject })
      let known = KnownFooting.compare(nil, with: before).known
      let comparison = KnownFooting.compare(known, with: found)
      #expect(comparison.known == known && comparison.drift == nil)
    }
  }

  @Test("a webhook that is gone, switched off, or leads elsewhere is another state")
  func webhook() throws {
    func footing(_ change: (inout GateSurvey) -> Void) throws -> Footing {
      var survey = Samples.well
      change(&survey)
      return try #require(FootingTests.look(survey).found.first { $0.subject.check == .webhook })
    }
    let well = try footing { _ in }
    let changes: [(inout GateSurvey) -> Void] = [
      { $0.projects[0].webhooks = .success([]) }, { $0.changeWebhook { $0.alertStatus = "disabled" } },
      { $0.changeWebhook { $0.deploymentEvents = false } }, { $0.changeWebhook { $0.hasToken = false } },
      { $0.projects[0].webhooks = .success([Samples.webhook(url: "https://old.example.com/webhooks/gitlab")]) },
    ]
    for change in changes {
      let found = try footing(change)
      #expect(found.trouble != nil && found.state != well.state, "\(found)")
    }
    var survey = Samples.well
    survey.groups[1].webhooks = .failure(.untold("502"))
    #expect(FootingTests.look(survey).projects[30]?.contains(.init(check: .webhook)) == true)
  }
}

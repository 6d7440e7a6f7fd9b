import Calendar
import ChangeControl
import Testing

@testable import Configuration

/// The file of golden cases: what is wrong with it, and what stands where it says nothing.
@Suite struct PolicyCaseTests {
  private static func configuration() throws -> Configuration {
    try Configuration.load(path: clonePath("config/gatehouse.yaml"), environment: exampleEnvironment)
  }

  private static func cases(_ text: String) throws -> [PolicyCase] {
    try configuration().policyCases(Array(text.utf8), file: "t.yaml")
  }

  private static func problems(_ text: String) throws -> [String] {
    do {
      _ = try cases(text)
      return []
    } catch let error as ConfigurationError {
      return error.problems.map(\.description)
    }
  }

  @Test func theExampleHolds() throws {
    let cases = try Self.configuration().policyCases(path: clonePath("config/policy-tests.yaml"))
    #expect(cases.count == 10)
    for golden in cases { #expect(golden.differences(from: golden.outlook()) == [], "\(golden.name)") }
  }

  @Test(arguments: [
    (#"cases: [{name: a, expect: {gat: allowed}}]"#, "t.yaml:1:28: unknown key `gat`; did you mean `gate`?"),
    (#"cases: [{name: a, expect: {gate: allowd}}]"#, "did you mean `allowed`?"),
    (#"cases: [{name: a, expect: {}}]"#, "`expect` names nothing"),
    (#"cases: [{name: a}]"#, "a case lacks `expect`"),
    (#"cases: [{expect: {gate: allowed}}]"#, "a case lacks `name`"),
    (#"cases: []"#, "`cases` is empty"),
    (#"case: []"#, "did you mean `cases`?"),
    ("", "t.yaml: the file is empty; begin with `cases"),
    (#"cases: [{name: a, change: {policy: two-peple}, expect: {gate: allowed}}]"#, "did you mean `two-people`?"),
    (#"cases: [{name: a, change: {service: checkin}, expect: {gate: allowed}}]"#, "`checkin` is not a service of the configuration"),
    (#"cases: [{name: a, change: {project: other/thing}, expect: {gate: allowed}}]"#, "write `service` or `policy`"),
    (#"cases: [{name: a, change: {service: checkout, requested_by: "@dana"}, expect: {gate: allowed}}]"#, "without the @"),
    (#"cases: [{name: a, change: {service: checkout, status: Aproved}, expect: {gate: allowed}}]"#, "`Aproved` is not a status"),
    (
      #"cases: [{name: a, change: {service: checkout}, expect: {status: Aproved}}]"#,
      "`Aproved` is not a status of workflow `simple`; did you mean"
    ),
    (#"cases: [{name: a, change: {service: checkout, workflow: itsm}, expect: {status: Approved}}]"#, "is not a status of workflow `itsm`"),
    ("policies: {}\ngroups: {}\nfoo: {}", "t.yaml: this looks like a configuration; give it as `--config FILE`"),
    (#"cases: [{name: a, change: {service: checkout}, approvals: [{user: bob, step: Review}], expect: {gate: allowed}}]"#, "`step`"),
    (#"cases: [{name: a, change: {service: checkout}, at: noon, expect: {gate: allowed}}]"#, "`at` must be a date or time"),
    (#"{timezone: Europe/Berlni, cases: [{name: a, change: {service: checkout}, expect: {gate: allowed}}]}"#, "Europe/Berlin"),
    (#"cases: [{name: a, change: {service: checkout, access_levels: {frank: high}}, expect: {gate: allowed}}]"#, "0 to 60"),
  ]) func whatIsWrongIsNamedWithItsPlace(_ text: String, _ says: String) throws {
    let problems = try Self.problems(text)
    #expect(problems.contains { $0.contains(says) }, "\(problems)")
    #expect(problems.count <= 2, "\(problems)")
  }

  @Test func allOfAFilesProblemsAreToldTogether() throws {
    #expect(try Self.problems("cases:\n  - {name: a, expect: {gate: maybe}}\n  - {nam: b, expect: {gate: allowed}}").count >= 3)
  }

  @Test func whatACaseDoesNotSayIsTheSameEveryDay() throws {
    let golden = try #require(try Self.cases("cases: [{name: a, change: {service: checkout}, expect: {gate: allowed}}]").first)
    #expect(golden.facts.now.iso8601 == "2026-01-07T12:00:00.000Z")
    #expect(golden.change.createdAt == golden.facts.now)
    #expect(golden.change.status == "Awaiting approval" && golden.change.type == .normal && golden.change.policy == "two-people")
    let subject = golden.facts.subject
    #expect(subject.requester == "somebody" && subject.environment == "production" && subject.tier == "production" && subject.ref == "main")
    #expect(subject.contributions?.files == nil && subject.contributions?.identities == [])
  }

  @Test func filesThatACaseDoesNotTellAreItsOwnToAdd() throws {
    let golden = try #require(try Self.cases("cases: [{name: a, change: {service: checkout, risk: high}, expect: {gate: allowed}}]").first)
    let wish = golden.outlook().evaluation.waitingFor.first { $0.contains("which files differ") }
    #expect(wish == "to know which files differ (auto_reject asks for it): the case does not tell them; add `files` under `change`")
  }

  @Test func aRiskThatARuleAsksForIsAnOperatorsToTell() throws {
    let golden = try #require(
      try Self.cases("cases: [{name: a, change: {service: checkout, files: [migrations/1.sql]}, expect: {gate: allowed}}]").first)
    #expect(golden.outlook().evaluation.waitingFor.contains("to know risk (auto_reject asks for it): an operator can fill it in"))
  }

  @Test func whoMayNotIsNotedAndChangesNothing() throws {
    let golden = try #require(
      try Self.cases(
        "cases: [{name: a, change: {service: checkout, freeze_overridden_by: [bob, mallory], glass_broken_by: trudy}, expect: {gate: allowed}}]"
      ).first)
    #expect(
      golden.notes == [
        "`freeze_overridden_by`: policy two-people lets only group release-managers do that, and mallory is not in it",
        "`glass_broken_by`: policy two-people lets only group release-managers do that, and trudy is not in it",
      ])
    #expect(golden.facts.freezeOverrides.map(\.user) == ["bob"] && golden.facts.brokenGlass == nil)
    let other = try #require(
      try Self.cases("cases: [{name: a, change: {policy: release-and-security, glass_broken_by: alice}, expect: {gate: allowed}}]").first)
    #expect(other.notes == ["`glass_broken_by`: policy release-and-security lets nobody do that"])
  }

  @Test func aWrongTimeHidesNothingElseThatIsWrong() throws {
    let problems = try Self.problems(
      "cases: [{name: a, change: {service: checkout, tier: prod}, at: 2026-13-01, expect: {status: Aproved}}]")
    #expect(problems.count == 3, "\(problems)")
    #expect(try Self.problems("{timezone: Berlin, cases: [{name: a, change: {service: checkout}, expect: {gate: allowd}}]}").count == 2)
  }

  @Test func theServiceThatGatesTheProjectIsFound() throws {
    let text = "cases: [{name: a, change: {project: 30, environment: prod/eu, tier: other}, expect: {gate: allowed}}]"
    #expect(try Self.cases(text).map(\.change.policy) == ["two-people"])
  }

  @Test func localTimesAreOfTheFilesZone() throws {
    let text = "timezone: Europe/Berlin\ncases: [{name: a, change: {service: checkout}, at: 2026-07-01T12:00, expect: {gate: allowed}}]"
    #expect(try Self.cases(text).map(\.facts.now.iso8601) == ["2026-07-01T10:00:00.000Z"])
  }

  @Test func whatIsFoundIsHeldAgainstAllThatIsExpected() throws {
    let golden = try #require(
      try Self.cases(
        """
        cases:
          - name: all wrong
            change: {policy: release-and-security}
            approvals: [{user: Alice}]
            expect: {gate: allowed, status: Approved, verdict: rejected, counted: [erin], waiting_for: a miracle}
        """
      ).first)
    let differences = golden.differences(from: golden.outlook())
    #expect(differences.map(\.what) == ["gate", "status", "verdict", "counted", "waiting_for"])
    #expect(differences.map(\.found).prefix(4) == ["awaiting", "Awaiting approval", "waiting", "alice"])
  }

  @Test func whoWroteItIsKnownAndDoesNotCount() throws {
    var configuration = try Self.configuration()
    configuration.plan.policies["two-people"]?.preventAuthorApproval = true
    let text = """
      cases:
        - name: bob wrote it
          change: {service: checkout, authors: [Bob], files: [a.rb]}
          approvals: [{user: alice}, {user: bob}]
          expect: {counted: [alice], waiting_for: 1 more approval from group release-managers}
      """
    let golden = try #require(try configuration.policyCases(Array(text.utf8), file: "t.yaml").first)
    #expect(golden.differences(from: golden.outlook()) == [])
    #expect(golden.outlook().evaluation.questions.isEmpty)
  }

  @Test func aStepOfAnotherWorkflowLeadsOn() throws {
    let golden = try #require(
      try Self.cases(
        """
        cases:
          - name: peer review
            change:
              policy: release-and-security
              workflow: itsm
              memberships: {acme/qa: [heidi], acme/security: [erin]}
              access_levels: {ivan: 40}
            approvals: [{user: alice}, {user: heidi}, {user: ivan}, {user: erin}, {user: grace}]
            expect: {gate: awaiting, status: Planning}
        """
      ).first)
    #expect(golden.differences(from: golden.outlook()) == [])
  }
}

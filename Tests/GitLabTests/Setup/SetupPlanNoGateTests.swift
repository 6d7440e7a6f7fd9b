import ChangeControl
import JSON
import Testing

@testable import GitLab

/// Where a plan of GitLab's has no protected environments nothing is made; where they are only not shown, all the rest is.
@Suite struct SetupPlanNoGateTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var lacks: Bool
    var version = GitLabVersion(major: 19, minor: 3)
    var project: @Sendable (inout SetupSurvey.ProjectReading) -> Void
  }

  private static let missing = Result<[ProtectedEnvironment], SetupFault>.failure(SetupFault(.missing, "404 Not Found"))

  private static func own(_ value: JSONValue) -> ProjectAttributes { ProjectAttributes(value) }

  static let cases: [Case] = [
    Case(testDescription: "a Maintainer is told 404", lacks: true) { $0.protections = missing },
    Case(testDescription: "somebody else is told 404", lacks: false) { ($0.protections, $0.personLevel, $0.hooks) = (missing, nil, nil) },
    Case(testDescription: "an administrator who is shown webhooks is told 404", lacks: true) {
      ($0.protections, $0.personLevel) = (missing, nil)
    },
    Case(testDescription: "404, but the setting that comes with them is shown", lacks: false) {
      ($0.protections, $0.own) = (missing, own(["id": 30, "allow_pipeline_trigger_approve_deployment": false]))
    },
    Case(testDescription: "403, which is the token's", lacks: false) { $0.protections = .failure(SetupFault(.forbidden, "403 Forbidden")) },
    Case(testDescription: "the free edition has no such address", lacks: true) { $0.protections = .failure(SetupFault(.missing, "404")) },
    Case(testDescription: "nor may a proxy before an older one", lacks: false, version: GitLabVersion(major: 15, minor: 9)) {
      $0.protections = .failure(SetupFault(.missing, "404"))
    },
    Case(testDescription: "they are listed, and the whole project has no such setting", lacks: true) {
      $0.own = own(["id": 30, "compliance_frameworks": []])
    },
    Case(testDescription: "the same, before the setting was shown", lacks: false, version: GitLabVersion(major: 15, minor: 9)) {
      $0.own = own(["id": 30, "compliance_frameworks": []])
    },
    Case(testDescription: "they are listed, and the project was cut short", lacks: false) { $0.own = own(["id": 30]) },
  ]

  @Test("only what is certain is refused", arguments: cases) func certain(_ one: Case) {
    var survey = SetupSamples.empty()
    survey.version = one.version
    if !one.version.namesServiceAccounts {
      // Apply makes none there: one that somebody made by hand.
      survey.account = .init(id: SetupSamples.account, username: "gate")
      survey.ownToken = .valid(SetupSamples.token(11), owner: Person(id: SetupSamples.account, username: "gate", name: "Gate"))
    }
    survey.projects[0].personLevel = 40
    survey.administration = .inForce
    one.project(&survey.projects[0])
    let steps = SetupPlan(SetupSamples.target(), survey).steps
    let text = steps.flatMap { ["\($0.mark.rawValue) \($0.subject)"] + $0.notes }.joined(separator: "\n")
    #expect(text.contains("Nothing is made there: change the plan") == one.lacks, "\(text)")
    #expect(steps.contains { $0.change != nil } != one.lacks, "\(text)")
    if one.lacks {
      #expect(steps.count == 1 && steps[0].mark == .cannot)
      #expect(steps[0].subject == "protected environment production of project acme/payments/checkout")
    }
  }

  @Test("what a run that was cut off has left can be ended there too") func leftovers() {
    var survey = SetupSamples.whole()
    survey.projects[0].protections = Self.missing
    survey.tokens?.append(SetupSamples.token(12, name: "gatehouse lost"))
    var memory = SetupMemory()
    memory.pendingTokens = ["gatehouse lost"]
    let plan = SetupPlan(SetupSamples.target(), survey, memory)
    #expect(plan.steps.count == 1 && plan.revocations.map(\.existingID) == [12])
  }

  @Test("a project with a plan is set up beside one without") func mixed() {
    var survey = SetupSamples.empty()
    survey.projects.append(SetupSamples.project(31, "acme/payments/ledger"))
    survey.projects[1].protections = Self.missing
    let steps = SetupPlan(SetupSamples.target(), survey).steps
    #expect(steps.count { $0.mark == .cannot } == 1)
    #expect(steps.contains { $0.mark == .cannot && $0.subject == "protected environment production of project acme/payments/ledger" })
    #expect(steps.compactMap(\.change).allSatisfy { $0.place.id != 31 })
    #expect(steps.contains { $0.change?.kind == .hook } && steps.contains { $0.change?.kind == .protection })
  }
}

import Calendar
import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct InspectConversationTests {
  private static let project: JSONValue = [
    "id": 30, "path_with_namespace": "acme/payments/checkout", "web_url": "https://gitlab.example.com/acme/payments/checkout",
  ]
  private static let environment: JSONValue = ["id": 9, "name": "production", "tier": "staging"]
  private static let commit: JSONValue = [
    "title": "Raise checkout timeout", "author_name": "Dana Developer",
    "message": "Raise checkout timeout\n\nCo-authored-by: Erin <e@example.com>\nCo-Authored-By: Dana Developer <d@example.com>",
  ]
  private static let allRequests = [
    "GET /projects/30/deployments/815", "GET /projects/30", "GET /projects/30/environments/9",
    "GET /projects/30/repository/commits/\(FakeGitLab.sha)",
  ]

  private func inspect(
    _ answers: [Answer], project: Project? = nil, tier: String? = nil, full: Bool = true
  ) throws -> Rehearsal<InspectConversation> {
    Rehearsal(
      InspectConversation(
        api: try .sample(), identity: FakeGitLab.identity, knownProject: project, knownTier: tier, wantsFullFacts: full), answers)
  }

  private func facts(_ rehearsal: Rehearsal<InspectConversation>) throws -> DeploymentFacts {
    guard case .done(let facts) = rehearsal.outcome else {
      Issue.record("the facts are told, not \(String(describing: rehearsal.outcome))")
      throw Misshapen(member: "outcome")
    }
    return facts
  }

  @Test func tellsEverythingOfAWaitingDeployment() throws {
    let waiting = try Fixture.json("api-deployment-get-waiting")
    let rehearsal = try inspect([.json(200, waiting), .json(200, Self.project), .json(200, Self.environment), .json(200, Self.commit)])
    #expect(rehearsal.sent == Self.allRequests)
    let facts = try facts(rehearsal)
    #expect(
      facts
        == DeploymentFacts(
          identity: FakeGitLab.identity, iid: 61, status: .blocked, environment: "production", tier: "staging", ref: "main",
          sha: FakeGitLab.sha, commitTitle: "Raise checkout timeout", commitAuthors: ["Dana Developer", "Erin"],
          job: Job(id: 79601, name: "deploy-production", status: "manual", hasBegun: false), pipeline: 2366,
          triggerer: Person(id: 12, username: "dana", name: "Dana Developer"), pendingApprovals: 1, approvals: [],
          project: Project(id: 30, path: "acme/payments/checkout", webURL: "https://gitlab.example.com/acme/payments/checkout"),
          createdAt: Instant(iso8601: "2026-09-03T09:10:00.222Z"), updatedAt: Instant(iso8601: "2026-09-03T09:15:02.414Z")))
  }

  @Test func readsRecordedApprovals() throws {
    let facts = try facts(inspect([.json(200, Fixture.json("api-deployment-get-approved-still-blocked"))]))
    #expect(facts.pendingApprovals == 0 && facts.status == .blocked)
    #expect(facts.approvals.map(\.person.username) == ["change-gateway"])
    #expect(facts.approvals.first?.comment == "CHG-1042 approved by 2 of 2")
    #expect(facts.approvals.first?.createdAt == Instant(iso8601: "2026-09-03T09:41:30.097Z"))
  }

  @Test func asksOnlyForWhatIsNotKnown() throws {
    let waiting = try Fixture.json("api-deployment-get-waiting")
    let known = Project(id: 30, path: "a/b", webURL: nil)
    #expect(try inspect([.json(200, waiting)], full: false).sent == [Self.allRequests[0]])
    #expect(
      try inspect([.json(200, waiting), .json(200, Self.commit)], project: known, tier: "production").sent == [
        Self.allRequests[0], Self.allRequests[3],
      ])
    let facts = try facts(inspect([.json(200, waiting)], project: known, tier: "production", full: false))
    #expect(facts.project == known && facts.tier == "production")
  }

  @Test(arguments: [("running", 1), ("failed", 1), ("blocked", 0)])
  func oneRequestIsEnoughForWhatDoesNotWait(status: String, pending: Int) throws {
    let fake = FakeGitLab()
    (fake.status, fake.pending) = (status, pending)
    #expect(try inspect([.json(200, fake.deployment)]).sent.count == 1)
  }

  @Test(arguments: Fault.all)
  func aFaultOnTheDeploymentEndsIt(fault: Fault) throws {
    let rehearsal = try inspect([fault.answer])
    let refused = ["401", "403", "403 scope", "404 project", "301"]
    #expect(rehearsal.outcome?.kind == (refused.contains(fault.name) ? .refused : fault.name == "404" ? .gone : .retry))
    #expect(rehearsal.sent.count == 1)
  }

  @Test(arguments: Fault.all)
  func aProjectThatMayNotBeReadIsKnownByItsPages(fault: Fault) throws {
    let waiting = try Fixture.json("api-deployment-get-waiting")
    let rehearsal = try inspect([.json(200, waiting), fault.answer, .json(200, Self.environment), .json(200, Self.commit)])
    switch fault.name {
    case "403", "403 scope", "404", "404 project":
      let known = Project(id: 30, path: "acme/payments/checkout", webURL: "https://gitlab.example.com/acme/payments/checkout")
      #expect(try facts(rehearsal).project == known)
    case "401", "301": #expect(rehearsal.outcome?.kind == .refused)
    default: #expect(rehearsal.outcome?.kind == .retry)
    }
  }

  @Test(arguments: [
    ("https://gitlab.example.com", "https://gitlab.example.com/a/b/-/pipelines/1", "a/b"),
    ("https://example.com/gitlab", "https://example.com/gitlab/a/b/c/-/jobs/1", "a/b/c"),
    ("https://gitlab.example.com", "https://gitlab.example.com/a/-/pipelines/1", nil),
    ("https://gitlab.example.com", "https://gitlab.example.com/a/b", nil), ("https://gitlab.example.com", "/a/b/-/c", nil),
  ])
  func pagesNameTheirProject(address: String, page: String, path: String?) throws {
    #expect(try GitLabAddress(address).project(30, ofPage: page)?.path == path)
  }

  @Test(arguments: Fault.all)
  func withoutTheProjectThereAreNoFacts(fault: Fault) throws {
    let rehearsal = try inspect([.json(200, FakeGitLab().deployment), fault.answer])
    let refused = ["401", "403", "403 scope", "404 project", "404", "301"]
    #expect(rehearsal.outcome?.kind == (refused.contains(fault.name) ? .refused : .retry))
    #expect(rehearsal.sent.count == 2)
  }

  @Test(arguments: Fault.all)
  func theTierIsGuessedOnlyWhereTheEnvironmentMayNotBeRead(fault: Fault) throws {
    let rehearsal = try inspect([.json(200, FakeGitLab().deployment), .json(200, Self.project), fault.answer, .json(200, Self.commit)])
    switch fault.name {
    case "403", "403 scope", "404", "404 project": #expect(try facts(rehearsal).tier == "production")
    case "401", "301": #expect(rehearsal.outcome?.kind == .refused)
    default: #expect(rehearsal.outcome?.kind == .retry)
    }
  }

  @Test(arguments: Fault.all)
  func withoutTheCommitThereAreFactsAllTheSame(fault: Fault) throws {
    let rehearsal = try inspect([
      .json(200, FakeGitLab().deployment), .json(200, Self.project), .json(200, Self.environment), fault.answer,
    ])
    #expect(try facts(rehearsal).commitAuthors == [])
    #expect(rehearsal.sent == Self.allRequests)
  }

  @Test(arguments: ["id", "sha", "status", "environment"])
  func aMisshapenAnswerIsReadAgainLater(member: String) throws {
    for broken: JSONValue? in [nil, .null, "odd", ["name": ""], -1] {
      var object = try #require(FakeGitLab().deployment.object)
      object[member] = broken
      if member == "sha", broken == "odd" { continue }
      let rehearsal = try inspect([.json(200, .object(object))])
      #expect(rehearsal.outcome?.kind == .retry, "\(member) = \(String(describing: broken))")
      #expect(rehearsal.outcome?.reason?.contains(member) == true)
    }
  }

  @Test func aCountOfAnotherKindIsNoCount() throws {
    var object = try #require(FakeGitLab().deployment.object)
    object["pending_approval_count"] = "1"
    #expect(try inspect([.json(200, .object(object))]).outcome?.kind == .retry)
    object["pending_approval_count"] = nil
    #expect(try facts(inspect([.json(200, .object(object))])).pendingApprovals == 0)
  }

  @Test(arguments: [
    ("production", "production"), ("Prod-eu/1", "production"), ("prd", "production"), ("live", "production"), ("staging", "staging"),
    ("nonprod", "staging"), ("pre-production", "staging"), ("stg", "staging"), ("qa", "testing"), ("integration", "testing"),
    ("acceptance", "testing"), ("review/live", "development"), ("trunk", "development"), ("customer-portal", "other"),
    ("gprd", "production"),
  ])
  func tiersAreGuessedAsGitLabDoes(name: String, tier: String) {
    #expect(guessedTier(ofEnvironment: name) == tier)
  }
}

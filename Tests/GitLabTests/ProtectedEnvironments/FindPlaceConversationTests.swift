import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

@Suite struct FindPlaceConversationTests {
  private func plan(_ projects: [ProjectPattern], instance: String = "main") -> ControlPlan {
    ControlPlan(
      publicURL: "https://gatehouse.example.com", instances: [],
      services: [
        Service(
          id: "checkout", name: "Checkout", instance: instance, projects: projects, gatedTiers: ["production"], gatedEnvironments: [],
          workflow: "simple", changeType: .normal, policy: "p")
      ], groups: [:], policies: [:], deliveryRetention: .seconds(1))
  }

  private func rehearse(
    _ level: GovernedPlace.Level, _ reference: String, _ plan: ControlPlan, _ answers: [Answer]
  ) throws -> Rehearsal<FindPlaceConversation> {
    Rehearsal(FindPlaceConversation(api: try .sample(), plan: plan, level: level, reference: reference), answers)
  }

  private let project: JSONValue = ["id": 30, "path_with_namespace": "acme/payments/checkout", "name": "checkout"]
  private let group: JSONValue = ["id": 2, "full_path": "acme", "name": "acme"]

  @Test func aNameIsOneSegmentOfThePath() throws {
    let found = try rehearse(.project, "acme/payments/checkout", plan([.path(Pattern("acme/**"))]), [.json(200, project)])
    #expect(found.sent == ["GET /projects/acme%2Fpayments%2Fcheckout"])
    #expect(found.outcome?.place?.id == 30)
    let hostile = try rehearse(.group, "../../users?x=#1", plan([]), [.message(404, "404 Group Not Found")])
    #expect(hostile.sent == ["GET /groups/..%2F..%2Fusers%3Fx%3D%231?with_projects=false"])
  }

  @Test func onlyTheServicesOfThisGitLabCount() throws {
    let elsewhere = plan([.id(30), .path(Pattern("acme/**"))], instance: "other")
    guard case .failure(let refusal) = try rehearse(.project, "30", elsewhere, [.json(200, project)]).outcome else {
      Issue.record("another GitLab's project")
      return
    }
    #expect(refusal.status == 404 && refusal.reason.contains("404 Project Not Found - no service of this gate covers it"))
    #expect(try rehearse(.group, "2", elsewhere, [.json(200, group)]).outcome?.place == nil)
  }

  @Test func aGroupIsAskedAboutUntilAProjectBelowItIsFound() throws {
    let numbered = plan([.id(30), .id(31), .id(32)])
    let other = Answer.json(200, ["id": 31, "path_with_namespace": "acmeother/shop"])
    let found = try rehearse(
      .group, "2", numbered, [.json(200, group), .message(404, "404 Project Not Found"), other, .json(200, project)])
    #expect(found.sent.dropFirst() == ["GET /projects/32", "GET /projects/31", "GET /projects/30"])
    #expect(found.outcome?.place?.path == "acme")
    let none = try rehearse(.group, "2", numbered, [.json(200, group), other, other, other])
    guard case .failure(let refusal) = none.outcome else {
      Issue.record("no project is below it")
      return
    }
    #expect(refusal.status == 404)
  }

  @Test(arguments: Fault.all, [0, 1]) func whateverGoesWrongNothingIsFound(_ fault: Fault, at exchange: Int) throws {
    var answers: [Answer] = [.json(200, group), .json(200, ["id": 30, "path_with_namespace": "elsewhere/x"])]
    answers[exchange] = fault.answer
    guard case .failure(let refusal) = try rehearse(.group, "2", plan([.id(30)]), answers).outcome else {
      Issue.record("nothing was found")
      return
    }
    #expect(refusal.status >= 400 && refusal.status != 401)
    #expect(refusal.body["message"] != nil || refusal.body["error"] != nil)
    #expect(!refusal.body.text.contains(GitLabAPI.secret))
  }

  /// A proxy may leave out the link, or the number.
  @Test(
    arguments: [
      (["X-Next-Page": "3"], 3), (["X-Next-Page": ""], nil), ([:], nil),
      (["Link": #"<https://gitlab.example.com/api/v4/projects/30/protected_environments?page=3&per_page=1>; rel="next""#], 3),
      (["Link": #"<https://internal.example/api/v4/projects/30/protected_environments?page=3>; rel="next""#], 3),
      (["Link": #"<https://gitlab.example.com/api/v4/projects/30/protected_environments?page=1>; rel="first""#], nil),
    ] as [([String: String], Int64?)]) func thereIsANextPageWhereEitherTellsIt(_ fields: [String: String], _ next: Int64?) throws
  {
    var head = HTTPFields()
    for (name, value) in fields { head[try #require(HTTPField.Name(name))] = value }
    let place = try ChangeProtectedEnvironmentConversationTests.place()
    let rehearsal = Rehearsal(
      ListProtectedEnvironmentsConversation(api: try .sample(), place: place, page: 2, perPage: 1), [.json(200, [], head)])
    #expect(rehearsal.sent == ["GET /projects/30/protected_environments?page=2&per_page=1"])
    #expect(try rehearsal.outcome?.get().nextPage == next)
  }
}

extension Result where Success == GovernedPlace, Failure == RelayedRefusal {
  /// Nil where it is refused.
  fileprivate var place: GovernedPlace? { if case .success(let place) = self { place } else { nil } }
}

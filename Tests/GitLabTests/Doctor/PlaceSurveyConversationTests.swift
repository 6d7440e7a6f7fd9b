import ChangeControl
import HTTPMessages
import HTTPTypes
import JSON
import Testing

@testable import GitLab

/// What a place is asked for, and what becomes of each answer.
@Suite struct PlaceSurveyConversationTests {
  private static let protection: JSONValue = [
    "name": "production", "deploy_access_levels": [["id": 1, "group_id": 134, "group_inheritance_type": 1]],
    "approval_rules": [["id": 2, "user_id": 97, "required_approvals": 1]], "required_approval_count": 0,
  ]

  private static let questions = [
    "GET /projects/30", "GET /projects/30/members/all/97", "GET /projects/30/environments?states=available&per_page=100",
    "GET /projects/30/protected_environments?per_page=100", "GET /projects/30/hooks?per_page=100", "GET /groups/134/members/all/97",
  ]

  private static let answers: [Answer] = [
    .json(200, ["id": 30, "allow_pipeline_trigger_approve_deployment": true]),
    .json(200, ["id": 97, "username": "change-gateway", "access_level": 30]),
    .json(200, [["id": 9, "name": "production", "tier": "production"], ["id": 10, "name": "stage/eu"]]),
    .json(200, [protection]),
    .json(200, [["id": 7, "url": "https://gate.example.com/webhooks/gitlab", "deployment_events": true]]),
    .json(200, ["id": 97, "access_level": 30]),
  ]

  private static let maintainerSecret = "glpat-of-a-maintainer"

  private func maintainer() throws -> GitLabAPI {
    GitLabAPI(
      instance: "main", address: try GitLabAddress("https://gitlab.example.com"), token: Self.maintainerSecret, requestID: "request-7")
  }

  private func survey(_ answers: [Answer], place: PlaceSurvey.Place = DoctorSamples.checkout) throws -> Rehearsal<PlaceSurveyConversation> {
    Rehearsal(PlaceSurveyConversation(api: try .sample(), maintainer: try maintainer(), account: 97, place: place), answers)
  }

  @Test func aProjectIsReadWhole() throws {
    let rehearsal = try survey(Self.answers)
    #expect(rehearsal.sent == Self.questions)
    let found = try #require(rehearsal.outcome)
    #expect(try found.level.get() == 30)
    #expect(found.allowsTriggererApproval == true)
    #expect(try found.environments.get().map(\.tier) == ["production", "staging"])
    #expect(try found.protections.get().map(\.name) == ["production"])
    #expect(try found.webhooks.get().map(\.id) == [7])
    #expect(found.memberships == [134: true])
    #expect(found.groupPaths == ["acme/payments", "acme"])
  }

  @Test("the maintainer's token goes where only it is needed, and the account's everywhere else")
  func tokens() throws {
    for request in try survey(Self.answers).requests {
      let path = request.head.path ?? ""
      let isMaintainers = path.contains("protected_environments") || path.contains("/hooks")
      #expect(request.head.headerFields[.privateToken] == (isMaintainers ? Self.maintainerSecret : GitLabAPI.secret), "\(path)")
      #expect(request.head.method == .get)
    }
  }

  @Test("of a place that the account is not shown the other token is asked for all, but for groups elsewhere") func hidden() throws {
    let conversation = PlaceSurveyConversation(
      api: try .sample(), maintainer: try maintainer(), account: 97, place: DoctorSamples.checkout, isHidden: true)
    var answers = Self.answers
    answers[1] = .message(404, "404 Not found")
    let rehearsal = Rehearsal(conversation, answers)
    #expect(rehearsal.sent == Self.questions && rehearsal.outcome?.level == .success(nil))
    for request in rehearsal.requests {
      let path = request.head.path ?? ""
      #expect((request.head.headerFields[.privateToken] == GitLabAPI.secret) == path.contains("/groups/"), "\(path)")
    }
  }

  @Test func aGroupIsAskedForWhatGroupsHave() throws {
    let rehearsal = try survey(
      [.json(200, ["id": 97, "access_level": 40]), .json(200, []), .json(200, [])], place: .group("acme/payments"))
    #expect(
      rehearsal.sent == [
        "GET /groups/acme%2Fpayments/members/all/97", "GET /groups/acme%2Fpayments/protected_environments?per_page=100",
        "GET /groups/acme%2Fpayments/hooks?per_page=100",
      ])
    #expect(try rehearsal.outcome?.level.get() == 40)
  }

  @Test("each fault at each exchange leaves its gap; what is independent of it is read all the same", arguments: Fault.all)
  func faults(_ fault: Fault) throws {
    for place in Self.questions.indices {
      var answers = Self.answers
      answers[place] = fault.answer
      let rehearsal = try survey(answers)
      let found = try #require(rehearsal.outcome)
      #expect(rehearsal.sent.count <= Self.questions.count)
      let isAway = ["429", "503", "reset, not sent", "reset, unknown", "timeout"].contains(fault.name)
      switch place {
      case 1:
        // Who is no member is not shown.
        #expect(fault.name.hasPrefix("404") && fault.name != "404 of a proxy" ? found.level == .success(nil) : found.level.gap != nil)
      case 2: #expect(found.environments.gap != nil)
      case 3: #expect(found.protections.gap != nil)
      case 4: #expect(found.webhooks.gap != nil)
      default: break
      }
      if isAway, place < 5 { #expect(rehearsal.sent.count == place + 1, "\(fault) at \(place)") }
      if place == 3, fault.name == "401" {
        #expect(found.webhooks.gap != nil && rehearsal.sent.count == 4)
        #expect(try found.environments.get().count == 2)
      }
      let text = "\(found)"
      #expect(!text.contains(GitLabAPI.secret) && !text.contains(Self.maintainerSecret))
    }
  }

  @Test func aPlanWithoutAndARefusalAreToldApart() throws {
    func gap(_ answer: Answer) throws -> SurveyGap? {
      var answers = Self.answers
      answers[3] = answer
      return try survey(answers).outcome?.protections.gap
    }
    #expect(try gap(.message(404, "404 Not found"))?.isUnlicensed == true)
    #expect(try gap(.message(404, "404 Project Not Found"))?.isUnlicensed == false)
    #expect(try gap(.message(403, "403 Forbidden"))?.isUnlicensed == false)
  }

  @Test func sendingsAreReadAndNothingOfThemButTheirStatus() throws {
    let conversation = try maintainer().lastSendings(of: 7, in: DoctorSamples.checkout)
    let sent: JSONValue = [["id": 1, "response_status": "200", "response_body": "secret", "created_at": "2026-09-20T10:00:00Z"]]
    let rehearsal = Rehearsal(conversation, [.json(200, sent)])
    #expect(rehearsal.sent == ["GET /projects/30/hooks/7/events?per_page=20"])
    let found = try #require(try rehearsal.outcome?.get())
    #expect(found.map(\.status) == ["200"] && found.allSatisfy(\.hasArrived))
    let text = "\(found)"
    #expect(!text.contains("secret"))
    for fault in Fault.all { #expect(Rehearsal(conversation, [fault.answer]).outcome?.gap != nil, "\(fault)") }
  }
}

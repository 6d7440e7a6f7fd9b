import Calendar
import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct ProbeConversationTests {
  private static let user: JSONValue = ["id": 97, "username": "change-gateway", "name": "Change Gateway"]
  private static let token: JSONValue = [
    "name": "gate", "scopes": ["api", "read_user"], "active": true, "revoked": false, "expires_at": "2027-01-31",
  ]

  private func probe(_ answers: [Answer]) throws -> Rehearsal<ProbeConversation> {
    Rehearsal(ProbeConversation(api: try .sample()), answers)
  }

  @Test func learnsVersionAccountAndToken() throws {
    let rehearsal = try probe([.json(200, ["version": "19.3.0-ee"]), .json(200, Self.user), .json(200, Self.token)])
    #expect(rehearsal.sent == ["GET /metadata", "GET /user", "GET /personal_access_tokens/self"])
    let report = try #require(rehearsal.outcome)
    #expect(try report.software.get().text == "19.3.0-ee")
    #expect(try report.software.get().version == GitLabVersion(major: 19, minor: 3))
    #expect(try report.account.get() == Person(id: 97, username: "change-gateway", name: "Change Gateway"))
    let token = try report.token.get()
    #expect(token.canDecide && token.scopes == ["api", "read_user"] && token.expiresAt == Instant(iso8601: "2027-01-31"))
  }

  @Test func anOlderGitLabTellsItsVersionElsewhere() throws {
    let rehearsal = try probe([
      .message(404, "404 Not Found"), .json(200, ["version": "14.10.5"]), .json(200, Self.user), .json(200, Self.token),
    ])
    #expect(rehearsal.sent == ["GET /metadata", "GET /version", "GET /user", "GET /personal_access_tokens/self"])
    #expect(try rehearsal.outcome?.software.get().version == GitLabVersion(major: 14, minor: 10))
  }

  @Test func eachAnswerStandsForItself() throws {
    let report = try #require(try probe([.message(403, "403 Forbidden"), .json(200, Self.user), .text(500, "")]).outcome)
    #expect(throws: Obstacle.self) { try report.software.get() }
    #expect(try report.account.get().id == 97)
    #expect(throws: Obstacle.self) { try report.token.get() }
  }

  @Test(arguments: Fault.all)
  func whereNothingWillBeAnsweredNothingMoreIsAsked(fault: Fault) throws {
    let rehearsal = try probe([fault.answer, .json(200, Self.user), .json(200, Self.user), .json(200, Self.token)])
    let concernsAll = ["401", "429", "503", "reset, not sent", "reset, unknown", "timeout"].contains(fault.name)
    #expect((rehearsal.sent.count == 1) == concernsAll)
    #expect(((try? rehearsal.outcome?.account.get()) == nil) == concernsAll)
  }

  @Test func aPageWith401IsAProxysAndSaysNothingOfTheToken() throws {
    let page = Answer.text(401, "<html>Sign in</html>")
    let everywhere = try #require(try probe([page, page, page]).outcome)
    guard case .failure(.retry(let reason, nil)) = everywhere.account else {
      Issue.record("\(everywhere.account)")
      return
    }
    #expect(!everywhere.isTokenRefused && reason.contains("not from GitLab") && reason.contains("proxy"))
    // A rule of it for one path hides nothing of what GitLab says of the token elsewhere.
    let first = try #require(try probe([page, .message(401, "401 Unauthorized")]).outcome)
    guard case .failure(.refused) = first.account else {
      Issue.record("\(first.account)")
      return
    }
    #expect(first.isTokenRefused)
    #expect(try #require(try probe([.message(401, "401 Unauthorized")]).outcome).isTokenRefused)
  }

  @Test func aTokenMayBeTooSmallOrDead() throws {
    let small = ProbeReport.Token(name: nil, scopes: ["read_api"], expiresAt: nil, isActive: true)
    let dead = ProbeReport.Token(name: nil, scopes: ["api"], expiresAt: nil, isActive: false)
    #expect(!small.canDecide && !dead.canDecide)
  }

  /// A GitLab that counts how often it is asked, over the driver that the service uses.
  private actor Scripted: Transport {
    var answers: [Answer]
    private(set) var asked = 0

    init(_ answers: [Answer]) { self.answers = answers }

    func send(_ request: Request) -> Answer {
      asked += 1
      return answers.count > 1 ? answers.removeFirst() : answers[0]
    }
  }

  @Test func theDriverSendsAndHearsToTheEnd() async throws {
    let transport = Scripted([.json(200, ["version": "19.3.0"]), .json(200, Self.user), .json(200, Self.token)])
    let report = await ProbeConversation(api: try .sample()).converse(over: transport)
    #expect(try report.account.get().id == 97)
    #expect(await transport.asked == 3)
  }

  @Test func theDriverCutsOffAConversationWithoutEnd() async throws {
    struct Endless: Conversation {
      let api: GitLabAPI
      mutating func start() -> ConversationMove<String> { .send(api.get("/user")) }
      mutating func hear(_ answer: Answer) -> ConversationMove<String> { start() }
      func outcome(cutOffBecause reason: String) -> String { reason }
    }
    let transport = Scripted([.json(200, nil)])
    #expect(await Endless(api: try .sample()).converse(over: transport).contains("cut off"))
    #expect(await transport.asked == 400)
  }
}

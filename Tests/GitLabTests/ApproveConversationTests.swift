import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct ApproveConversationTests {
  private func rehearse(
    _ fake: FakeGitLab, sha: String = FakeGitLab.sha, ownUserID: Int64? = FakeGitLab.account, answer: ((Request, Int) -> Answer?)? = nil
  ) throws -> Rehearsal<ApproveConversation> {
    let talk = ApproveConversation(
      api: try .sample(), identity: FakeGitLab.identity, expectedSHA: sha, comment: "CHG-42 approved by alice", key: "CHG-42",
      ownUserID: ownUserID)
    return Rehearsal(talk) { request, index in answer?(request, index) ?? fake.answer(request) }
  }

  @Test func sendsWhatGitLabDocuments() throws {
    let rehearsal = try rehearse(FakeGitLab())
    let post = try #require(rehearsal.requests.first { $0.head.method == .post })
    #expect(try JSONValue.parse(post.body) == ["status": "approved", "comment": "CHG-42 approved by alice"])
    #expect(post.head.scheme == "https" && post.head.authority == "gitlab.example.com")
    #expect(post.head.path == "/api/v4/projects/30/deployments/815/approval")
    for request in rehearsal.requests {
      #expect(request.head.headerFields[.privateToken] == GitLabAPI.secret)
      #expect(request.head.headerFields[.requestID] == "request-7")
      #expect(request.head.headerFields[.userAgent] == "gatehouse/0.1")
      #expect(request.head.headerFields[.accept] == "application/json")
      #expect(!request.head.headerFields.contains { $0.name.canonicalName.contains("event-uuid") })
    }
    #expect(post.head.headerFields[.contentType] == "application/json")
  }

  /// The gate withholds it by now, and wants to know whether an attempt before has arrived.
  @Test(arguments: [(true, Kind.done), (false, .untouched)]) func whoeverOnlyLooksSendsNothing(_ hasArrived: Bool, _ kind: Kind) throws {
    let fake = hasArrived ? FakeGitLab.approved : FakeGitLab()
    let talk = ApproveConversation(
      api: try .sample(), identity: FakeGitLab.identity, expectedSHA: FakeGitLab.sha, comment: "CHG-42 approved by alice", key: "CHG-42",
      ownUserID: FakeGitLab.account, mayAct: false)
    let rehearsal = Rehearsal(talk) { request, _ in fake.answer(request) }
    #expect(rehearsal.outcome?.kind == kind)
    #expect(rehearsal.requests.allSatisfy { $0.head.method == .get } && fake.effects.isEmpty)
  }

  @Test func anotherCommitIsNotApproved() throws {
    let rehearsal = try rehearse(FakeGitLab(), sha: "0000000000000000000000000000000000000000")
    #expect(rehearsal.outcome?.kind == .impossible)
    #expect(rehearsal.sent.count == 1)
  }

  struct Case: Sendable {
    var name: String
    var status = "blocked"
    var pending = 1
    var approvals: [JSONValue] = []
    var kind: Kind
  }

  private static let ours = FakeGitLab.approval(by: 97, "approved", comment: "CHG-42 approved")
  private static let theirs = FakeGitLab.approval(by: 5, "approved", comment: "fine")

  @Test(arguments: [
    Case(name: "approved by us", pending: 0, approvals: [ours], kind: .done),
    Case(name: "approved by others", pending: 0, approvals: [theirs], kind: .outOfBand),
    Case(name: "nothing pending: a plain manual job", pending: 0, kind: .outOfBand),
    Case(name: "ours is not enough", pending: 1, approvals: [ours], kind: .waiting),
    Case(name: "rejected by others, not failed yet", approvals: [FakeGitLab.approval(by: 5, "rejected", comment: nil)], kind: .overtaken),
    Case(name: "runs, ours recorded (a plain count)", status: "running", pending: 0, approvals: [ours], kind: .done),
    Case(name: "has run, ours recorded", status: "success", pending: 1, approvals: [ours], kind: .done),
    Case(name: "created, ours recorded (early 16.x)", status: "created", pending: 0, approvals: [ours], kind: .done),
    Case(name: "failed, ours recorded, more pending", status: "failed", pending: 1, approvals: [ours], kind: .overtaken),
    Case(name: "failed after our approval", status: "failed", pending: 0, approvals: [ours], kind: .done),
    Case(name: "runs without us", status: "running", pending: 0, approvals: [theirs], kind: .overtaken),
    Case(name: "canceled", status: "canceled", kind: .overtaken), Case(name: "skipped", status: "skipped", kind: .overtaken),
  ])
  func whatTheFactsSayIsEnough(row: Case) throws {
    let fake = FakeGitLab()
    (fake.status, fake.pending, fake.approvals) = (row.status, row.pending, row.approvals)
    let rehearsal = try rehearse(fake)
    #expect(rehearsal.outcome?.kind == row.kind, "\(row.name)")
    #expect(rehearsal.sent.count == 1, "\(row.name)")
  }

  @Test(arguments: [
    ("CHG-42 approved by bob", true), ("CHG-42", true), ("CHG-42: yes", true), ("CHG-421 approved", false), ("see CHG-42", false),
    (nil, false),
  ])
  func withoutTheAccountTheCommentTellsWhoseItIs(comment: String?, isOurs: Bool) throws {
    let fake = FakeGitLab()
    fake.pending = 0
    fake.approvals = [FakeGitLab.approval(by: 97, "approved", comment: comment)]
    #expect(try rehearse(fake, ownUserID: nil).outcome?.kind == (isOurs ? .done : .outOfBand))
    #expect(try rehearse(fake, ownUserID: 97).outcome?.kind == .done)
    #expect(try rehearse(fake, ownUserID: 98).outcome?.kind == .outOfBand)
  }

  @Test func theAnswerTellsWhoWeAre() throws {
    // GitLab keeps the comment of the first time when the same account approves again; so does this one, with another comment.
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake, ownUserID: nil) { request, _ in
      guard request.head.method == .post else { return nil }
      let answer = fake.answer(request)
      fake.approvals = [FakeGitLab.approval(by: 97, "approved", comment: "an older comment")]
      return answer
    }
    #expect(rehearsal.outcome?.kind == .done)
  }

  @Test func oneOfTwoRulesLeavesItWaitingForTheOther() throws {
    let rules: JSONValue = [
      "rules": [
        ["access_level_description": "Change Gateway", "required_approvals": 1, "deployment_approvals": [["status": "approved"]]],
        ["access_level_description": "Maintainers", "required_approvals": 2, "deployment_approvals": []],
      ]
    ]
    let fake = FakeGitLab()
    fake.pending = 3
    let rehearsal = try rehearse(fake) { request, index in
      guard index == 2, var object = fake.deployment.object else { return nil }
      object["approval_summary"] = rules
      return .json(200, .object(object))
    }
    guard case .waiting(let facts, let reason) = rehearsal.outcome else {
      Issue.record("it waits")
      return
    }
    #expect(facts.pendingApprovals == 2)
    #expect(reason == "GitLab still waits for 2 more approvals from Maintainers")
    #expect(fake.effects == ["approved"])
  }

  @Test func othersMayBeFasterThanOurPost() throws {
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake) { request, _ in
      guard request.head.method == .post else { return nil }
      (fake.pending, fake.approvals) = (0, [Self.theirs])
      return fake.answer(request)
    }
    #expect(rehearsal.outcome?.kind == .outOfBand)
    #expect(fake.effects.isEmpty)
  }

  @Test(arguments: [
    ("You cannot approve your own deployment. This configuration can be adjusted.", Kind.refused, "triggered"),
    ("The same user can not approve", .refused, "triggered"),
    ("This environment is not protected.", .refused, "protect it again"),
    ("Deployment approvals is not configured for this environment.", .refused, "approval rule"),
    ("You don't have permission to approve this deployment. Contact the project or group owner for help.", .refused, "approval rule"),
    ("This deployment is not waiting for approvals.", .retry, "contradicts"),
    ("There are no approval rules for the given `represent_as` parameter.", .refused, "approval rule"),
    ("Something that no GitLab said before", .refused, "Something that no GitLab said before"),
  ])
  func wordsChooseOnlyTheWording(message: String, kind: Kind, said: String) throws {
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake) { request, _ in request.head.method == .post ? .message(400, message) : nil }
    #expect(rehearsal.outcome?.kind == kind)
    #expect(rehearsal.outcome?.reason?.contains(said) == true)
    // The same words, but the effect stands: the facts win.
    let done = try rehearse(FakeGitLab.approved) { request, _ in request.head.method == .post ? .message(400, message) : nil }
    #expect(done.outcome?.kind == .done)
  }

  @Test func aCommentThatIsTooLongCanNeverSucceed() throws {
    let rehearsal = try rehearse(FakeGitLab()) { request, _ in
      request.head.method == .post ? .json(400, ["message": ["Comment is too long (maximum is 255 characters)"]]) : nil
    }
    #expect(rehearsal.outcome?.kind == .impossible)
  }

  @Test func anAcceptedApprovalThatIsNotShownIsNotBelieved() throws {
    let rehearsal = try rehearse(FakeGitLab()) { request, _ in request.head.method == .post ? .json(201, ["status": "approved"]) : nil }
    #expect(rehearsal.outcome?.kind == .retry)
  }
}

extension FakeGitLab {
  static var approved: FakeGitLab {
    let fake = FakeGitLab()
    (fake.pending, fake.approvals) = (0, [approval(by: account, "approved", comment: "CHG-42 approved")])
    return fake
  }
}

import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct PlayConversationTests {
  private func rehearse(
    _ fake: FakeGitLab, mayHaveBeenSent: Bool = false, ownUserID: Int64? = FakeGitLab.account, answer: ((Request, Int) -> Answer?)? = nil
  ) throws -> Rehearsal<PlayConversation> {
    let talk = PlayConversation(
      api: try .sample(), identity: FakeGitLab.identity, expectedSHA: FakeGitLab.sha, ownUserID: ownUserID,
      mayHaveBeenSent: mayHaveBeenSent)
    return Rehearsal(talk) { request, index in answer?(request, index) ?? fake.answer(request) }
  }

  /// The gate withholds it by now, and wants to know whether an attempt before has arrived.
  @Test(arguments: [
    (0, "manual", Kind.untouched), (0, "running", .done),
    // What GitLab waits for others for, or has not come to, does not run: nothing is left to look for.
    (1, "manual", .untouched), (0, "created", .untouched),
  ]) func whoeverOnlyLooksSendsNothing(_ pending: Int, _ job: String, _ kind: Kind) throws {
    let fake = FakeGitLab()
    (fake.pending, fake.jobStatus) = (pending, job)
    if job == "running" { fake.status = "running" }
    let talk = PlayConversation(
      api: try .sample(), identity: FakeGitLab.identity, expectedSHA: FakeGitLab.sha, ownUserID: FakeGitLab.account,
      mayHaveBeenSent: true, mayAct: false)
    let rehearsal = Rehearsal(talk) { request, _ in fake.answer(request) }
    #expect(rehearsal.outcome?.kind == kind)
    #expect(rehearsal.requests.allSatisfy { $0.head.method == .get } && fake.effects.isEmpty)
  }

  struct Case: Sendable {
    var name: String
    var status = "blocked"
    var pending = 0
    var job = "manual"
    var jobUser = Int64(12)
    /// By an attempt before.
    var mayHaveBeenSent = false
    var approvals: [JSONValue] = []
    var kind: Kind
  }

  @Test(arguments: [
    Case(name: "not approved yet", pending: 1, kind: .waiting),
    Case(name: "not its turn", status: "created", job: "created", kind: .waiting),
    Case(name: "starts by itself later", job: "scheduled", kind: .waiting),
    Case(name: "runs, never sent", status: "running", job: "running", kind: .outOfBand),
    Case(name: "runs, sent before", status: "running", job: "running", mayHaveBeenSent: true, kind: .done),
    Case(name: "has run, sent before", status: "success", job: "success", mayHaveBeenSent: true, kind: .done),
    Case(name: "queued, never sent", status: "created", job: "pending", kind: .outOfBand),
    Case(name: "queued, sent before", status: "created", job: "waiting_for_resource", mayHaveBeenSent: true, kind: .done),
    Case(name: "played by us, by GitLab's own record", status: "running", job: "running", jobUser: 97, kind: .done),
    Case(
      name: "played by a third person, though sent", status: "running", job: "running", jobUser: 5, mayHaveBeenSent: true, kind: .outOfBand),
    Case(name: "failed", status: "failed", job: "failed", mayHaveBeenSent: true, kind: .overtaken),
    Case(name: "canceled", status: "canceled", job: "canceled", kind: .overtaken),
    Case(name: "skipped", status: "skipped", job: "skipped", kind: .overtaken),
    Case(name: "job canceled first", job: "canceled", kind: .overtaken),
    Case(name: "rejected", pending: 1, approvals: [FakeGitLab.approval(by: 5, "rejected", comment: nil)], kind: .overtaken),
  ])
  func whatTheFactsSayIsEnough(row: Case) throws {
    let fake = FakeGitLab()
    (fake.status, fake.pending, fake.jobStatus, fake.jobUser, fake.approvals) = (
      row.status, row.pending, row.job, row.jobUser, row.approvals
    )
    let rehearsal = try rehearse(fake, mayHaveBeenSent: row.mayHaveBeenSent)
    #expect(rehearsal.outcome?.kind == row.kind, "\(row.name)")
    #expect(rehearsal.sent.count == 1, "\(row.name)")
  }

  @Test func aDeploymentWithoutAJobCannotBePlayed() throws {
    var object = try #require(FakeGitLab.approved.deployment.object)
    object["deployable"] = nil
    let deployment = JSONValue.object(object)
    let rehearsal = try rehearse(FakeGitLab()) { _, _ in .json(200, deployment) }
    #expect(rehearsal.outcome?.kind == .impossible)
  }

  @Test(arguments: [JSONValue.null, "", 7])
  func aJobWhoseStatusIsNotToldIsNotPlayed(status: JSONValue) throws {
    var object = try #require(FakeGitLab.approved.deployment.object)
    var job = try #require(object["deployable"]?.object)
    job["status"] = status
    object["deployable"] = .object(job)
    let deployment = JSONValue.object(object)
    let rehearsal = try rehearse(FakeGitLab()) { _, _ in .json(200, deployment) }
    #expect(rehearsal.outcome?.kind == .retry)
    #expect(rehearsal.sent.count == 1)
  }

  @Test func forbiddenSaysWhereToAddTheAccount() throws {
    let rehearsal = try rehearse(.approved) { request, _ in request.head.method == .post ? .message(403, "403 Forbidden") : nil }
    #expect(rehearsal.outcome?.kind == .refused)
    #expect(rehearsal.outcome?.reason?.contains("allowed to deploy") == true)
  }

  @Test func unplayableIsTriedAgainUntilGivenUp() throws {
    let rehearsal = try rehearse(.approved) { request, _ in
      request.head.method == .post ? .message(400, "400 Bad request - Unplayable Job") : nil
    }
    #expect(rehearsal.outcome?.kind == .refused)
  }

  @Test func somebodyElseMayPlayBeforeOurPost() throws {
    let fake = FakeGitLab.approved
    let rehearsal = try rehearse(fake) { request, _ in
      guard request.head.method == .post else { return nil }
      (fake.status, fake.jobStatus) = ("running", "running")
      return fake.answer(request)
    }
    #expect(rehearsal.outcome?.kind == .outOfBand)
    #expect(fake.effects.isEmpty)
  }

  @Test func aGitLabThatKeepsTheTriggererAsTheJobsUserIsUnderstood() throws {
    let fake = FakeGitLab.approved
    let rehearsal = try rehearse(fake) { request, _ in
      let answer = fake.answer(request)
      fake.jobUser = 12
      return answer
    }
    #expect(rehearsal.outcome?.kind == .done)
  }
}

import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct CancelConversationTests {
  private func rehearse(
    _ fake: FakeGitLab, sha: String = FakeGitLab.sha, answer: ((Request, Int) -> Answer?)? = nil
  ) throws -> Rehearsal<CancelConversation> {
    let talk = CancelConversation(api: try .sample(), identity: FakeGitLab.identity, expectedSHA: sha)
    return Rehearsal(talk) { request, index in answer?(request, index) ?? fake.answer(request) }
  }

  struct Case: Sendable {
    var name: String
    var status = "blocked"
    var job = "manual"
    var kind: Kind
  }

  @Test(arguments: [
    Case(name: "canceled already", status: "canceled", job: "canceled", kind: .done),
    Case(name: "its job is canceled, its deployment not yet", job: "canceled", kind: .done),
    Case(name: "runs", status: "running", job: "running", kind: .overtaken),
    Case(name: "started, its deployment not yet", job: "pending", kind: .overtaken),
    Case(name: "has run", status: "success", job: "success", kind: .overtaken),
    Case(name: "failed", status: "failed", job: "failed", kind: .overtaken),
    Case(name: "skipped", status: "skipped", job: "skipped", kind: .overtaken),
  ])
  func whatTheFactsSayIsEnough(row: Case) throws {
    let fake = FakeGitLab()
    (fake.status, fake.jobStatus) = (row.status, row.job)
    let rehearsal = try rehearse(fake)
    #expect(rehearsal.outcome?.kind == row.kind, "\(row.name)")
    #expect(rehearsal.sent.count == 1, "\(row.name)")
    #expect(fake.effects.isEmpty, "\(row.name)")
  }

  @Test(arguments: ["manual", "scheduled"])
  func whatWaitsIsCanceledWhetherOrNotItIsApproved(job: String) throws {
    let fake = FakeGitLab()
    (fake.pending, fake.jobStatus) = (0, job)
    let rehearsal = try rehearse(fake)
    #expect(rehearsal.outcome?.kind == .done)
    #expect(rehearsal.sent.count == 3 && fake.effects == ["cancel"])
  }

  /// Another commit under the same id: not what was decided on, so nothing is done to it.
  @Test func anotherCommitIsLeftAlone() throws {
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake, sha: "0000000000000000000000000000000000000000")
    #expect(rehearsal.sent.count == 1 && fake.effects.isEmpty)
    #expect(rehearsal.outcome?.kind == .impossible)
  }

  @Test func aDeploymentWithoutAJobHasNothingToCancel() throws {
    var object = try #require(FakeGitLab().deployment.object)
    object["deployable"] = nil
    let deployment = JSONValue.object(object)
    let rehearsal = try rehearse(FakeGitLab()) { _, _ in .json(200, deployment) }
    #expect(rehearsal.outcome?.kind == .impossible)
    #expect(rehearsal.outcome?.reason?.contains("no job to cancel") == true)
  }

  /// It has run between the reading and the cancellation, and GitLab answers as if nothing were wrong.
  @Test func whatEndsInBetweenIsOvertaken() throws {
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake) { _, index in
      if index == 1 { (fake.status, fake.jobStatus) = ("success", "success") }
      return nil
    }
    #expect(rehearsal.outcome?.kind == .overtaken)
    #expect(rehearsal.sent.count == 3 && fake.effects.isEmpty)
  }
}

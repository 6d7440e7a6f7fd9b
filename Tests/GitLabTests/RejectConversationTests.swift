import ChangeControl
import HTTPMessages
import JSON
import Testing

@testable import GitLab

@Suite struct RejectConversationTests {
  struct Case: Sendable {
    var name: String
    var status = "blocked"
    var pending = 1
    var approvals: [JSONValue] = []
    var kind: Kind
  }

  private static let ours = FakeGitLab.approval(by: 97, "rejected", comment: "CHG-42 rejected")
  private static let theirs = FakeGitLab.approval(by: 5, "rejected", comment: nil)

  private func rehearse(_ fake: FakeGitLab, sha: String = FakeGitLab.sha) throws -> Rehearsal<RejectConversation> {
    let talk = RejectConversation(
      api: try .sample(), identity: FakeGitLab.identity, expectedSHA: sha, comment: "CHG-42 rejected by carol", key: "CHG-42",
      ownUserID: FakeGitLab.account)
    return Rehearsal(talk) { request, _ in fake.answer(request) }
  }

  @Test(arguments: [
    Case(name: "rejected by us", status: "failed", approvals: [ours], kind: .done),
    Case(name: "rejected by us, not failed yet", approvals: [ours], kind: .done),
    Case(name: "rejected by others", status: "failed", approvals: [theirs], kind: .outOfBand),
    Case(name: "failed by itself", status: "failed", pending: 0, kind: .overtaken),
    Case(name: "canceled", status: "canceled", kind: .overtaken), Case(name: "skipped", status: "skipped", kind: .overtaken),
    Case(name: "runs", status: "running", pending: 0, kind: .overtaken),
    Case(name: "nothing pending any more", pending: 0, kind: .impossible),
  ])
  func whatTheFactsSayIsEnough(row: Case) throws {
    let fake = FakeGitLab()
    (fake.status, fake.pending, fake.approvals) = (row.status, row.pending, row.approvals)
    let rehearsal = try rehearse(fake)
    #expect(rehearsal.outcome?.kind == row.kind, "\(row.name)")
    #expect(rehearsal.sent.count == 1, "\(row.name)")
  }

  @Test func rejectsOnceAndReadsTheFailure() throws {
    let fake = FakeGitLab()
    let rehearsal = try rehearse(fake)
    guard case .done(let facts) = rehearsal.outcome else {
      Issue.record("it is rejected")
      return
    }
    #expect(facts.status == .failed)
    #expect(try JSONValue.parse(rehearsal.requests[1].body) == ["status": "rejected", "comment": "CHG-42 rejected by carol"])
    #expect(fake.effects == ["rejected"])
  }

  @Test func anotherCommitIsNotRejected() throws {
    #expect(try rehearse(FakeGitLab(), sha: "abc").outcome?.kind == .impossible)
  }

  @Test func rejectingADeploymentApprovedByOthersSaysWhatToDo() throws {
    let fake = FakeGitLab()
    fake.pending = 0
    #expect(try rehearse(fake).outcome?.reason?.contains("cancel the job") == true)
  }
}

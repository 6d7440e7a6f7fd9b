import ChangeControl
import Gate
import Storage
import Testing

/// Somebody who may approve in GitLab writes their comment as the gate writes its own.
@Suite struct DisguiseTests {
  func disguised(_ status: ApprovalStatus) -> RecordedApproval {
    RecordedApproval(
      person: Person(id: 5, username: "mallory", name: "Mallory"), status: status, comment: "CHG-1 \(status.rawValue) by alice",
      createdAt: nil)
  }

  func bench() throws -> Bench {
    let bench = try Bench()
    try bench.command { try $1.noteIdentity(instance: "main", userID: gateAccount.id, username: gateAccount.username, version: nil) }
    try bench.openChange()
    return bench
  }

  @Test func anApprovalInOurWordsIsStillTheirs() throws {
    let bench = try bench()
    try bench.apply(Bench.facts(pending: 0, approvals: [disguised(.approved)]))
    let entries = try bench.connection.reading(at: bench.now) { try $0.auditEntries(after: 0, limit: 100) }
    #expect(entries.contains { $0.action == AuditAction.recordedInGitLab.rawValue && $0.actor == "gitlab:mallory" })
    let outOfBand = try #require(entries.first { $0.action == AuditAction.outOfBand.rawValue })
    #expect(outOfBand.detail.contains("mallory"))
  }

  @Test func aRejectionInOurWordsIsARejectionOfOthers() throws {
    let bench = try bench()
    try bench.apply(Bench.facts(.failed, job: "failed", approvals: [disguised(.rejected)]))
    let change = try bench.change().change
    #expect(change.status == "Rejected")
    #expect(change.outOfBand)
  }

  @Test func beforeOurAccountIsKnownOurWordsAreAllThereIs() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.apply(Bench.facts(pending: 0, approvals: [ours()]))
    #expect(try !bench.actions().contains(AuditAction.recordedInGitLab.rawValue))
  }
}

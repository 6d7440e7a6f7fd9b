import ChangeControl
import Gate
import Storage
import Testing

/// GitLab answers slowly, or after somebody else was answered.
@Suite struct LateAnswerTests {
  private func bench() throws -> Bench {
    let bench = try Bench()
    bench.plan.groups["managers"] = .gitLab(GitLabGroup(path: "acme/managers"))
    return bench
  }

  /// A list of a hundred pages may take a slow GitLab longer than a lease: each attempt would be overtaken by the next, and none be heard.
  @Test func anAnswerCountsWhoseAttemptWasOvertaken() throws {
    let bench = try bench()
    try bench.openChange()
    let slow = try #require(try bench.claims().first)
    bench.wait(Gate.lease)
    let next = try #require(try bench.claims().first)
    #expect(try bench.settle(slow, .told(.members([PeopleTests.alice]))).state == .delivered)
    #expect(try bench.count("outbox") == 0)
    #expect(try bench.settle(next, .told(.members([PeopleTests.bob]))).reason == "another attempt has taken over")
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  /// SQLite gives a row that is gone the same number again: members of one list would be taken for those of another.
  @Test func aLateAnswerIsNoneToTheQuestionThatCameAfter() throws {
    let bench = try bench()
    try bench.openChange()
    let slow = try #require(try bench.claims().first)
    bench.wait(Gate.lease)
    try bench.tell(.members([PeopleTests.bob]))
    bench.plan.policies["people"]?.approvalRules = [ApprovalRule(approver: .accessLevel(.maintainer))]
    try bench.command { _ = try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) }
    let other = try #require(try bench.claims().first)
    #expect(other.callback.id == slow.callback.id && other.callback.attempts == slow.callback.attempts)
    #expect(try bench.settle(slow, .told(.members([Member(id: 21, username: "alice", level: 40)]))).state == .retrying)
    #expect(try bench.decide("alice").change.gate == .awaiting)
    try bench.settle(other, .told(.members([Member(id: 22, username: "bob", level: 40)])))
    #expect(try bench.change().change.gate == .awaiting)
  }
}

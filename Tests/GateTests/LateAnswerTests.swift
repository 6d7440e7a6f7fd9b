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

  /// An hour, looked at as often as the loops do: a gate that waits asks now and then, and what people read of it stays the same.
  @Test(arguments: [false, true]) func aGateThatWaitsAsksSeldom(isGitLabUp: Bool) throws {
    let bench = try bench()
    bench.edit { $0.preventAuthorApproval = true }
    try bench.openChange()
    try bench.decide("alice")
    let contributions = Contributions(base: nil, identities: [], mergeRequests: [.init(iid: 7, author: "alice", labels: [])], files: nil)
    var (asked, revisions) = (0, Set<Int64>())
    for second in 0..<3_600 {
      if second % 30 == 0 {
        try bench.command { _ = try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) }
        try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
      }
      for claim in try bench.claims() {
        guard case .ask(let question) = claim.instruction else { throw Bench.Broken(what: "\(claim)") }
        asked += 1
        let disclosure: Disclosure =
          switch question {
          case .members: .members([PeopleTests.alice, PeopleTests.bob])
          case .person(let name): .person(KnownPerson(username: name, id: 21, name: "Alice", emails: []))
          case .contributions: .contributions(contributions)
          }
        try bench.settle(claim, isGitLabUp ? .told(disclosure) : .retry(reason: "502", after: nil))
      }
      if second > 60 { revisions.insert(try bench.change().change.revision) }
      bench.wait(.seconds(1))
    }
    #expect(try bench.change().change.gate == .awaiting)
    #expect(asked > 20 && asked < 120, "\(asked)")
    #expect(revisions.count == 1, "\(revisions)")
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

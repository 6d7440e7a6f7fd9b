import Calendar
import ChangeControl
import Testing

/// Who wrote a part of it, by all that git and GitLab tell.
@Suite struct AuthorTests {
  private static let contributions = Contributions(
    base: "old",
    identities: [
      .init(name: "Alice Archer", email: "Alice@Acme.com"), .init(name: "B. Baker", email: "22-bob@users.noreply.gitlab.example.com"),
      .init(name: "erin", email: "erin@laptop"),
    ], mergeRequests: [.init(iid: 7, author: "carol", authorID: 23, labels: [])], files: nil)

  @Test(arguments: [
    (KnownPerson(username: "a", name: nil, emails: ["alice@acme.com"]), true),
    (KnownPerson(username: "x", name: "alice archer", emails: []), true),
    (KnownPerson(username: "robert", id: 22, name: nil, emails: []), true),
    (KnownPerson(username: "BOB", name: nil, emails: []), true), (KnownPerson(username: "Carol", name: nil, emails: []), true),
    (KnownPerson(username: "carola", id: 23, name: nil, emails: []), true), (KnownPerson(username: "Erin", name: nil, emails: []), true),
    (KnownPerson(username: "dora", id: 24, name: "Dora", emails: ["dora@acme.com"]), false),
  ]) func hasAPart(_ person: KnownPerson, _ has: Bool) { #expect((Self.contributions.part(of: person) != nil) == has) }

  private static func facts(_ users: [String], people: [KnownPerson], contributions: Contributions? = contributions) -> EvaluationFacts {
    var policy = Policy(name: "p", approvalRules: [ApprovalRule(approver: .group("all"))])
    policy.preventAuthorApproval = true
    let approvals = users.map {
      Approval(user: $0, status: .approved, comment: nil, representedAs: nil, createdAt: Instant(milliseconds: 5), step: "Review")
    }
    var subject = Subject(requester: "zoe")
    subject.requesterID = 99
    subject.contributions = contributions
    for person in people { subject.people[person.username] = person }
    return EvaluationFacts(
      policy: policy, directory: Directory(groups: ["all": .listed(["alice", "dora", "ghost", "zoe2"])]), subject: subject,
      steps: ApprovalSteps(current: "Review"), approvals: approvals, at: Instant(milliseconds: 10))
  }

  private static func known(_ name: String, id: Int64?, emails: [String] = [], at instant: Int64 = 6) -> KnownPerson {
    KnownPerson(username: name, id: id, name: nil, emails: emails, readAt: Instant(milliseconds: instant))
  }

  @Test func whoHasNotBeenLookedUpSinceTheySpokeKeepsItWaiting() {
    let never = Self.facts(["dora"], people: []).evaluate()
    #expect(never.verdict == .waiting && never.questions.people == ["dora"])
    let before = Self.facts(["dora"], people: [Self.known("dora", id: 24, at: 4)]).evaluate()
    #expect(before.verdict == .waiting && before.questions.people == ["dora"])
    #expect(Self.facts(["dora"], people: [Self.known("dora", id: 24)]).evaluate().verdict == .allowed)
  }

  @Test func whatWasSaidOrReadWhileTheClockWasAheadIsAskedForOnceAndNotForEver() {
    // Said at 5 by a clock that is set right and shows 3; lists read from 1 on open a gate.
    func facts(readAt instant: Int64) -> EvaluationFacts {
      var facts = Self.facts(["dora"], people: [Self.known("dora", id: 24, at: instant)])
      facts.now = Instant(milliseconds: 3)
      facts.membershipsSince = Instant(milliseconds: 1)
      return facts
    }
    #expect(facts(readAt: 2).evaluate().verdict == .allowed)
    #expect(facts(readAt: 0).evaluate().questions.people == ["dora"], "read too long ago to be of after it was said")
    #expect(facts(readAt: 6).evaluate().questions.people == ["dora"], "read at a time that is still to come: nobody knows when")
  }

  @Test func unknownContributionsKeepItWaiting() {
    let evaluation = Self.facts(["dora"], people: [Self.known("dora", id: 24)], contributions: nil).evaluate()
    #expect(evaluation.verdict == .waiting && evaluation.questions.contributions)
    #expect(evaluation.waitingFor == ["GitLab to tell who wrote the commits since the last deployment"])
  }

  @Test func mergeRequestsThatWereNotLookedUpKeepItWaiting() {
    var contributions = Self.contributions
    contributions.commitsWithoutMergeRequests = 3
    var facts = Self.facts(["dora"], people: [Self.known("dora", id: 24)], contributions: contributions)
    #expect(
      facts.evaluate().waitingFor == [
        "to know who opened the merge requests of 3 commits: there are more than GitLab is asked about; deploy it in smaller steps, or an "
          + "administrator must change prevent_author_approval of policy p"
      ])
    facts.policy.breakGlass = BreakGlass(group: "on-call", reviewWithin: .seconds(60))
    #expect(facts.evaluate().waitingFor.first?.contains("or group on-call may break the glass, or an administrator") == true)
  }

  /// A label that no merge request has which was looked up may be on one that was not.
  @Test(arguments: [(0, Evaluation.Verdict.allowed), (3, .waiting)])
  func labelsOfMergeRequestsThatWereNotLookedUpAreNotKnown(_ unasked: Int, _ verdict: Evaluation.Verdict) {
    var contributions = Self.contributions
    contributions.commitsWithoutMergeRequests = unasked
    var facts = Self.facts(["dora"], people: [Self.known("dora", id: 24)], contributions: contributions)
    facts.policy.preventAuthorApproval = false
    var rule = AutomaticRule()
    rule.labels = ["hotfix"]
    facts.policy.autoReject = [rule]
    #expect(facts.evaluate().verdict == verdict)
    (facts.policy.autoReject, facts.policy.autoApprove, facts.approvals) = ([], [rule], [])
    #expect(facts.evaluate().verdict == .waiting)
  }

  /// What goes with nobody's yes is wholly of its kind: one merge request with the label vouches for no other. What is stopped is stopped by one.
  @Test(
    arguments: [
      ([["hotfix", "routine"]], true, true), ([["hotfix"]], false, false), ([["hotfix"], ["routine"]], false, false),
      ([["hotfix", "routine"], []], false, true), ([["routine", "hotfix"], ["hotfix", "routine", "small"]], true, true),
    ] as [([[String]], Bool, Bool)])
  func labelsOfOneMergeRequestVouchForNoOther(_ labels: [[String]], _ approves: Bool, _ rejects: Bool) {
    var contributions = Self.contributions
    contributions.mergeRequests = labels.enumerated().map { .init(iid: Int64($0.offset), author: "carol", labels: $0.element) }
    var facts = Self.facts([], people: [], contributions: contributions)
    facts.policy.preventAuthorApproval = false
    var rule = AutomaticRule()
    rule.labels = ["hotfix", "routine"]
    facts.policy.autoApprove = [rule]
    #expect(facts.evaluate().verdict == (approves ? .allowed : .waiting))
    (facts.policy.autoApprove, facts.policy.autoReject) = ([], [rule])
    #expect(facts.evaluate().verdict == (rejects ? .rejected : .waiting))
  }

  @Test func anAuthorsYesDoesNotCount() {
    let evaluation = Self.facts(["alice"], people: [Self.known("alice", id: 21, emails: ["alice@acme.com"])]).evaluate()
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.leftOut.map(\.code) == ["author_of_change"])
  }

  @Test func whoIsNobodyInGitLabIsLeftOutAndBlocksNobody() {
    let people = [Self.known("ghost", id: nil), Self.known("dora", id: 24)]
    #expect(Self.facts(["ghost"], people: people).evaluate().leftOut.map(\.code) == ["unknown_to_gitlab"])
    #expect(Self.facts(["ghost", "dora"], people: people).evaluate().verdict == .allowed)
  }

  @Test func aNewNameIsNoNewPerson() {
    let evaluation = Self.facts(["zoe2"], people: [Self.known("zoe2", id: 99)]).evaluate()
    #expect(evaluation.leftOut.map(\.code) == ["own_deployment"])
    var facts = Self.facts(["zoe2"], people: [])
    facts.policy.preventAuthorApproval = false
    #expect(facts.evaluate().verdict == .allowed)
    facts.directory.memberships[.project(30)] = Membership(levels: ["zoe2": 40], ids: ["zoe2": 99], readAt: Instant(milliseconds: 6))
    #expect(facts.evaluate().leftOut.map(\.code) == ["own_deployment"])
  }
}

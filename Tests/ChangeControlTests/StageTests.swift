import Calendar
import ChangeControl
import Testing

/// Rules in order: those of a later stage are open once all of the earlier ones are met.
@Suite struct StageTests {
  static let groups: [String: Group] = ["peers": .listed(["alice", "bob", "carol"]), "board": .listed(["bob", "eve"])]
  static let rules = [
    ApprovalRule(approver: .group("peers"), requiredApprovals: 1, stage: 1),
    ApprovalRule(approver: .group("board"), requiredApprovals: 1, stage: 2),
  ]

  static func facts(_ users: [String]) -> EvaluationFacts {
    let approvals = users.enumerated().map { index, user in
      Approval(
        user: user, status: .approved, comment: nil, representedAs: nil, createdAt: Instant(milliseconds: Int64(index)), step: "Review")
    }
    return EvaluationFacts(
      policy: Policy(name: "p", approvalRules: rules), directory: Directory(groups: groups), subject: Subject(requester: "dana"),
      steps: ApprovalSteps(current: "Review"), approvals: approvals, at: Instant(milliseconds: 1_000))
  }

  @Test func inOrder() {
    let evaluation = Self.facts(["alice", "eve"]).evaluate()
    #expect(evaluation.verdict == .allowed)
    #expect(evaluation.seats == ["alice": 0, "eve": 1])
  }

  @Test func whoseTurnHasNotComeIsToldWhichStageIsNotMet() {
    #expect(Self.facts([]).stageAhead(of: "eve", in: "Review") == 1)
    #expect(Self.facts(["alice"]).stageAhead(of: "eve", in: "Review") == nil)
    #expect(Self.facts([]).stageAhead(of: "bob", in: "Review") == nil)
  }

  @Test func aYesGivenEarlyCountsForItsStageOnly() {
    // bob spoke in the first stage; that carol fills it too does not carry his yes into the second.
    let facts = Self.facts(["bob", "carol"])
    #expect(facts.evaluate().verdict == .waiting)
    #expect(facts.evaluate().waitingFor == ["1 more approval from group board"])
    // Said again, now that the second is open, it counts there: nobody blocks.
    #expect(Self.facts(["carol", "bob"]).evaluate().verdict == .allowed)
  }

  @Test func sayingItAgainInALaterStageIsNews() {
    let facts = Self.facts(["bob", "carol"])
    #expect(facts.saysMore(facts.approvals[0]))
    #expect(!Self.facts(["carol", "bob"]).saysMore(facts.approvals[0]))
  }

  @Test func whoSpokeAndFillsNoSeatIsToldWhy() {
    #expect(Self.facts(["eve"]).evaluate().leftOut.map(\.code) == ["stage_not_open"])
    #expect(Self.facts(["alice", "carol", "eve"]).evaluate().leftOut.map { "\($0.user) \($0.code)" } == ["carol not_needed"])
  }

  @Test func theWaitingStageSaysWhatItWaitsFor() {
    let findings = Self.facts([]).evaluate().root.children
    #expect(findings.map(\.found).contains("0 of 1, once stage 1 is met"))
  }
}

/// Lists of people that only GitLab knows.
@Suite struct MembershipTests {
  static let security = GitLabGroup(path: "acme/security")

  static func facts(_ spoken: [(String, ApprovalStatus)], known: Membership?, since: Instant? = nil) -> EvaluationFacts {
    let approvals = spoken.enumerated().map { index, spoken in
      Approval(
        user: spoken.0, status: spoken.1, comment: nil, representedAs: nil, createdAt: Instant(milliseconds: Int64(index)), step: "Review")
    }
    var directory = Directory(groups: ["peers": .listed(["alice"])])
    directory.memberships[.group(security)] = known
    let rules = [ApprovalRule(approver: .group("peers")), ApprovalRule(approver: .gitLabGroup(security))]
    var facts = EvaluationFacts(
      policy: Policy(name: "p", approvalRules: rules), directory: directory, subject: Subject(requester: "dana"),
      steps: ApprovalSteps(current: "Review"), approvals: approvals, at: Instant(milliseconds: 100_000))
    facts.membershipsSince = since
    return facts
  }

  static func members(_ names: String..., readAt: Int64 = 90_000) -> Membership {
    Membership(levels: Dictionary(uniqueKeysWithValues: names.map { ($0, 30) }), readAt: Instant(milliseconds: readAt))
  }

  @Test func whoIsNotKnownToBelongWaitsWithTheGate() {
    let evaluation = Self.facts([("alice", .approved), ("erin", .approved)], known: nil).evaluate()
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.questions.memberships == [.group(Self.security)])
    #expect(evaluation.waitingFor.contains("GitLab to tell the members of acme/security"))
  }

  @Test func whoBelongsCounts() {
    #expect(Self.facts([("alice", .approved), ("Erin", .approved)], known: Self.members("erin")).evaluate().verdict == .allowed)
    #expect(Self.facts([("alice", .approved), ("erin", .approved)], known: Self.members("frank")).evaluate().verdict == .waiting)
  }

  @Test func whatWasReadTooLongAgoOpensNoGate() {
    let spoken: [(String, ApprovalStatus)] = [("alice", .approved), ("erin", .approved)]
    let stale = Self.facts(spoken, known: Self.members("erin"), since: Instant(milliseconds: 95_000)).evaluate()
    #expect(stale.verdict == .waiting)
    #expect(stale.questions.memberships == [.group(Self.security)])
    #expect(Self.facts(spoken, known: Self.members("erin"), since: Instant(milliseconds: 90_000)).evaluate().verdict == .allowed)
  }

  @Test func aNoThatMayCountIsNotPassedOver() {
    // All rules are met, and whoever said no may belong to one.
    var facts = Self.facts([("alice", .approved), ("erin", .rejected)], known: nil)
    facts.policy.approvalRules = [ApprovalRule(approver: .group("peers")), ApprovalRule(approver: .gitLabGroup(Self.security))]
    facts.directory.groups["peers"] = .listed(["alice"])
    #expect(facts.evaluate().verdict == .waiting)
    facts.directory.memberships[.group(Self.security)] = Self.members("erin")
    #expect(facts.evaluate().verdict == .rejected)
  }

  @Test func aYesThatIsNotNeededNeedNotBeKnown() {
    var facts = Self.facts([("alice", .approved), ("erin", .approved)], known: nil)
    facts.policy.approvalRules = [ApprovalRule(approver: .user("alice")), ApprovalRule(approver: .user("erin"))]
    facts.approvals.append(
      Approval(
        user: "frank", status: .approved, comment: nil, representedAs: nil, createdAt: Instant(milliseconds: 9), step: "Review"))
    #expect(facts.evaluate().verdict == .allowed)
    #expect(facts.evaluate().questions.isEmpty)
  }

  @Test func levelsAreAtLeast() {
    var facts = Self.facts([("erin", .approved)], known: nil)
    facts.policy.approvalRules = [ApprovalRule(approver: .accessLevel(.maintainer))]
    facts.directory.memberships[.project(0)] = Membership(levels: ["erin": 30], readAt: Instant(milliseconds: 0))
    #expect(facts.evaluate().verdict == .waiting)
    facts.directory.memberships[.project(0)] = Membership(levels: ["erin": 50], readAt: Instant(milliseconds: 0))
    #expect(facts.evaluate().verdict == .allowed)
  }
}

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

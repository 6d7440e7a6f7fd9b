import Calendar
import ChangeControl
import Testing

extension Evaluation {
  var leftOut: [Finding.LeftOut] { root.children.flatMap(\.leftOut) }
}

@Suite struct EvaluationTests {
  static let groups: [String: Group] = ["managers": .listed(["alice", "bob", "carol"]), "security": .listed(["bob", "eve"])]

  static func evaluate(
    _ rules: [ApprovalRule], _ approvals: [(String, ApprovalStatus)], requester: String? = "dana", selfApproval: Bool = false,
    representedAs: [String: String] = [:]
  ) -> Evaluation {
    let approvals = approvals.enumerated().map { index, approval in
      Approval(
        user: approval.0, status: approval.1, comment: nil, representedAs: representedAs[approval.0],
        createdAt: Instant(milliseconds: Int64(index)), step: "Review")
    }
    let policy = Policy(name: "p", approvalRules: rules, preventSelfApproval: !selfApproval)
    return EvaluationFacts(
      policy: policy, directory: Directory(groups: groups), subject: Subject(requester: requester), steps: ApprovalSteps(current: "Review"),
      approvals: approvals, at: Instant(milliseconds: 1_000)
    ).evaluate()
  }

  static let two = [ApprovalRule(approver: .group("managers"), requiredApprovals: 2)]
  static let both = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .group("security"))]

  @Test func nobodyHasSpoken() {
    let evaluation = Self.evaluate(Self.two, [])
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.waitingFor == ["2 more approvals from group managers"])
  }

  @Test func oneOfTwo() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved)])
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.waitingFor == ["1 more approval from group managers"])
    #expect(evaluation.seats == ["alice": 0])
  }

  @Test func twoOfTwo() { #expect(Self.evaluate(Self.two, [("alice", .approved), ("BOB", .approved)]).verdict == .allowed) }

  @Test(arguments: [
    ("alice", "alice", true), ("Alice", "aLICE", true), ("alice", "alic", false), ("alice", "alicf", false), ("a@b", "a`b", false),
    ("", "", true), ("", "a", false), ("ÉVA", "éva", true), ("E\u{301}va", "éva", true), ("eva", "éva", false),
  ]) func usernamesAreComparedWithoutTheirCase(_ left: String, _ right: String, _ same: Bool) {
    #expect(sameUser(left, right) == same)
    #expect(sameUser(right, left) == same)
  }

  @Test func theSamePersonDoesNotFillTwoRules() {
    let evaluation = Self.evaluate(Self.both, [("bob", .approved)])
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.seats.count == 1)
  }

  @Test func peopleAreMatchedSoThatAllRulesAreMet() {
    let evaluation = Self.evaluate(Self.both, [("bob", .approved), ("alice", .approved)])
    #expect(evaluation.verdict == .allowed)
    #expect(evaluation.seats == ["alice": 0, "bob": 1])
  }

  @Test func whoStandsForOneGroupIsNotSeatedForAnother() {
    let evaluation = Self.evaluate(
      Self.both, [("bob", .approved), ("eve", .approved)], representedAs: ["bob": "security"])
    #expect(evaluation.verdict == .waiting)
  }

  @Test func theTriggerersOwnYesDoesNotCount() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved), ("bob", .approved)], requester: "Alice")
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.leftOut.map(\.code) == ["own_deployment"])
    #expect(
      Self.evaluate(Self.two, [("alice", .approved), ("bob", .approved)], requester: "alice", selfApproval: true).verdict == .allowed)
  }

  @Test func anUnknownTriggererKeepsItWaiting() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved), ("bob", .approved)], requester: nil)
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.waitingFor.count == 1)
  }

  @Test func whoIsNamedByNoRuleDoesNotCount() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved), ("mallory", .approved), ("mallory", .rejected)])
    #expect(evaluation.verdict == .waiting)
    #expect(evaluation.leftOut.map(\.user) == ["mallory"])
  }

  @Test func oneValidRejectionStops() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved), ("bob", .approved), ("carol", .rejected)])
    #expect(evaluation.verdict == .rejected)
    #expect(evaluation.waitingFor.isEmpty)
  }

  @Test func afterARejectionNothingWouldHelp() {
    let evaluation = Self.evaluate(Self.two, [("alice", .approved), ("carol", .rejected)])
    #expect(evaluation.root.children.contains { $0.outcome == .waiting })
    #expect(evaluation.root.children.allSatisfy { $0.wouldHelp == nil })
  }

  @Test func aDeadlockIsSaid() {
    let rules = [ApprovalRule(approver: .user("dana"))]
    let evaluation = Self.evaluate(rules, [])
    #expect(evaluation.waitingFor[0].contains("nobody is left who could"))
    #expect(evaluation.whoCould == [:])
  }
}

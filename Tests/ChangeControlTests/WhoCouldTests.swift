import Calendar
import ChangeControl
import Testing

/// Who could still give what is missing: a rule names a group, and whoever waits wants to know whom to ask.
@Suite struct WhoCouldTests {
  private func could(_ edit: (inout Situation) -> Void) -> [String: SomePeople] { Situation(edit).facts.evaluate().whoCould }

  @Test func whoeverCountsAlreadyOrMayNotIsNotAmongThem() {
    let couldAfterAlice = could { $0.say("alice") }
    #expect(couldAfterAlice == ["1 more approval from group managers": SomePeople(users: ["bob", "carol"])])
    let couldOfCarols = could { $0.facts.subject.requester = "Carol" }
    #expect(couldOfCarols == ["2 more approvals from group managers": SomePeople(users: ["alice", "bob"])])
    let couldOfAuthors = could {
      $0.facts.policy.preventAuthorApproval = true
      $0.facts.subject.contributions = Contributions(
        base: nil, identities: [.init(name: "bob", email: "bob@example.com")], mergeRequests: [], files: nil)
    }
    #expect(couldOfAuthors.values.map(\.users) == [["alice", "carol"]])
  }

  @Test func inALaterStepItTakesOthers() {
    let people = could {
      $0.rules = [ApprovalRule(approver: .group("managers"))]
      $0.say("alice", in: "First")
      $0.facts.steps = ApprovalSteps(passed: ["First"], current: "Second")
    }
    #expect(people == ["1 more approval from group managers": SomePeople(users: ["bob", "carol"])])
  }

  /// Their yes comes by itself: whoever waits is told when, and is not sent to ask them again.
  @Test func whoHasSaidYesFromALaterTimeOnIsNotAmongThem() {
    let evening = "2026-01-07T18:00:00.000Z"
    func help(_ edit: (inout Situation) -> Void) -> [String] {
      Situation {
        $0.say("bob", from: Situation.noon + .seconds(6 * 3_600))
        edit(&$0)
      }.facts.evaluate().waitingFor
    }
    #expect(help { _ in } == ["bob's approval to count from \(evening) on, and 1 more approval from group managers"])
    #expect(help { $0.say("alice") } == ["bob's approval to count from \(evening) on, or 1 more approval from group managers"])
    let nobodyElse = help {
      $0.facts.directory.groups["managers"] = .listed(["alice", "bob"])
      $0.say("alice")
    }
    #expect(nobodyElse == ["bob's approval to count from \(evening) on"])
    let inAnotherRule = help {
      $0.rules = [ApprovalRule(approver: .user("erin"))]
      $0.facts.policy.approvalRules.append(ApprovalRule(approver: .group("managers")))
    }
    #expect(
      inAnotherRule == [
        "1 more approval from user erin", "bob's approval to count from \(evening) on, or 1 more approval from group managers",
      ])
    let inALaterStage = help { $0.rules = [ApprovalRule(approver: .user("erin")), ApprovalRule(approver: .group("managers"), stage: 2)] }
    #expect(inALaterStage == ["1 more approval from user erin", "1 more approval from group managers"])
  }

  @Test func ofManyAFewAreNamedAndTheOthersCounted() {
    let all = (0..<18).map { "person-\($0)" }
    let people = could {
      $0.facts.directory.groups["managers"] = .listed(all)
      $0.facts.subject.requester = "person-17"
      $0.say("person-1")
    }
    let named = ["person-0", "person-2", "person-3", "person-4", "person-5"]
    #expect(people == ["1 more approval from group managers": SomePeople(users: named, others: 11)])
  }

  @Test func whoIsNamedByTheRuleIsNotNamedAgain() {
    #expect(could { $0.rules = [ApprovalRule(approver: .user("erin"))] } == [:])
  }

  @Test func whatGitLabHasNotToldNamesNobody() {
    #expect(could { $0.rules = [ApprovalRule(approver: .gitLabGroup(Situation.security))] } == [:])
  }

  @Test func anOverrideTakesSomebodyElse() {
    let people = could {
      $0.freeze()
      $0.facts.policy.freezeOverride = "board"
      $0.override("BOB")
      $0.say("alice", "carol")
    }
    #expect(people.map(\.value) == [SomePeople(users: ["erin"])])
    #expect(people.keys.first?.hasSuffix("or one more of group board to override it") == true)
  }

  @Test(arguments: [
    (SomePeople(["a", "b"]), "a, b"), (SomePeople(["a", "b", "c", "d", "e", "f"]), "a, b, c, d, e and 1 other"),
    (SomePeople(users: ["a"], others: 12), "a and 12 others"), (SomePeople(users: ["a"], others: 195), "a and many others"),
  ]) func isToldInWords(_ people: SomePeople, _ text: String) { #expect(people.text == text) }

  /// She holds a place that others could fill as well: who steps in for her opens the gate, and nobody is at a loss.
  @Test func whoeverSetsSomebodyFreeCouldHelp() {
    let evaluation = Situation {
      $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .user("alice"))]
      $0.say("alice")
    }.facts.evaluate()
    #expect(
      evaluation.waitingFor == [
        "1 more approval from user alice (or from group managers, which sets free who holds that place and may fill this one)"
      ])
    #expect(evaluation.whoCould.values.map(\.users) == [["bob", "carol"]])
    let inStages = Situation {
      $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .user("alice"), stage: 2)]
      $0.say("alice")
    }.facts.evaluate()
    #expect(inStages.waitingFor.count == 1 && inStages.waitingFor.allSatisfy { $0.contains("or from group managers") })
    // Over more than one place: alice sits for the pair, and bob, who may not sit for the managers, for the other pair.
    let inAChain = Situation {
      $0.facts.directory.groups = ["one": .listed(["alice", "bob"]), "two": .listed(["bob", "carol"])]
      $0.rules = [
        ApprovalRule(approver: .group("one")), ApprovalRule(approver: .group("two")), ApprovalRule(approver: .user("alice")),
      ]
      $0.say("alice", "bob")
    }.facts.evaluate()
    #expect(inAChain.whoCould.values.map(\.users) == [["carol"]])
  }

  /// Who is named is asked, and would be refused: their stage is not open.
  @Test func whoseStageIsNotOpenIsNotAmongThem() {
    let people = could {
      $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .group("board"), stage: 2)]
    }
    #expect(people == ["1 more approval from group managers": SomePeople(users: ["alice", "bob", "carol"])])
    let later = could {
      $0.rules = [ApprovalRule(approver: .group("managers")), ApprovalRule(approver: .group("board"), stage: 2)]
      $0.say("alice")
    }
    #expect(later == ["1 more approval from group board": SomePeople(users: ["bob", "erin"])])
  }

  @Test func whereNobodyCouldADeadlockIsSaid() {
    let evaluation = Situation {
      $0.facts.directory.groups = ["one": .listed(["alice"])]
      $0.rules = [ApprovalRule(approver: .group("one")), ApprovalRule(approver: .user("alice"))]
      $0.say("alice")
    }.facts.evaluate()
    #expect(evaluation.waitingFor == ["1 more approval from user alice (nobody is left who could: an administrator must widen the rule)"])
  }

  /// The author's name in the merge request is an old one: the list of members knows who that is.
  @Test func whoTookPartUnderAnotherNameIsNotAmongThem() {
    let source = MembershipSource.group(Situation.security)
    let people = could {
      $0.rules = [ApprovalRule(approver: .gitLabGroup(Situation.security))]
      $0.facts.directory.memberships[source] = Membership(
        levels: ["alice": 40, "bob": 40, "dora": 40], ids: ["alice": 21, "bob": 22, "dora": 12], readAt: Situation.noon)
      $0.facts.subject.requesterID = 12
      $0.facts.policy.preventAuthorApproval = true
      $0.facts.subject.contributions = Contributions(
        base: nil, identities: [], mergeRequests: [.init(iid: 1, author: "ali", authorID: 21, labels: [])], files: nil)
    }
    #expect(people.values.map(\.users) == [["bob"]])
  }
}

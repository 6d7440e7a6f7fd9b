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
}

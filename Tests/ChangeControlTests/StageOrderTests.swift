import Calendar
import ChangeControl
import TestSupport
import Testing

/// Stages in their order, and never a dead end where people could still fill every seat.
@Suite struct StageOrderTests {
  private static let people = ["alice", "bob", "carol", "dora"]

  private static func evaluate(_ rules: [ApprovalRule], _ groups: [String: Group], _ order: [String]) -> Evaluation {
    let approvals = order.enumerated().map { index, user in
      Approval(
        user: user, status: .approved, comment: nil, representedAs: nil, createdAt: Instant(milliseconds: Int64(index)), step: "Review")
    }
    return EvaluationFacts(
      policy: Policy(name: "p", approvalRules: rules), directory: Directory(groups: groups), subject: Subject(requester: "zoe"),
      steps: ApprovalSteps(current: "Review"), approvals: approvals, at: Instant(milliseconds: 1_000)
    ).evaluate()
  }

  @Test func whoSpeaksBeforeTheirStageDoesNotCountForIt() {
    let groups: [String: Group] = ["first": .listed(["alice"]), "second": .listed(["bob"])]
    let rules = [ApprovalRule(approver: .group("first")), ApprovalRule(approver: .group("second"), stage: 2)]
    let early = Self.evaluate(rules, groups, ["bob", "alice"])
    #expect(early.verdict == .waiting)
    #expect(early.seats == ["alice": 0])
    #expect(Self.evaluate(rules, groups, ["alice", "bob"]).verdict == .allowed)
  }

  @Test(arguments: [
    ("acme/security", [0]), ("GitLab group acme/security", [0]), ("security", [1]), ("40", [2]), ("Maintainers", [2]),
    ("access level 40 (Maintainers)", [2]), ("alice", [3]), ("managers", []),
  ]) func representsARuleByItsGroupLevelOrName(_ name: String, _ rules: [Int]) {
    let group = GitLabGroup(path: "acme/security")
    let policy = Policy(
      name: "p",
      approvalRules: [
        ApprovalRule(approver: .gitLabGroup(group)), ApprovalRule(approver: .group("security")),
        ApprovalRule(approver: .accessLevel(.maintainer)), ApprovalRule(approver: .user("alice")),
      ])
    var directory = Directory(groups: ["security": .gitLab(group)], project: 30)
    let everywhere = Membership(levels: ["alice": 50], readAt: Instant(milliseconds: 0))
    directory.memberships = [.group(group): everywhere, .project(30): everywhere]
    let facts = EvaluationFacts(
      policy: policy, directory: directory, subject: Subject(requester: "zoe"), steps: ApprovalSteps(current: "Review"), approvals: [],
      at: Instant(milliseconds: 1_000))
    #expect(facts.rules(for: "Alice", representedAs: name).known == rules)
  }

  /// If anybody can fill all seats at all, some order of the same approvals passes; if nobody can, none does.
  @Test func someOrderPassesWheneverThereArePeopleEnough() {
    var generator = SeededGenerator(seed: 4)
    for _ in 0..<150 {
      let rules = (0..<Int.random(in: 1...3, using: &generator)).map { index in
        ApprovalRule(
          approver: .group("g\(index)"), requiredApprovals: Int.random(in: 1...2, using: &generator),
          stage: Int.random(in: 1...3, using: &generator))
      }
      let members = rules.map { _ in Self.people.filter { _ in Bool.random(using: &generator) } }
      let groups = Dictionary(uniqueKeysWithValues: members.enumerated().map { ("g\($0)", Group.listed($1)) })
      let canFill = Self.fills(rules.map(\.requiredApprovals), members, Self.people[...])
      let passes = Self.orders(Self.people).contains { Self.evaluate(rules, groups, $0).verdict == .allowed }
      #expect(passes == canFill, "\(rules) \(members)")
    }
  }

  private static func fills(_ seats: [Int], _ members: [[String]], _ people: ArraySlice<String>) -> Bool {
    if seats.allSatisfy({ $0 == 0 }) { return true }
    guard let person = people.first else { return false }
    if fills(seats, members, people.dropFirst()) { return true }
    return seats.indices.contains { rule in
      guard seats[rule] > 0, members[rule].contains(person) else { return false }
      var left = seats
      left[rule] -= 1
      return fills(left, members, people.dropFirst())
    }
  }

  private static func orders(_ people: [String]) -> [[String]] {
    guard !people.isEmpty else { return [[]] }
    return people.flatMap { person in orders(people.filter { $0 != person }).map { [person] + $0 } }
  }
}

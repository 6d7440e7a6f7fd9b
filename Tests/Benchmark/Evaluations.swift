import Calendar
import ChangeControl

/// How fast a policy of ten rules and a hundred people is evaluated, by how many of them have spoken: each rule asks two of twenty people, and each
/// person is in two of the groups, so that the matching has something to do.
struct Evaluations {
  static let spoken = [0, 20, 100]
  static let seconds = 1.0

  /// Evaluations in a second of processor time, by how many have spoken.
  private(set) var rates: [Int: Double] = [:]

  init() {
    for count in Evaluations.spoken { rates[count] = Evaluations.rate(Evaluations.facts(spoken: count)) }
  }

  private static func rate(_ facts: EvaluationFacts) -> Double {
    let began = threadTime()
    var (count, seats) = (0, 0)
    repeat {
      // What comes of it is used, or none of it would be done.
      for _ in 0..<50 { seats += facts.evaluate().seats.count }
      count += 50
    } while threadTime() - began < seconds
    guard seats == count * min(facts.approvals.count, 20) else { return 0 }
    return Double(count) / (threadTime() - began)
  }

  private static func facts(spoken: Int) -> EvaluationFacts {
    let people = (0..<100).map { "person-\($0)" }
    var groups: [String: Group] = [:]
    for number in 0..<10 { groups["group-\(number)"] = .listed((0..<20).map { people[(number * 10 + $0) % 100] }) }
    let rules = (0..<10).map { ApprovalRule(approver: .group("group-\($0)"), requiredApprovals: 2) }
    let now = Instant(milliseconds: 1_767_787_200_000)
    // A person of every group in turn, as people speak in no order.
    let approvals = (0..<spoken).map { index in
      Approval(
        user: people[index * 37 % 100], status: .approved, comment: nil, representedAs: nil, createdAt: now, step: "Review")
    }
    return EvaluationFacts(
      policy: Policy(name: "large", approvalRules: rules), directory: Directory(groups: groups), subject: Subject(requester: "dana"),
      steps: ApprovalSteps(current: "Review"), approvals: approvals, at: now)
  }
}

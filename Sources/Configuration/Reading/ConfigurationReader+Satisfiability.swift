internal import ChangeControl

extension ConfigurationReader {
  /// Whether different people can fill every rule of the policy: one person who stands in two groups counts once.
  func check(_ policy: Policy, _ title: String, groups: DeclaredGroups, at position: Position) -> Bool {
    let seats = policy.approvalRules.map(\.requiredApprovals)
    let total = seats.reduce(0, +)
    guard total <= Limits.requiredApprovals else {
      report.problem("\(title) requires \(total) approvals in all; at most \(Limits.requiredApprovals)", at: position)
      return false
    }
    guard let people = people(policy, groups: groups, seats: total) else { return false }
    guard canBeMet(seats, by: people) else {
      report.problem(
        "\(title) can never be met: its rules require \(total) different people, and too few are in its groups; nobody counts twice",
        at: position)
      return false
    }
    if policy.preventSelfApproval,
      let person = people.keys.sorted().first(where: { person in
        canBeMet(seats, by: people.filter { $0.key != person }) == false
      })
    {
      report.warn(
        "\(title) can never be met for a deployment that \(shown(person)) triggers: nobody approves their own, and the others are too few",
        at: position)
    }
    return true
  }

  /// For each person the rules they may fill; nil where a group's members are not known.
  ///
  /// Of each rule as many people as there are seats in all: with so many, one is always free, so more change nothing.
  private func people(_ policy: Policy, groups: DeclaredGroups, seats: Int) -> [String: [Int]]? {
    var people: [String: [Int]] = [:]
    for (index, rule) in policy.approvalRules.enumerated() {
      let names: [String]
      switch rule.approver {
      case .user(let user): names = [user]
      case .group(let group):
        guard let members = groups.members[group] else { return nil }
        names = Array(members.prefix(seats + 1))
      }
      for name in names { people[name.lowercased(), default: []].append(index) }
    }
    return people
  }

  private func canBeMet(_ seats: [Int], by people: [String: [Int]]) -> Bool {
    SeatAssignment(seats: seats, eligible: people.sorted { $0.key < $1.key }.map(\.value)).fills(seats)
  }
}

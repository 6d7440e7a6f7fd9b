/// Who fills which rule: as many seats as can be filled at all, one seat for each person (a maximum bipartite matching, Kuhn's augmenting
/// paths). A person who fits two rules never counts twice, and never blocks: a seat taken first is given up when its holder fits elsewhere.
///
/// At most 100 rules of 100 seats in all (the configuration's limits): the work is candidates × rules × seats at worst.
package struct SeatAssignment: Sendable, Hashable {
  /// The rule each candidate fills, by the candidate's place; nil for one who is not needed.
  package private(set) var ruleOfCandidate: [Int?]

  /// - Parameters:
  ///   - seats: how many approvals each rule requires.
  ///   - eligible: for each candidate the rules they may fill, in order of preference.
  package init(seats: [Int], eligible: [[Int]]) {
    ruleOfCandidate = [Int?](repeating: nil, count: eligible.count)
    // As with most changes that wait.
    guard !eligible.isEmpty else { return }
    var holders = [[Int]](repeating: [], count: seats.count)
    var free = seats.reduce(0, +)
    for candidate in eligible.indices where free > 0 {
      var visited = Set<Int>()
      if place(candidate, seats: seats, eligible: eligible, holders: &holders, visited: &visited) { free -= 1 }
    }
  }

  /// Whether every seat is filled.
  package func fills(_ seats: [Int]) -> Bool { ruleOfCandidate.count { $0 != nil } == seats.reduce(0, +) }

  private mutating func place(_ candidate: Int, seats: [Int], eligible: [[Int]], holders: inout [[Int]], visited: inout Set<Int>) -> Bool {
    for rule in eligible[candidate] where visited.insert(rule).inserted {
      if holders[rule].count < seats[rule] {
        holders[rule].append(candidate)
        ruleOfCandidate[candidate] = rule
        return true
      }
      for seat in holders[rule].indices
      where place(holders[rule][seat], seats: seats, eligible: eligible, holders: &holders, visited: &visited) {
        holders[rule][seat] = candidate
        ruleOfCandidate[candidate] = rule
        return true
      }
    }
    return false
  }
}

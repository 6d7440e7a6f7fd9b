/// Who fills which rule: as many seats as can be filled at all, one seat for each person (a maximum bipartite matching, Kuhn's augmenting
/// paths). A person who fits two rules never counts twice, and never blocks: a seat taken first is given up when its holder fits elsewhere.
///
/// At most 100 rules of 100 seats (the configuration's limits): the work is candidates × rules × seats at worst.
package struct SeatAssignment: Sendable, Hashable {
  /// The rule each candidate fills, by the candidate's place; nil for one who is not needed.
  package private(set) var ruleOfCandidate: [Int?]

  /// - Parameters:
  ///   - seats: how many approvals each rule requires.
  ///   - eligible: for each candidate the rules they may fill, in order of preference.
  package init(seats: [Int], eligible: [[Int]]) {
    ruleOfCandidate = [Int?](repeating: nil, count: eligible.count)
    for candidate in eligible.indices {
      var visited = Set<Int>()
      _ = place(candidate, seats: seats, eligible: eligible, visited: &visited)
    }
  }

  /// Whether every seat is filled.
  package func fills(_ seats: [Int]) -> Bool {
    seats.indices.allSatisfy { rule in ruleOfCandidate.count { $0 == rule } >= seats[rule] }
  }

  private mutating func place(_ candidate: Int, seats: [Int], eligible: [[Int]], visited: inout Set<Int>) -> Bool {
    for rule in eligible[candidate] where visited.insert(rule).inserted {
      let holders = ruleOfCandidate.indices.filter { ruleOfCandidate[$0] == rule }
      if holders.count < seats[rule] {
        ruleOfCandidate[candidate] = rule
        return true
      }
      for holder in holders where place(holder, seats: seats, eligible: eligible, visited: &visited) {
        ruleOfCandidate[candidate] = rule
        return true
      }
    }
    return false
  }
}

import ChangeControl
import TestSupport
import Testing

@Suite struct SeatAssignmentTests {
  @Test func aPersonWhoFitsTwoRulesNeverBlocks() {
    // alice fits both, bob only the first: greedy in order would seat alice first and leave the second empty.
    let assignment = SeatAssignment(seats: [1, 1], eligible: [[0, 1], [0]])
    #expect(assignment.ruleOfCandidate == [1, 0])
  }

  @Test func onePersonNeverCountsTwice() {
    let assignment = SeatAssignment(seats: [1, 1], eligible: [[0, 1]])
    #expect(assignment.ruleOfCandidate.compactMap { $0 }.count == 1)
    #expect(!assignment.fills([1, 1]))
  }

  @Test func fillsAsManySeatsAsBruteForceCan() {
    var generator = SeededGenerator(seed: 11)
    for _ in 0..<400 {
      let seats = (0..<Int.random(in: 1...3, using: &generator)).map { _ in Int.random(in: 1...2, using: &generator) }
      let eligible = (0..<Int.random(in: 0...5, using: &generator)).map { _ in
        seats.indices.filter { _ in Bool.random(using: &generator) }
      }
      let assignment = SeatAssignment(seats: seats, eligible: eligible)
      for (candidate, rule) in assignment.ruleOfCandidate.enumerated() {
        if let rule { #expect(eligible[candidate].contains(rule)) }
      }
      for rule in seats.indices { #expect(assignment.ruleOfCandidate.count { $0 == rule } <= seats[rule]) }
      #expect(assignment.ruleOfCandidate.compactMap { $0 }.count == most(seats, eligible[...]))
    }
  }

  private func most(_ seats: [Int], _ eligible: ArraySlice<[Int]>) -> Int {
    guard let first = eligible.first else { return 0 }
    var best = most(seats, eligible.dropFirst())
    for rule in first where seats[rule] > 0 {
      var left = seats
      left[rule] -= 1
      best = max(best, 1 + most(left, eligible.dropFirst()))
    }
    return best
  }
}

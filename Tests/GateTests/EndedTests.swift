import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// A change that is over asks nobody for anything: what is shown of it says what ended it.
@Suite struct EndedTests {
  enum End: CaseIterable {
    case superseded, canceledByAPerson, canceledInGitLab, gone, ranWithoutUs

    var words: String {
      switch self {
      case .superseded: "CHG-2 was let through"
      case .canceledByAPerson: "olga"
      case .canceledInGitLab: "GitLab says the deployment is canceled"
      case .gone: "no such deployment"
      case .ranWithoutUs: "GitLab says the deployment is running"
      }
    }
  }

  private func bring(_ end: End, to bench: Bench) throws {
    switch end {
    case .superseded:
      bench.edit { $0.supersedesOlder = true }
      try bench.apply(Bench.facts(deployment: 816))
      for user in ["alice", "bob"] { try bench.decide(user, key: "CHG-2") }
    case .canceledByAPerson:
      let request = TransitionRequest(key: "CHG-1", name: "Cancel", comment: nil, expectedRevision: nil, requestID: "r")
      try bench.command { _ = try $0.transition(request, by: Actor(user: "olga", role: .operator), in: $1) }
    case .canceledInGitLab: try bench.apply(Bench.facts(.canceled, job: "canceled"))
    case .gone:
      try bench.command { gate, transaction in
        let id = try #require(try transaction.deployment(Bench.identity)?.id)
        try gate.lose(deployment: id, reason: "no such deployment", in: transaction)
      }
    case .ranWithoutUs: try bench.apply(Bench.facts(.running, pending: 0, job: "running"))
    }
  }

  @Test(arguments: End.allCases) func saysWhatEndedItAndAsksForNothing(_ end: End) throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("carol")
    try bring(end, to: bench)
    let view = try bench.change()
    #expect(view.change.gate != .awaiting)
    let evaluation = try #require(view.evaluation)
    #expect(evaluation.verdict == .waiting && evaluation.waitingFor.isEmpty && evaluation.whoCould.isEmpty)
    #expect(evaluation.root.outcome == .rejected)
    let first = try #require(evaluation.root.children.first)
    #expect(first.rule == "ended" && first.found.contains(end.words), "\(first.found)")
    #expect(first.found.contains(bench.now.iso8601) && first.found.hasPrefix(view.change.status), "\(first.found)")
    #expect(evaluation.root.children.allSatisfy { $0.outcome != .waiting && $0.wouldHelp == nil && $0.whoCould == nil })
    #expect(!view.waitingFor.contains { $0.contains("approval") }, "\(view.waitingFor)")
  }

  /// What a rule has ended shows that by itself.
  @Test func aNoAndADeadlineSpeakForThemselves() throws {
    let bench = try Bench()
    try bench.openChange()
    #expect(try bench.decide("alice", .rejected).evaluation?.verdict == .rejected)
    bench.edit { $0.expiresAfter = .seconds(60) }
    try bench.apply(Bench.facts(deployment: 816))
    try bench.wait(.seconds(61), looking: false)
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    let expired = try bench.change("CHG-2")
    #expect(expired.change.status == "Expired" && expired.evaluation?.verdict == .expired)
    // A configuration may have dropped the deadline since: it has ended all the same.
    bench.edit { $0.expiresAfter = nil }
    let later = try bench.change("CHG-2")
    #expect(later.evaluation?.root.children.first?.rule == "ended" && later.waitingFor.isEmpty)
    #expect(later.evaluation?.root.children.contains { $0.wouldHelp != nil } == false)
  }

  /// The policy may ask for more by now than it did when it was let through.
  @Test func whatWasDeployedLongAgoAsksForNobody() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    try bench.settle(try #require(try bench.claims().first), .done(Bench.facts(pending: 0, approvals: [ours()])))
    let play = try #require(try bench.claims().first)
    try bench.settle(play, .done(Bench.facts(.running, pending: 0, job: "running", approvals: [ours()])))
    try bench.apply(Bench.facts(.success, pending: 0, job: "success", approvals: [ours()]))
    #expect(try bench.change().evaluation?.verdict == .allowed)
    bench.edit { $0.approvalRules[0].requiredApprovals = 3 }
    let view = try bench.change()
    #expect(view.evaluation?.root.children.first?.rule == "ended" && view.evaluation?.root.outcome == .satisfied)
    #expect(view.evaluation?.root.children.first?.found.contains("GitLab says the deployment is success") == true)
    #expect(view.evaluation?.root.children.contains { $0.wouldHelp != nil } == false)
  }
}

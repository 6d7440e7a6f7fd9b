import Calendar
import ChangeControl
import Gate
import Storage
import Testing

@Suite struct SimulateTests {
  private func simulate(_ bench: Bench, _ users: [String], at: Instant? = nil, type: ChangeType? = nil) throws -> Simulation {
    var supposition = Supposition()
    supposition.decisions = users.map { ($0, .approved) }
    supposition.at = at
    supposition.type = type
    return try bench.connection.reading(at: bench.now) { try bench.gate.simulate(key: "CHG-1", supposition, in: $0) }
  }

  @Test func theGateWouldOpenWithTheSecondPerson() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    try bench.decide("alice")
    #expect(try simulate(bench, []).outlook.change.gate == .awaiting)
    let simulation = try simulate(bench, ["bob"])
    #expect(simulation.outlook.change.gate == .allowed && simulation.outlook.change.status == "Approved")
    #expect(simulation.outlook.evaluation.seats == ["alice": 0, "bob": 0])
    #expect(simulation.policyDigest.count == 64)
  }

  @Test func whoWouldBeRefusedIsNamedAndDoesNotCount() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    let simulation = try simulate(bench, ["dana", "mallory", "alice", "bob", "carol"])
    #expect(simulation.refusals.map(\.user) == ["dana", "mallory", "carol"])
    #expect(simulation.refusals.map(\.refusal.code) == ["own_deployment", "not_eligible", "not_waiting"])
    #expect(simulation.outlook.change.gate == .allowed)
  }

  @Test func aLaterStageIsRefusedUntilTheOneBeforeIsMet() throws {
    let bench = try Bench()
    bench.plan.groups["board"] = .listed(["eve"])
    bench.edit { $0.approvalRules.append(ApprovalRule(approver: .group("board"), stage: 2)) }
    try bench.openChange()
    #expect(try simulate(bench, ["eve"]).refusals.map(\.refusal.code) == ["stage_not_open"])
    #expect(try simulate(bench, ["alice", "eve"]).outlook.change.gate == .allowed)
  }

  @Test func aFreezeHoldsAtItsTimeAndNotBeforeIt() throws {
    let bench = try Bench()
    try bench.openChange()
    let (start, end) = (bench.now + .seconds(3_600), bench.now + .seconds(7_200))
    let period = try #require(Period(start: start, end: end))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    #expect(try simulate(bench, ["alice"]).outlook.change.gate == .allowed)
    let frozen = try simulate(bench, ["alice"], at: start)
    #expect(frozen.outlook.change.gate == .awaiting && frozen.outlook.evaluation.changesAt == end)
    #expect(try simulate(bench, ["alice"], at: end).outlook.change.gate == .allowed)
  }

  /// Nobody has to be there: what has been said goes when its time has come, and not only if it is looked at then.
  @Test func whatGoesByItselfBeforeIsGoneByThen() throws {
    let bench = try Bench()
    try bench.openChange()
    let (start, end) = (bench.now + .seconds(600), bench.now + .seconds(1_200))
    let olga = Actor(user: "olga", role: .operator)
    try bench.command {
      _ = try $0.edit([.plannedStart(start), .plannedEnd(end)], key: "CHG-1", expectedRevision: nil, by: olga, requestID: "r", in: $1)
    }
    #expect(try simulate(bench, ["alice"], at: end).outlook.change.gate == .awaiting)
    try bench.decide("alice")
    #expect(try simulate(bench, []).outlook.change.gate == .awaiting)
    let later = try simulate(bench, ["bob"], at: end + .seconds(60))
    #expect(later.outlook.change.gate == .allowed && later.at == start)
    #expect(later.refusals.map(\.refusal.code) == ["not_waiting"])
  }

  @Test func inALaterReviewTheSamePersonIsRefused() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    try bench.openChange()
    let simulation = try simulate(bench, ["alice", "bob"])
    #expect(simulation.outlook.change.status == "Planning" && simulation.outlook.change.gate == .awaiting)
    #expect(simulation.refusals.map(\.refusal.code) == ["no_open_step"])
  }

  @Test func anotherTypeIsSupposedToo() throws {
    let bench = try Bench()
    bench.edit {
      var rule = AutomaticRule()
      rule.changeTypes = [.standard]
      $0.autoApprove = [rule]
      $0.expiresAfter = .seconds(60)
    }
    try bench.openChange()
    // Opened as standard it would have gone by itself.
    #expect(try simulate(bench, [], type: .standard).outlook.change.gate == .allowed)
    #expect(try simulate(bench, [], at: bench.now + .seconds(60)).outlook.change.gate == .prevented)
  }

  /// The lists of GitLab's groups are those that are known now, in the future too.
  @Test func membersOfAGroupOfGitLabAreSupposedToStay() throws {
    let bench = try Bench()
    bench.edit { $0.approvalRules = [ApprovalRule(approver: .gitLabGroup(GitLabGroup(path: "Acme/security")))] }
    try bench.openChange()
    try bench.tell(.members([PeopleTests.alice]))
    bench.wait(.seconds(60))
    for at in [nil, bench.now + .seconds(30 * 86_400)] {
      let simulation = try simulate(bench, ["bob", "alice"], at: at)
      #expect(simulation.refusals.map(\.user) == ["bob"])
      #expect(simulation.outlook.change.gate == .allowed, "\(simulation.outlook.evaluation.waitingFor)")
    }
  }

  @Test func nothingIsWritten() throws {
    let bench = try Bench(required: 2)
    try bench.openChange()
    let changes = { try bench.connection.query("SELECT total_changes()") { $0.requiredInteger(0) } }
    let (before, change) = (try changes(), try bench.change())
    _ = try simulate(bench, ["alice", "bob", "dana"])
    #expect(try changes() == before)
    #expect(try bench.change().change == change.change)
  }

  @Test func whatIsDecidedIsNotSupposedAnew() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect { try simulate(bench, ["bob"]) } throws: { ($0 as? Refusal)?.code == "not_waiting" }
  }

  @Test func anEmergencyThatIsOverriddenStillWaitsForItsStart() throws {
    let bench = try Bench()
    bench.plan.services[0].workflow = "itsm"
    bench.edit { $0.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(3_600)) }
    try bench.openChange()
    let carol = Actor(user: "carol", role: .operator)
    try bench.command { gate, transaction in
      _ = try gate.edit([.type(.emergency)], key: "CHG-1", expectedRevision: nil, by: carol, requestID: "r", in: transaction)
      let request = TransitionRequest(key: "CHG-1", name: "Emergency override", comment: "down", expectedRevision: nil, requestID: "r")
      _ = try gate.transition(request, by: carol, in: transaction)
    }
    let change = try simulate(bench, []).outlook.change
    #expect(change.gate == .awaiting && change.status == "Awaiting implementation")
    // It was decided: the time for a decision says nothing of it.
    bench.edit { $0.expiresAfter = .seconds(60) }
    for _ in 0..<2 {
      let view = try bench.change()
      #expect(view.change.expiresAt == nil && view.evaluation?.root.children.contains { $0.rule == "expires_after" } == false)
      #expect(view.waitingFor.contains { $0.hasPrefix("a review by somebody else than carol") })
      bench.wait(.seconds(61))
    }
  }

  /// The digest is of all that a decision depends on.
  @Test func whoMayOverrideOrBeLetThroughIsPartOfThePolicy() throws {
    let bench = try Bench()
    bench.plan.groups["on-call"] = .listed(["otto"])
    var rule = AutomaticRule()
    rule.requesterGroup = "bots"
    bench.plan.groups["bots"] = .listed(["renovate"])
    bench.edit {
      $0.freezeOverride = "on-call"
      $0.autoApprove = [rule]
      $0.preventAuthorApproval = true
    }
    try bench.openChange()
    var digests: Set<String> = [try simulate(bench, []).policyDigest]
    bench.plan.groups["on-call"] = .listed(["otto", "olga"])
    digests.insert(try simulate(bench, []).policyDigest)
    bench.plan.groups["bots"] = .listed(["renovate", "dependabot"])
    digests.insert(try simulate(bench, []).policyDigest)
    bench.plan.emails["alice"] = ["alice@home.example"]
    digests.insert(try simulate(bench, []).policyDigest)
    #expect(digests.count == 4)
  }
}

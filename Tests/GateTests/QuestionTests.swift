import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Questions to GitLab over time: how old an answer is, and when one that failed is asked again.
@Suite struct QuestionTests {
  // MARK: How old an answer is

  /// Begun 30 seconds ago, to the millisecond; then one more.
  @Test(arguments: [(Duration.milliseconds(21_000), GateState.allowed), (.milliseconds(21_001), .awaiting)])
  func aListIsAsOldAsItsFirstPage(_ wait: Duration, _ gate: GateState) throws {
    let bench = try Bench.people()
    try bench.openChange()
    let claim = try #require(try bench.claims().first)
    bench.wait(.seconds(9))
    try bench.settle(claim, .told(.members([PeopleTests.alice])))
    bench.wait(wait)
    #expect(try bench.decide("alice").change.gate == gate)
    guard gate == .awaiting else { return }
    #expect(try bench.change().waitingFor == ["GitLab to tell the members of Acme/security once more"])
    try bench.tell(.members([PeopleTests.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  /// A thousand members on a slow GitLab: counted from its first page such a list would be too old whenever it has been read.
  @Test func aListThatTakesLongerThanItMayBeOldTurnsAGateAllTheSame() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.decide("alice")
    let claim = try #require(try bench.claims().first)
    bench.wait(.seconds(45))
    try bench.settle(claim, .told(.members([PeopleTests.alice])))
    #expect(try bench.change().change.gate == .allowed)
  }

  /// A review that leads to planning is passed by who is a member now, and says so while GitLab is asked.
  @Test func aReviewIsPassedByAFreshListToo() throws {
    let bench = try Bench.people()
    bench.plan.services[0].workflow = "itsm"
    bench.edit { $0.requiredFields = [.rollbackPlan] }
    try bench.openChange()
    try bench.tell(.members([PeopleTests.alice, PeopleTests.bob]))
    bench.wait(.seconds(31))
    let view = try bench.decide("alice")
    #expect(view.change.stepsPassed == [])
    #expect(view.waitingFor.contains("GitLab to tell the members of Acme/security once more"))
    try bench.tell(.members([PeopleTests.bob]))
    #expect(try bench.change().change.stepsPassed == [])
    #expect(try bench.asked().isEmpty)
    #expect(try bench.decide("bob").change.status == "Planning")
  }

  /// Where the step opens the gate, what else the gate waits for comes first: GitLab is not asked over and over meanwhile.
  @Test func aListIsNotReadAgainForAGateThatWaitsForMoreThanPeople() throws {
    let bench = try Bench.people()
    bench.edit { $0.requiredFields = [.rollbackPlan] }
    try bench.openChange()
    try bench.tell(.members([PeopleTests.alice]))
    bench.wait(.seconds(31))
    #expect(try bench.decide("alice").waitingFor == ["an operator to fill in rollback_plan"])
    #expect(try bench.asked().isEmpty)
  }

  /// Who somebody is was asked before they spoke, and answered after: they may have been somebody else by then.
  @Test func whoSomebodyIsIsAsOldAsTheQuestion() throws {
    let bench = try Bench.people()
    bench.edit {
      $0.approvalRules = [ApprovalRule(approver: .group("managers"), requiredApprovals: 2)]
      $0.preventAuthorApproval = true
    }
    try bench.openChange()
    try bench.tell(.contributions(Contributions(base: "old", identities: [], mergeRequests: [], files: [])))
    try bench.decide("alice")
    let claim = try #require(try bench.claims().first)
    bench.wait(.milliseconds(1))
    try bench.command {
      _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: Actor(user: "alice", role: .approver), requestID: "r", in: $1)
    }
    try bench.decide("alice")
    try bench.settle(claim, .told(.person(KnownPerson(username: "alice", id: 21, name: nil, emails: []))))
    #expect(try bench.change().waitingFor.contains("GitLab to tell who alice is"))
    #expect(try bench.asked() == [.person("alice")])
  }

  /// GitLab is asked when the freeze has ended, and not over and over for a whole weekend.
  @Test func aListIsNotReadAgainForAGateThatIsFrozen() throws {
    let bench = try Bench.people()
    let period = try #require(Period(start: bench.now, end: bench.now + .seconds(3_600)))
    bench.edit { $0.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    try bench.openChange()
    try bench.tell(.members([PeopleTests.alice]))
    try bench.decide("alice")
    bench.wait(.seconds(60))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.change().waitingFor == ["freeze window release to end at \(period.end.iso8601)"])
    #expect(try bench.asked().isEmpty)
    bench.now = period.end
    try bench.command { _ = try $0.lookAgain(in: $1) }
    #expect(try bench.change().change.gate == .awaiting)
    try bench.tell(.members([PeopleTests.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  /// While GitLab is away a list grows too old to be shown; when it is back the same list is news to who has read meanwhile.
  @Test func aListThatWasTooOldToBeShownIsNewsWhateverItSays() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([PeopleTests.alice]))
    bench.wait(.seconds(301))
    try bench.command { _ = try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) }
    let revision = try bench.change().change.revision
    try bench.tell(.members([PeopleTests.alice]))
    #expect(try bench.change().change.revision == revision + 1)
  }

  // MARK: Questions that were put off

  /// A change that waits for a question which has failed so often that it is put off for minutes.
  private func benchThatWasPutOff() throws -> (Bench, dueAt: Instant) {
    let bench = try Bench.people([ApprovalRule(approver: .group("security"), requiredApprovals: 3)])
    try bench.openChange()
    var dueAt = bench.now
    for _ in 1...10 {
      bench.now = dueAt
      let claim = try #require(try bench.claims().first)
      dueAt = try #require(try bench.settle(claim, .retry(reason: "502", after: nil)).dueAt)
    }
    #expect(dueAt == bench.now + .seconds(150))
    return (bench, dueAt)
  }

  private func nextDue(_ bench: Bench) throws -> Instant? {
    try bench.connection.reading(at: bench.now) { try $0.nextDue(instance: "main") }
  }

  @Test func whatSomebodySaysBringsItForwardAndNoMoreThanTenSecondsApart() throws {
    let (bench, _) = try benchThatWasPutOff()
    let soon = bench.now + .seconds(10)
    try bench.decide("alice")
    #expect(try nextDue(bench) == soon)
    bench.wait(.seconds(6))
    try bench.decide("bob")
    #expect(try nextDue(bench) == soon)
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(4))
    let claim = try #require(try bench.claims().first)
    #expect(claim.callback.attempts == 11)
    // It has failed again: whoever speaks now, it rests for a while.
    try bench.settle(claim, .retry(reason: "502", after: nil))
    try bench.decide("bob", .rejected, comment: "no")
    #expect(try nextDue(bench) == bench.now + .seconds(10))
  }

  @Test func aNewChangeBringsItForwardAndAnotherLookDoesNot() throws {
    let (bench, dueAt) = try benchThatWasPutOff()
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, in: $1) }
    #expect(try bench.command { try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) } == 1)
    #expect(try nextDue(bench) == dueAt)
    try bench.apply(Bench.facts(deployment: 816))
    #expect(try nextDue(bench) == bench.now + .seconds(10))
  }

  @Test func aConfigurationThatWasReadBringsItForward() throws {
    let (bench, _) = try benchThatWasPutOff()
    try bench.decide("alice")
    bench.wait(.seconds(10))
    try bench.settle(try #require(try bench.claims().first), .refused(reason: "401"))
    try bench.command { _ = try $0.reconsiderWaiting(before: nil, isAnew: true, in: $1) }
    #expect(try nextDue(bench) == bench.now + .seconds(10))
  }

  @Test func aGitLabThatWantsQuietHasIt() throws {
    let (bench, dueAt) = try benchThatWasPutOff()
    bench.now = dueAt
    try bench.settle(try #require(try bench.claims().first), .retry(reason: "429", after: .seconds(600)))
    try bench.decide("alice")
    bench.wait(.seconds(599))
    #expect(try bench.claims().isEmpty)
    bench.wait(.seconds(1))
    #expect(try bench.claims().count == 1)
  }
}

import Calendar
import ChangeControl
import Gate
import Storage
import Testing

/// Approvals that stand on what only GitLab knows: asked once, never guessed, read again before a gate turns.
@Suite struct PeopleTests {
  static let security = MembershipSource.group(GitLabGroup(path: "Acme/security"))
  static let alice = Member(id: 21, username: "Alice", level: 30)
  static let bob = Member(id: 22, username: "bob", level: 40)

  @Test func aHundredChangesAskOnce() throws {
    let bench = try Bench.people()
    for deployment in 815..<915 { try bench.apply(Bench.facts(deployment: Int64(deployment))) }
    #expect(try bench.asked() == [.members(Self.security)])
    #expect(try bench.count("outbox") == 1)
  }

  @Test func aPolicyWhosePeopleAreListedAsksNothing() throws {
    let bench = try Bench()
    try bench.openChange()
    try bench.decide("alice")
    #expect(try bench.change().change.gate == .allowed)
    #expect(try bench.connection.query("SELECT 1 FROM outbox WHERE step = 'ask'") { _ in true }.isEmpty)
  }

  @Test func aMemberTurnsTheGate() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func beforeGitLabHasToldAYesIsRecordedAndWaits() throws {
    let bench = try Bench.people()
    try bench.openChange()
    let view = try bench.decide("alice")
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor.contains("GitLab to tell the members of Acme/security"))
    try bench.tell(.members([Self.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whatWasReadAWhileAgoTurnsNoGate() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    bench.wait(.seconds(31))
    let view = try bench.decide("alice")
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor == ["GitLab to tell the members of Acme/security once more"])
    try bench.tell(.members([Self.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whoHasLeftMeanwhileDoesNotCount() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    bench.wait(.seconds(31))
    let revision = try bench.decide("alice").change.revision
    try bench.tell(.members([Self.bob]))
    let view = try bench.change()
    #expect(view.change.gate == .awaiting)
    #expect(view.change.revision > revision)
    #expect(view.waitingFor == ["1 more approval from group security"])
    #expect(view.evaluation?.root.children.flatMap(\.leftOut).map(\.code) == ["not_eligible"])
    #expect(try bench.decide("bob").change.gate == .allowed)
  }

  @Test func aNoIsFinalAndTakesAListThatIsFreshToo() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.alice, Self.bob]))
    bench.wait(.seconds(31))
    #expect(try bench.decide("alice", .rejected).change.gate == .awaiting)
    try bench.tell(.members([Self.bob]))
    #expect(try bench.change().change.gate == .awaiting)
    bench.wait(.seconds(31))
    // Whoever has left says nothing any more; whoever has not is heard.
    let view = try bench.decide("bob", .rejected)
    #expect(view.change.gate == .awaiting)
    #expect(view.waitingFor.contains("GitLab to tell the members of Acme/security once more"))
    try bench.tell(.members([Self.bob]))
    #expect(try bench.change().change.gate == .prevented)
  }

  @Test func theSameYesAgainIsNoNewOneWhileGitLabIsAsked() throws {
    let bench = try Bench.people()
    try bench.openChange()
    let revision = try bench.decide("alice").change.revision
    #expect(try bench.decide("alice").change.revision == revision)
    #expect(try bench.count("approval") == 1)
  }

  @Test func aStrangerIsRefusedWithTheAgeOfWhatIsKnown() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.bob]))
    let readAt = bench.now.iso8601
    bench.wait(.seconds(40))
    let refusal = try #require(bench.refusal { try bench.decide("alice") })
    #expect(refusal.code == "not_eligible")
    #expect(refusal.message.contains("GitLab was asked for its members at \(readAt)"))
    // What is too old to tell somebody no by is not known: she may have been added since.
    bench.wait(.seconds(300))
    #expect(try bench.decide("alice").change.gate == .awaiting)
    try bench.tell(.members([Self.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func whatGitLabRefusesIsShownAndTriedAgain() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.decide("alice")
    let claim = try #require(try bench.claims().first)
    let revision = try bench.change().change.revision
    let settlement = try bench.settle(claim, .refused(reason: "GitLab main forbids it (403); make the account a member"))
    #expect(settlement.state == .retrying)
    let view = try bench.change()
    #expect(
      view.waitingFor.contains("GitLab to tell the members of Acme/security: GitLab main forbids it (403); make the account a member"))
    #expect(view.change.revision == revision + 1)
    #expect(try bench.asked().isEmpty)
    bench.now = try #require(settlement.dueAt)
    try bench.tell(.members([Self.alice]))
    #expect(try bench.change().change.gate == .allowed)
  }

  @Test func aQuestionThatNobodyWaitsForIsLetGo() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.apply(Bench.facts(.canceled, pending: 0, job: "canceled"))
    let claim = try #require(try bench.claims().first)
    try bench.settle(claim, .retry(reason: "502", after: nil))
    #expect(try bench.count("outbox") == 0)
  }

  @Test func listsThatWaitingChangesStandOnAreReadAgainBeforeTheyAreTooOld() throws {
    let bench = try Bench.people()
    #expect(try bench.command { try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) } == 0)
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    #expect(try bench.command { try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) } == 0)
    bench.wait(.seconds(150))
    #expect(try bench.command { try $0.refreshMemberships(instance: "main", requestID: "r", in: $1) } == 1)
    #expect(try bench.asked() == [.members(Self.security)])
    let revision = try bench.change().change.revision
    try bench.tell(.members([Self.alice]))
    // The same again is no news.
    #expect(try bench.change().change.revision == revision)
  }

  @Test func whoHasLeftSinceTheDecisionHoldsTheCallback() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    #expect(try bench.decide("alice").change.gate == .allowed)
    bench.wait(.seconds(301))
    // Read too long ago: GitLab is asked first.
    #expect(try bench.claims().map(\.callback.step) == [])
    #expect(try bench.change().callbacks.first?.lastError?.hasPrefix("held") == true)
    try bench.tell(.members([Self.bob]))
    bench.wait(.seconds(30))
    #expect(try bench.claims().map(\.callback.step) == [])
    bench.wait(.seconds(301))
    #expect(try bench.claims().map(\.callback.step) == [])
    try bench.tell(.members([Self.alice, Self.bob]))
    bench.wait(.seconds(30))
    #expect(try bench.claims().map(\.callback.step) == [.approve])
  }

  @Test(arguments: [(AccessLevel.developer, 30, true), (.maintainer, 30, false), (.maintainer, 50, true)])
  func levelsOfTheProject(_ level: AccessLevel, _ has: Int, _ counts: Bool) throws {
    let bench = try Bench.people([ApprovalRule(approver: .accessLevel(level))])
    try bench.openChange()
    #expect(try bench.asked() == [.members(.project(30))])
    try bench.tell(.members([Member(id: 21, username: "alice", level: has)]))
    if counts {
      #expect(try bench.decide("alice").change.gate == .allowed)
    } else {
      #expect(bench.refusal { try bench.decide("alice") }?.code == "not_eligible")
    }
  }

  @Test func theTriggererUnderAnotherNameIsTheTriggerer() throws {
    let bench = try Bench.people()
    try bench.openChange()
    try bench.tell(.members([Member(id: 12, username: "dana-again", level: 30), Self.alice]))
    #expect(bench.refusal { try bench.decide("dana-again") }?.code == "own_deployment")
    #expect(try bench.decide("alice").change.gate == .allowed)
  }

  @Test func distinctPeopleOverOverlappingRules() throws {
    let bench = try Bench.people([ApprovalRule(approver: .group("security")), ApprovalRule(approver: .group("managers"))])
    try bench.openChange()
    try bench.tell(.members([Self.alice]))
    #expect(try bench.decide("alice").change.gate == .awaiting)
    #expect(try bench.change().waitingFor == ["1 more approval from group managers"])
    #expect(try bench.decide("bob").change.gate == .allowed)
  }
}

extension Bench {
  /// A gate whose policy stands on members of a group of GitLab's.
  static func people(_ rules: [ApprovalRule] = [ApprovalRule(approver: .group("security"))]) throws -> Bench {
    let bench = try Bench()
    bench.plan.groups["security"] = .gitLab(GitLabGroup(path: "Acme/security"))
    bench.plan.policies["people"] = Policy(name: "people", approvalRules: rules)
    return bench
  }

  /// What GitLab is asked now.
  func asked() throws -> [Question] {
    try claims().compactMap { claim in
      defer { _ = try? connection.execute("UPDATE outbox SET leased_until = NULL WHERE id = ?", claim.callback.id) }
      return if case .ask(let question) = claim.instruction { question } else { nil }
    }
  }

  /// GitLab answers the one question that is open.
  func tell(_ disclosure: Disclosure) throws {
    guard let claim = try claims().first(where: { $0.callback.step == .ask }) else { throw Broken(what: "nothing is asked") }
    try settle(claim, .told(disclosure))
  }

  func refusal(_ body: () throws -> Void) -> Refusal? {
    do {
      try body()
      return nil
    } catch {
      return error as? Refusal
    }
  }
}

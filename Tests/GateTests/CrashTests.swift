import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

/// The story of one deployment with the process dying at point 1, 2, 3 … of its way through the database. After each crash the file is opened anew, as a
/// restart does, and the story goes on with what the file says.
@Suite struct CrashTests {
  @Test(arguments: [ApprovalStatus.approved, .rejected], [false, true])
  func everyCrashEndsTheSame(decision: ApprovalStatus, asksGitLab: Bool) throws {
    let story = CrashMatrixTests.Story.decided(decision, asksGitLab: asksGitLab)
    try MortalDatabase.troubleEverywhere(story.testDescription, Trouble.death, fewest: 100) { point in
      try DecidedLife(decision: decision, asksGitLab: asksGitLab, .death, at: point).lived()
    }
  }
}

/// The GitLab of one deployment, as far as this story needs it: what has really happened there.
private struct Model {
  var approvals = 0
  var plays = 0
  var rejections = 0

  var facts: DeploymentFacts {
    if rejections > 0 { return Bench.facts(.failed, pending: 1, job: "failed", approvals: [ours(.rejected)]) }
    if plays > 0 { return Bench.facts(.success, pending: 0, job: "success", approvals: [ours()]) }
    if approvals > 0 { return Bench.facts(pending: 0, approvals: [ours()]) }
    return Bench.facts()
  }

  /// What a conversation does: read, act if the effect is not there, read back.
  mutating func carryOut(_ instruction: Instruction) -> CallbackOutcome {
    switch instruction {
    case .inspect, .locate: break
    case .ask(let question): return .told(answer(to: question))
    // That one goes out twice is seen by `Deeds`: GitLab is looked at first.
    case .approve(let effect): if approvals == 0, effect.mayAct { approvals += 1 }
    case .play(let effect): if plays == 0, effect.mayAct { plays += 1 }
    case .reject(let effect): if rejections == 0, effect.mayAct { rejections += 1 }
    case .cancel: preconditionFailure("no life here ends without a decision")
    }
    return .done(facts)
  }

  private func answer(to question: Question) -> Disclosure {
    switch question {
    case .members: .members([Member(id: 21, username: "alice", level: 30)])
    case .person(let name): .person(KnownPerson(username: name, id: 21, name: "Alice", emails: []))
    case .contributions:
      .contributions(
        Contributions(base: "old", identities: [.init(name: "Dana", email: "dana@acme.com")], mergeRequests: [], files: nil))
    }
  }
}

final class DecidedLife {
  private let bench: Bench
  private let decision: ApprovalStatus
  private let database: MortalDatabase
  private var model = Model()
  private var hookIsAcknowledged = false
  private var decisionIsAcknowledged = false

  /// - Parameter asksGitLab: whether the policy stands on what only GitLab knows.
  init(decision: ApprovalStatus, asksGitLab: Bool, _ trouble: Trouble, at point: Int) throws {
    self.decision = decision
    bench = try Bench()
    if asksGitLab {
      bench.plan.groups["managers"] = .gitLab(GitLabGroup(path: "acme/managers"))
      bench.plan.policies["people"]?.preventAuthorApproval = true
    }
    database = try MortalDatabase(path: bench.folder.file("life.db"), trouble, at: point)
  }

  /// Whether the trouble came, and how many points there were for it.
  func lived() throws -> (wasHit: Bool, count: Int) {
    let wasHit = try database.live(bench, steps: 200, until: isOver, step: step)
    let count = database.count
    try check()
    return (wasHit, count)
  }

  private func step() throws {
    let connection = database.connection
    bench.wait(.milliseconds(1))
    let gate = bench.gate
    if !hookIsAcknowledged {
      let event = WebhookEvent.deployment(
        DeploymentEvent(
          identity: Bench.identity, kind: .blocked, environment: "production", tier: "production",
          project: Project(id: 30, path: "acme/payments/checkout", webURL: nil), jobID: 1, approver: nil, approvalID: nil))
      let delivery = Delivery(instance: "main", idempotencyKey: "k", eventName: "Deployment Hook", event: event, body: [], requestID: "r")
      try database.take { _ = try connection.transaction(at: bench.now) { try gate.receive(delivery, in: $0) } }
      hookIsAcknowledged = true
    } else if try !decisionIsAcknowledged && isAwaiting(connection) {
      let request = DecisionRequest(
        key: "CHG-1", status: decision, comment: "because", representedAs: nil, expectedRevision: nil, requestID: "r")
      try database.take {
        _ = try connection.transaction(at: bench.now) { try gate.decide(request, by: Actor(user: "alice", role: .approver), in: $0) }
      }
      decisionIsAcknowledged = true
    } else {
      try database.deliver(bench) { model.carryOut($0) }
    }
  }

  private func isAwaiting(_ connection: Connection) throws -> Bool {
    try connection.reading(at: bench.now) { try $0.change(id: 1)?.change.gate == .awaiting }
  }

  private func isOver(_ connection: Connection) throws -> Bool {
    try connection.reading(at: bench.now) { reading in
      let callbacks = try reading.callbacks(change: 1)
      return !callbacks.isEmpty && callbacks.allSatisfy { $0.state == .delivered }
    }
  }

  private func check() throws {
    try database.checkFile(at: bench.now)
    let (view, deliveries) = try database.connection.reading(at: bench.now) {
      (try bench.gate.view(key: "CHG-1", in: $0), try $0.deliveryCount())
    }
    #expect(view.change.gate == (decision == .approved ? .allowed : .prevented), "\(database.label)")
    #expect(view.callbacks.allSatisfy { $0.state == .delivered }, "\(database.label)")
    #expect([model.approvals, model.plays, model.rejections] == (decision == .approved ? [1, 1, 0] : [0, 0, 1]), "\(database.label)")
    #expect(view.approvals.count == 1, "\(database.label)")
    #expect(deliveries == 1, "\(database.label)")
    #expect(!view.change.outOfBand, "\(database.label)")
  }
}

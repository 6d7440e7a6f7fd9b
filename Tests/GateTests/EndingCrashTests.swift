import Calendar
import ChangeControl
import Gate
import Storage
import TestSupport
import Testing

/// Lives that end by time, or past the rules, with the process dying at point 1, 2, 3 … of its way through the database. After each crash the file
/// is opened anew, and the life goes on with what the file says.
@Suite struct EndingCrashTests {
  enum Kind: String, Sendable, CaseIterable {
    /// Nobody decides in time, and the job is canceled.
    case expires
    case brokenGlass
    /// Approved inside a freeze, which ends.
    case freeze
    /// A newer deployment is approved.
    case superseded
    /// One of two takes the yes back, and another gives theirs.
    case withdrawn
  }

  @Test(arguments: Kind.allCases) func everyCrashEndsTheSame(_ kind: Kind) throws {
    try MortalDatabase.troubleEverywhere("\(kind)", Trouble.death, fewest: 60) { try EndingLife(kind, .death, at: $0).lived() }
  }
}

final class EndingLife {
  private let kind: EndingCrashTests.Kind
  private let bench: Bench
  private let database: MortalDatabase
  /// What people and webhooks have had an answer to.
  private var acknowledged = 0
  /// What has been done in GitLab, by deployment.
  private var deeds: [Int64: [CallbackStep]] = [:]

  init(_ kind: EndingCrashTests.Kind, _ trouble: Trouble, at point: Int) throws {
    self.kind = kind
    bench = try Bench(required: kind == .withdrawn ? 2 : 1)
    database = try MortalDatabase(path: bench.folder.file("life.db"), trouble, at: point)
    let end = bench.now + .seconds(60)
    let period = try #require(Period(start: bench.now, end: end))
    bench.edit { policy in
      policy.breakGlass = BreakGlass(group: "managers", reviewWithin: .seconds(60))
      policy.supersedesOlder = true
      (policy.whenSuperseded, policy.whenExpired) = (.cancelJob, .cancelJob)
      if kind == .expires { policy.expiresAfter = .seconds(60) }
      if kind == .freeze { policy.freezeWindows = [FreezeWindow(name: "release", schedule: .fixed(period))] }
    }
  }

  /// Whether the trouble came, and how many points there were for it.
  func lived() throws -> (wasHit: Bool, count: Int) {
    let wasHit = try database.live(bench, steps: 40, until: isOver, step: step)
    let count = database.count
    try check()
    return (wasHit, count)
  }

  private func isOver(_ connection: Connection) throws -> Bool {
    guard acknowledged == acts.count else { return false }
    return try connection.query("SELECT count(*) FROM change_request WHERE closed_at IS NULL") { $0.requiredInteger(0) } == [0]
      && connection.query("SELECT count(*) FROM outbox WHERE state <> 'delivered'") { $0.requiredInteger(0) } == [0]
  }

  private func step() throws {
    let connection = database.connection
    bench.wait(.seconds(5))
    let gate = bench.gate
    let acts = self.acts
    if acknowledged < acts.count {
      do {
        try database.take { try connection.transaction(at: bench.now) { try acts[acknowledged](gate, $0) } }
      } catch let refusal as Refusal {
        // Written down before the crash, and only the answer was lost.
        guard ["not_waiting", "already_reviewed", "nothing_to_withdraw"].contains(refusal.code) else { throw refusal }
      }
      acknowledged += 1
      return
    }
    _ = try connection.transaction(at: bench.now) { try gate.lookAgain(in: $0) }
    try database.deliver(bench, carryOut)
  }

  private typealias Act = (Gate, Transaction) throws -> Void

  /// What comes from outside, each once more if the answer to it was lost.
  private var acts: [Act] {
    let open: (Int64) -> Act = { id in
      { try $0.apply(Bench.facts(deployment: id), by: .webhook, requestID: "r", in: $1) }
    }
    let approve: (String, Actor) -> Act = { key, actor in
      { gate, transaction in
        let request = DecisionRequest(
          key: key, status: .approved, comment: nil, representedAs: nil, expectedRevision: nil, requestID: "r")
        _ = try gate.decide(request, by: actor, in: transaction)
      }
    }
    switch kind {
    case .expires: return [open(815)]
    case .freeze: return [open(815), approve("CHG-1", alice)]
    case .superseded: return [open(815), open(816), approve("CHG-2", alice)]
    case .withdrawn:
      let withdraw: Act = { _ = try $0.withdraw(key: "CHG-1", expectedRevision: nil, by: alice, requestID: "r", in: $1) }
      let others = ["bob", "carol"].map { approve("CHG-1", Actor(user: $0, role: .approver)) }
      return [open(815), approve("CHG-1", alice), withdraw] + others
    case .brokenGlass:
      return [
        open(815),
        { gate, transaction in
          _ = try gate.breakGlass(
            key: "CHG-1", reason: "down", expectedRevision: nil, by: Actor(user: "bob", role: .operator), requestID: "r", in: transaction)
        },
        { gate, transaction in _ = try gate.review(key: "CHG-1", comment: "right", by: alice, requestID: "r", in: transaction) },
      ]
    }
  }

  private func carryOut(_ instruction: Instruction) -> CallbackOutcome {
    func done(_ step: CallbackStep, _ effect: Instruction.Effect) -> CallbackOutcome {
      let id = effect.identity.deployment
      if !deeds[id, default: []].contains(step) { deeds[id, default: []].append(step) }
      switch step {
      case .cancel: return .done(Bench.facts(.canceled, job: "canceled", deployment: id))
      case .play: return .done(Bench.facts(.success, pending: 0, job: "success", approvals: [ours()], deployment: id))
      default: return .done(Bench.facts(pending: 0, approvals: [ours()], deployment: id))
      }
    }
    switch instruction {
    case .approve(let effect): return done(.approve, effect)
    case .play(let effect): return done(.play, effect)
    case .cancel(let effect): return done(.cancel, effect)
    case .reject, .inspect, .locate, .ask: return .impossible(reason: "no life here asks for it")
    }
  }

  private func check() throws {
    try database.checkFile(at: bench.now)
    let (views, actions) = try database.connection.reading(at: bench.now) { reading in
      let keys = kind == .superseded ? ["CHG-1", "CHG-2"] : ["CHG-1"]
      return (
        try keys.map { try bench.gate.view(key: $0, in: reading) },
        try reading.auditEntries(after: 0, limit: 1_000).map(\.action)
      )
    }
    let ends: [EndingCrashTests.Kind: [String]] = [
      .expires: ["Expired"], .freeze: ["Deployed"], .brokenGlass: ["Deployed"], .superseded: ["Canceled", "Deployed"],
      .withdrawn: ["Deployed"],
    ]
    #expect(views.map(\.change.status) == ends[kind], "\(database.label)")
    let isWhole = views.allSatisfy {
      $0.change.closedAt != nil && !$0.change.outOfBand && $0.callbacks.allSatisfy { $0.state == .delivered }
    }
    #expect(isWhole, "\(database.label)")
    let first: [CallbackStep] = kind == .expires || kind == .superseded ? [.cancel] : [.approve, .play]
    #expect(deeds == (kind == .superseded ? [815: first, 816: [.approve, .play]] : [815: first]), "\(database.label)")
    #expect(actions.count { $0 == "gate.turned" } == views.count, "\(database.label)")
    #expect(actions.count { $0 == "change.glass_broken" || $0 == "change.reviewed" } == (kind == .brokenGlass ? 2 : 0), "\(database.label)")
    #expect(actions.count { $0 == "approval.withdrawn" } == (kind == .withdrawn ? 1 : 0), "\(database.label)")
  }
}

import Gate
import GitLab
import HTTPMessages
import Storage
import Web

/// Carries errands out under one configuration, as the server's `Errands` does: a step at a time, and of those that change something one after another.
final class Errands {
  static let atOnce = 8
  static let asking: Int64 = 5_000
  static let patience: Int64 = 7_000
  static let recording: Int64 = 30_000
  static let recordingPause: Int64 = 1_000
  static let settlingPause: Int64 = 10_000
  static let longestSettlingPause: Int64 = 300_000
  static let openRequests = 100

  private unowned let loops: Loops
  private var underWay: [String: Int] = [:]
  /// What waits, for each GitLab, for the one that changes something there now.
  private var turns: [String: [() -> Void]] = [:]
  private var settled = 0
  /// Since when each has been known to be open, by its entry.
  private var known: [String: [Int64: Int64]] = [:]

  init(loops: Loops) { self.loops = loops }

  private var node: Node { loops.node }
  private var life: Life { loops.life }

  var isIdle: Bool { underWay.values.allSatisfy { $0 == 0 } }

  /// The answer, or after `patience` that there is none yet: what is on its way is carried to its end all the same.
  func carryOut(_ errand: Errand, requestID: String, _ answer: @escaping (Result<Response, any Error>) -> Void) {
    let name = errand.instance
    guard loops.gate.plan.instances.contains(where: { $0.name == name }) else {
      return answer(.failure(Errand.unknownInstance(name)))
    }
    guard underWay[name, default: 0] < Errands.atOnce else { return answer(.failure(Errand.busy(name))) }
    underWay[name, default: 0] += 1
    let run = Run(errand, requestID: requestID, end: life.now + Errands.asking, answer)
    loops.after(Errands.patience) { run.tell(.failure(run.hasActed ? Errand.underWay(name) : Errand.tooSlow(name))) }
    guard errand.isExclusive else { return take(errand.first, run) }
    if turns[name] == nil {
      turns[name] = []
      take(errand.first, run)
    } else {
      turns[name]?.append { [self] in take(errand.first, run) }
    }
  }

  private func end(_ run: Run, _ result: Result<Response, any Error>) {
    let name = run.errand.instance
    run.tell(result)
    life.acted.remove(run.requestID)
    life.orders.ended(run.requestID)
    underWay[name, default: 0] -= 1
    if run.errand.isExclusive {
      if let next = turns[name]?.first {
        turns[name]?.removeFirst()
        loops.after(0, next)
      } else {
        turns[name] = nil
      }
    }
    loops.endIfIdle()
  }

  private func take(_ step: Errand.Step, _ run: Run) {
    let name = run.errand.instance
    func goOn(_ result: Result<Errand.Step, any Error>) {
      switch result {
      case .success(let next): take(next, run)
      case .failure(let error): end(run, .failure(error))
      }
    }
    switch step {
    case .answer(let response): end(run, .success(response))
    case .read(let body):
      loops.after(life.administrator.chance.within(0...3)) { [self] in goOn(Result { try node.read(body) }) }
    case .write(let body):
      guard life.now < run.end else { return goOn(.failure(Errand.tooSlow(name))) }
      node.write(body).then { goOn($0) }
    case .ask(let conversation): hold(conversation(api(run)), until: (run.end, name), goOn)
    case .act(let conversation):
      run.hasActed = true
      hold(conversation(api(run)), until: nil, goOn)
    case .record(let body): record(body, until: life.now + Errands.recording, name, goOn)
    }
  }

  private func api(_ run: Run) -> GitLabAPI {
    loops.api(of: run.errand.instance, requestID: run.requestID, token: Administrator.token(for: run.errand.instance))
  }

  private typealias End = (at: Int64, instance: String)

  /// - Parameter end: when nothing more is asked; nil for what is heard to its end, whoever still waits.
  private func hold<Talk: Conversation<Errand.Step>>(
    _ talk: Talk, until end: End?, _ then: @escaping (Result<Errand.Step, any Error>) -> Void
  ) {
    var talk = talk
    go(on: talk, talk.start(), exchanges: 0, until: end, then)
  }

  private func go<Talk: Conversation<Errand.Step>>(
    on talk: Talk, _ move: ConversationMove<Errand.Step>, exchanges: Int, until end: End?,
    _ then: @escaping (Result<Errand.Step, any Error>) -> Void
  ) {
    switch move {
    case .end(let step): then(.success(step))
    case .send(let request):
      guard exchanges < Talk.mostExchanges else { return then(.success(talk.cutOff)) }
      if let end, life.now >= end.at { return then(.failure(Errand.tooSlow(end.instance))) }
      loops.send(request) { [self] answer in
        var talk = talk
        let next = talk.hear(answer)
        go(on: talk, next, exchanges: exchanges + 1, until: end, then)
      }
    }
  }

  /// What was done in GitLab stands there, whatever happens here: trouble with the disk is waited out for a while.
  private func record(
    _ body: @escaping @Sendable (Transaction) throws -> Errand.Step, until end: Int64, _ name: String,
    _ then: @escaping (Result<Errand.Step, any Error>) -> Void
  ) {
    node.write(body).then { [self] result in
      guard case .failure = result else { return then(result) }
      guard life.now < end else { return then(.failure(Errand.unrecorded(name))) }
      loops.after(Errands.recordingPause) { [self] in record(body, until: end, name, then) }
    }
  }

  // MARK: What was asked for, and nothing tells what came of it

  func settleOpenRequests(of instance: String, again pause: Int64 = Errands.settlingPause) {
    guard !loops.isStopping else { return }
    func again() {
      loops.after(pause) { [self] in settleOpenRequests(of: instance, again: min(2 * pause, Errands.longestSettlingPause)) }
    }
    guard let open = openRequests(of: instance) else { return again() }
    known[instance] = Dictionary(uniqueKeysWithValues: open.map { ($0.seq, known[instance]?[$0.seq] ?? life.now) })
    guard !open.isEmpty else {
      return loops.after(Errands.longestSettlingPause) { [self] in settleOpenRequests(of: instance) }
    }
    settle(open[...], of: instance, then: again)
  }

  private func openRequests(of instance: String) -> [AuditEntry]? {
    try? node.read { try $0.openProtectedEnvironmentRequests(instance: instance, limit: Errands.openRequests) }
  }

  private func settle(_ open: ArraySlice<AuditEntry>, of instance: String, then: @escaping () -> Void) {
    guard let entry = open.first, !loops.isStopping else { return then() }
    settled += 1
    life.happened(.settledLater)
    let knownFor = Duration.milliseconds(life.now - (known[instance]?[entry.seq] ?? life.now))
    let errand = OpenRequestErrand(entry, knownFor: knownFor, instance: instance, gate: node.inForce.current).errand
    carryOut(errand, requestID: "settling-\(node.incarnation)-\(settled)") { [self] result in
      // The next begins when this one's turn has passed.
      loops.after(0) { [self] in
        if case .success = result { settle(open.dropFirst(), of: instance, then: then) } else { then() }
      }
    }
  }
}

/// One errand on its way.
private final class Run {
  let errand: Errand
  let requestID: String
  let end: Int64
  var hasActed = false
  private var answer: ((Result<Response, any Error>) -> Void)?

  init(_ errand: Errand, requestID: String, end: Int64, _ answer: @escaping (Result<Response, any Error>) -> Void) {
    (self.errand, self.requestID, self.end, self.answer) = (errand, requestID, end, answer)
  }

  /// Once.
  func tell(_ result: Result<Response, any Error>) {
    answer?(result)
    answer = nil
  }
}

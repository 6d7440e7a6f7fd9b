import Calendar
import ChangeControl
import Gate
import GitLab
import HTTPMessages
import Storage

/// Carries what is owed to GitLab, as the server's courier does: claim, conversation, settle.
final class Courier {
  static let concurrency = 8
  static let questionsAtOnce = 6
  static let longestSleep: Int64 = 30_000
  static let rest: Int64 = 10
  static let storagePause: Int64 = 1_000

  private let loops: Loops
  private let name: String
  private var underWay = 0
  private var questions = 0
  /// A look that is to come; a later one is not needed before it.
  private var nextLook: (at: Int64, number: Int)?
  private var number = 0
  private var isClaiming = false

  init(loops: Loops, instance name: String) { (self.loops, self.name) = (loops, name) }

  private var node: Node { loops.node }
  private var life: Life { loops.life }

  var isIdle: Bool { underWay == 0 && !isClaiming }

  func ring() { wake(after: Courier.rest) }

  private func wake(after delay: Int64) {
    let time = life.now + delay
    if let next = nextLook, next.at <= time { return }
    number += 1
    let mine = number
    nextLook = (time, mine)
    loops.after(delay) { [self] in
      guard nextLook?.number == mine else { return }
      nextLook = nil
      look()
    }
  }

  private func look() {
    guard !loops.isStopping, !isClaiming else { return }
    let room = Courier.concurrency - underWay
    guard room > 0 else { return wake(after: Courier.longestSleep) }
    let (name, gate, roomForQuestions) = (name, node.inForce, Courier.questionsAtOnce - questions)
    do {
      let hasDue = try node.read { try gate.current.hasDue(instance: name, questions: roomForQuestions > 0, in: $0) }
      guard hasDue else { return try lookAgainWhenDue() }
    } catch {
      return wake(after: Courier.storagePause)
    }
    isClaiming = true
    node.write { try gate.current.claim(instance: name, limit: room, questions: roomForQuestions, in: $0) }.then { [self] result in
      isClaiming = false
      switch result {
      case .failure: wake(after: Courier.storagePause)
      case .success(let claims):
        expect(claims, within: room, questions: roomForQuestions)
        for claim in claims { carry(claim) }
        if claims.isEmpty { try? lookAgainWhenDue() } else { wake(after: 0) }
      }
      loops.endIfIdle()
    }
  }

  private func expectPatience(_ settlement: Settlement, _ claim: Claim, _ outcome: CallbackOutcome) {
    let limit = life.options.rulebook.giveUpAfter
    // It was written at this moment; what was heard before, by a clock that may have jumped meanwhile.
    life.patience.heard(outcome, to: claim, at: node.now.milliseconds)
    let objection = life.patience.objection(to: settlement, of: claim, after: outcome, at: node.now.milliseconds, limit: limit)
    if let objection { life.violate(objection) }
  }

  /// What is claimed beyond what there is room for waits under a lease, and so many at once are more than GitLab was to be asked.
  private func expect(_ claims: [Claim], within room: Int, questions roomForQuestions: Int) {
    let questions = claims.count { $0.callback.step.isQuestion }
    guard claims.count > room || questions > roomForQuestions else { return }
    life.violate("\(claims.count) rows are claimed, \(questions) of them questions: there is room for \(room) and \(roomForQuestions)")
  }

  /// As an event of the life's agenda: its time passes when nothing else happens before, and no thread waits.
  private func lookAgainWhenDue() throws {
    let (name, gate, hasRoom) = (name, node.inForce, questions < Courier.questionsAtOnce)
    let (next, now) = try node.read { (try gate.current.nextDue(instance: name, questions: hasRoom, in: $0), $0.now) }
    let left = next.map { ($0 - now).wholeMilliseconds } ?? Courier.longestSleep
    wake(after: min(max(left, Courier.rest), Courier.longestSleep))
  }

  private func carry(_ claim: Claim) {
    underWay += 1
    questions += claim.callback.step.isQuestion ? 1 : 0
    life.claimed(claim)
    let conversation = loops.api(of: name, requestID: claim.callback.requestID)
      .conversation(for: claim.instruction, attempt: claim.callback.attempts)
    hold(conversation) { [self] outcome, mayHaveActed in
      settle(claim, outcome, mayHaveActed, until: life.now + Gate.lease.wholeMilliseconds)
    }
  }

  private func hold<Held: Conversation<CallbackOutcome>>(_ conversation: Held, then: @escaping (CallbackOutcome, Bool) -> Void) {
    loops.converse(conversation) { then($0, $1.mayHaveActed) }
  }

  private func settle(_ claim: Claim, _ outcome: CallbackOutcome, _ mayHaveActed: Bool, until end: Int64) {
    let gate = node.inForce
    life.patience.heard(outcome, to: claim, at: node.now.milliseconds)
    node.write { try gate.current.settle(claim, outcome, mayHaveActed: mayHaveActed, in: $0) }.then { [self] result in
      switch result {
      case .success(let settlement):
        life.starts.tell(claim)
        life.acted.remove(claim.callback.requestID)
        expectPatience(settlement, claim, outcome)
        life.sights.settled(claim, outcome, settlement, at: life.now)
        life.looking.settled(claim)
        life.note("\(claim.text) attempt \(claim.callback.attempts): \(outcome.text) -> \(settlement.state.rawValue)")
      case .failure:
        guard loops.isStopping || life.now >= end else {
          return loops.after(Courier.storagePause) { [self] in settle(claim, outcome, mayHaveActed, until: end) }
        }
        life.note("\(claim.text): what came of it could not be recorded")
      }
      underWay -= 1
      questions -= claim.callback.step.isQuestion ? 1 : 0
      ring()
      loops.endIfIdle()
    }
  }
}

extension Loops {
  /// Holds a conversation over the network, an exchange at a time: whatever else happens comes in between.
  func converse<Held: Conversation>(_ conversation: Held, then: @escaping (Held.Outcome, Held) -> Void) {
    var conversation = conversation
    let move = conversation.start()
    underWay += 1
    go(on: conversation, move, exchanges: 0) { [self] outcome, ended in
      underWay -= 1
      then(outcome, ended)
      endIfIdle()
    }
  }

  private func go<Held: Conversation>(
    on conversation: Held, _ move: ConversationMove<Held.Outcome>, exchanges: Int, _ then: @escaping (Held.Outcome, Held) -> Void
  ) {
    switch move {
    case .end(let outcome): then(outcome, conversation)
    case .send(let request):
      guard exchanges < Held.mostExchanges else { return then(conversation.cutOff, conversation) }
      send(request) { [self] answer in
        var conversation = conversation
        let next = conversation.hear(answer)
        go(on: conversation, next, exchanges: exchanges + 1, then)
      }
    }
  }

  func send(_ request: Request, _ hear: @escaping (Answer) -> Void) {
    guard !isHungUp else {
      return after(0) { hear(.failure(TransportFailure(effect: .none, reason: "shutting down"))) }
    }
    let born = node.incarnation
    guard let gitLab = life.gitLab(at: request.head.authority) else {
      return life.violate("a request goes to \(request.head.authority ?? "nowhere"), which is no GitLab")
    }
    gitLab.network.send(request) { [self] answer in
      guard node.incarnation == born else { return }
      hear(answer)
    }
  }
}

extension Claim {
  var text: String {
    "\(callback.step.rawValue) \(callback.change.map(ChangeRequest.key) ?? callback.deployment.map { "deployment row \($0)" } ?? "")"
  }
}

extension CallbackOutcome {
  /// For the life's diary.
  var text: String {
    switch self {
    case .done(let facts): "done (\(facts.status.rawValue))"
    case .outOfBand(let facts): "out of band (\(facts.status.rawValue))"
    case .overtaken(let facts): "overtaken (\(facts.status.rawValue))"
    case .untouched: "untouched"
    case .waiting(_, let reason): "waiting: \(reason)"
    case .gone(let reason): "gone: \(reason)"
    case .retry(let reason, _): "retry: \(reason)"
    case .refused(let reason): "refused: \(reason)"
    case .impossible(let reason): "impossible: \(reason)"
    case .located(let found): "located \(found.map { String($0.deployment) }.joined(separator: " "))"
    case .told: "told"
    }
  }
}

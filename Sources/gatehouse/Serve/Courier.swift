import Calendar
import ChangeControl
import Gate
import Logging
import Storage
import Synchronization

/// Carries what is owed to one GitLab: claims what is due, holds the conversation, settles. At most `concurrency` at a time.
struct Courier: Sendable {
  /// Conversations under way at once with one GitLab. Small: a self-managed GitLab is shared with people, and a decision is rare.
  static let concurrency = 8
  /// Of those the questions. They take the longest, lists of many pages, and come by the hundred after a burst of webhooks: the rest is for the
  /// approval, rejection or start that somebody waits for, and a second one.
  static let questionsAtOnce = 6
  /// How long it sleeps at most when nothing is due: a safety net, it is woken when something is.
  static let longestSleep: Duration = .seconds(30)
  /// The least time between two looks that find nothing to do. A burst of webhooks rings thousands of times a second, and a look at each costs
  /// more than taking in a dozen of them. Nobody who decides notices.
  static let rest: Duration = .milliseconds(25)
  /// How long after a failure of the database it tries again.
  static let storagePause: Duration = .seconds(1)

  let gate: GateInForce
  let gitlab: GitLabConnection
  let writer: Writer
  let readers: Readers
  let bell: Bell
  let log: Logger

  /// Runs until the task is cancelled; then finishes what is under way.
  func run() async {
    let underWay = Counter()
    let questions = Counter()
    await withDiscardingTaskGroup { group in
      while !Task.isCancelled {
        do {
          let looked = ContinuousClock.now
          let room = Courier.concurrency - underWay.value
          let roomForQuestions = Courier.questionsAtOnce - questions.value
          let look = room > 0 ? try await look(questions: roomForQuestions > 0) : nil
          let claims = look?.findsSome == true ? try await claim(atMost: room, questions: roomForQuestions) : []
          for claim in claims {
            let asks = claim.callback.step.isQuestion ? 1 : 0
            underWay.add(1)
            questions.add(asks)
            group.addTask {
              await carry(claim)
              underWay.add(-1)
              questions.add(-asks)
              // The next step of a plan may be due, and there is room for one more.
              bell.ring()
            }
          }
          guard claims.isEmpty else { continue }
          await bell.wait(atMost: look?.timeUntilDue ?? Courier.longestSleep)
          let since = ContinuousClock.now - looked
          if room > 0, since < Courier.rest { try? await Task.sleep(for: Courier.rest - since) }
        } catch {
          log.warning("callbacks wait: the database does not answer", metadata: ["reason": "\(error)"])
          await bell.wait(atMost: Courier.storagePause)
        }
      }
    }
  }

  /// What a look at the outbox finds. On a reader, and by one question to it: most looks find nothing.
  private struct Look {
    var findsSome: Bool
    /// How long nothing will be due, between 10 ms and `longestSleep`.
    var timeUntilDue: Duration
  }

  /// - Parameter questions: whether there is room for one; else it is woken when there is.
  private func look(questions: Bool) async throws -> Look {
    let name = gitlab.name
    return try await readers.perform { [gate = gate.current] reading in
      let next = try gate.nextDue(instance: name, questions: questions, in: reading)
      let left = next.map { next in min(max(next - reading.now, .milliseconds(10)), Courier.longestSleep) } ?? Courier.longestSleep
      return Look(findsSome: try gate.hasDue(instance: name, questions: questions, in: reading), timeUntilDue: left)
    }
  }

  private func claim(atMost limit: Int, questions: Int) async throws -> [Claim] {
    try await writer.perform { [gate, gitlab] in
      try gate.current.claim(instance: gitlab.name, limit: limit, questions: questions, in: $0)
    }
  }

  private func carry(_ claim: Claim) async {
    var log = log
    log[metadataKey: "request_id"] = "\(claim.callback.requestID)"
    log[metadataKey: "step"] = "\(claim.callback.step.rawValue)"
    log[metadataKey: "attempt"] = "\(claim.callback.attempts)"
    if let change = claim.callback.change { log[metadataKey: "change"] = "\(ChangeRequest.key(change))" }
    // Not cancelled with the loop: a POST that has gone out is heard to its end.
    let (outcome, mayHaveActed) = await Task {
      await gitlab.carryOut(claim.instruction, attempt: claim.callback.attempts, requestID: claim.callback.requestID)
    }.value
    await settle(claim, outcome, mayHaveActed: mayHaveActed, log: log)
  }

  /// Records what came of an attempt. What finds no room on the disk is kept for as long as nobody else may try, and recorded once there is.
  private func settle(_ claim: Claim, _ outcome: CallbackOutcome, mayHaveActed: Bool, log: Logger) async {
    let end = ContinuousClock.now + Gate.lease
    var hasFailed = false
    while true {
      do {
        let settlement = try await writer.perform { [gate] in
          try gate.current.settle(claim, outcome, mayHaveActed: mayHaveActed, in: $0)
        }
        return report(settlement, of: claim.callback.step, log: log)
      } catch {
        if !hasFailed { log.error("what came of a callback could not be recorded; it is tried again", metadata: ["reason": "\(error)"]) }
        hasFailed = true
        // From here on the lease runs out, or a restart gives it back, and the next attempt begins by reading what GitLab has.
        if Task.isCancelled || ContinuousClock.now >= end { return }
        try? await Task.sleep(for: Courier.storagePause)
      }
    }
  }

  private func report(_ settlement: Settlement, of step: CallbackStep, log: Logger) {
    switch settlement.state {
    case .delivered:
      // GitLab is asked about all that waits at each reconcile: nobody wants to read that.
      log.log(level: step.isQuestion ? .debug : .info, "delivered", metadata: settlement.reason.map { ["note": "\($0)"] } ?? [:])
    case .pending, .retrying:
      log.warning(
        "not delivered yet", metadata: ["reason": "\(settlement.reason ?? "")", "next": "\(settlement.dueAt?.iso8601 ?? "")"])
    case .abandoned: log.error("abandoned", metadata: ["reason": "\(settlement.reason ?? "")"])
    }
  }
}

/// How many are under way.
private final class Counter: Sendable {
  private let count = Mutex(0)

  var value: Int { count.withLock { $0 } }

  func add(_ difference: Int) { count.withLock { $0 += difference } }
}

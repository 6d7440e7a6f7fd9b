import ChangeControl
import Gate
import GitLab
import HTTPMessages
import Logging
import Storage
import Synchronization
import Web

/// Carries errands out: what is asked of the gate, and what only a GitLab can answer or do.
final class Errands: Sendable {
  /// At once with one GitLab, waiting ones included: they share its connections with the courier, for whose decisions somebody waits.
  static let atOnce = 8
  /// How long GitLab is asked before nothing more is: then nothing is changed.
  static let asking: Duration = .seconds(5)
  /// How long the client waits: less than the listener's patience with a handler, whose words would not be GitLab's.
  static let patience: Duration = .seconds(7)
  /// How long it is tried to record what was done, and how often.
  static let recording: Duration = .seconds(30)
  static let recordingPause: Duration = .seconds(1)

  /// How long GitLab is left alone before it is asked again what became of something, at first and at last; and about how much at once.
  static let settlingPause: Duration = .seconds(10)
  static let longestSettlingPause: Duration = .seconds(300)
  static let openRequests = 100

  private struct State {
    var underWay: [String: Int] = [:]
    /// The last that changes something, for each GitLab: the next begins after it.
    var last: [String: Task<Void, Never>] = [:]
    var tasks: [Int: Task<Void, Never>] = [:]
    var count = 0
  }

  private let gitlabs: [GitLabConnection]
  private let writer: Writer
  private let readers: Readers
  private let log: Logger
  private let state = Mutex(State())

  /// - Parameter gitlabs: with the tokens that may administer protected environments.
  init(gitlabs: [GitLabConnection], writer: Writer, readers: Readers, log: Logger) {
    self.gitlabs = gitlabs
    self.writer = writer
    self.readers = readers
    self.log = log
  }

  /// The answer, or after `patience` that there is none yet: what is on its way is carried to its end all the same.
  func carryOut(_ errand: Errand, requestID: String) async throws -> Response {
    guard let gitlab = gitlabs.first(where: { $0.name == errand.instance }) else { throw Errand.unknownInstance(errand.instance) }
    let run = Run(errand: errand, gitlab: gitlab, requestID: requestID, end: .now + Errands.asking)
    let (answers, heard) = AsyncStream.makeStream(of: Result<Response, any Error>.self, bufferingPolicy: .bufferingOldest(1))
    guard start(run, heard) else { throw Errand.busy(errand.instance) }
    let impatience = Task {
      guard (try? await Task.sleep(for: Errands.patience)) != nil else { return }
      heard.yield(.failure(run.hasActed ? Errand.underWay(errand.instance) : Errand.tooSlow(errand.instance)))
    }
    defer { impatience.cancel() }
    for await answer in answers { return try answer.get() }
    throw Errand.tooSlow(errand.instance)
  }

  /// Finds out what became of changes of which nothing more was written: a process before died in between, or the disk took nothing for too long. Until
  /// it is cancelled: at once, soon again for as long as GitLab cannot tell, and else now and then.
  ///
  /// - Parameter pauses: the first, and the longest.
  func settleOpenRequests(
    of instance: String, gate: Gate, pauses: ClosedRange<Duration> = Errands.settlingPause...Errands.longestSettlingPause
  ) async {
    var pause = pauses.lowerBound
    var known: [Int64: ContinuousClock.Instant] = [:]
    while !Task.isCancelled {
      let isNoneOpen = await settleOnce(of: instance, gate: gate, known: &known)
      // Cut short where it is cancelled.
      try? await Task.sleep(for: isNoneOpen ? pauses.upperBound : pause)
      pause = isNoneOpen ? pauses.lowerBound : min(pause * 2, pauses.upperBound)
    }
  }

  /// - Parameter known: since when each has been known to be open, by its entry.
  /// - Returns: whether none is left open.
  private func settleOnce(of instance: String, gate: Gate, known: inout [Int64: ContinuousClock.Instant]) async -> Bool {
    func openRequests() async throws -> [AuditEntry] {
      try await readers.perform { try $0.openProtectedEnvironmentRequests(instance: instance, limit: Errands.openRequests) }
    }
    do {
      let open = try await openRequests()
      known = Dictionary(uniqueKeysWithValues: open.map { ($0.seq, known[$0.seq] ?? .now) })
      if open.isEmpty { return true }
      for entry in open where !Task.isCancelled {
        let errand = OpenRequestErrand(entry, knownFor: .now - known[entry.seq, default: .now], instance: instance, gate: gate)
        _ = try await carryOut(errand.errand, requestID: freshRequestID())
      }
      let left = try await openRequests()
      log.notice(
        "changes of protected environments of which the audit log did not tell what came were read back",
        metadata: ["instance": "\(instance)", "settled": "\(open.count - left.count)", "left": "\(left.count)"])
      return left.isEmpty
    } catch {
      log.warning(
        "what became of changes of protected environments is not known yet; it is asked again",
        metadata: ["instance": "\(instance)", "reason": "\(error)"])
      return false
    }
  }

  /// Returns when all that is under way has come to its end.
  func finish() async {
    while let task = state.withLock({ $0.tasks.values.first }) { await task.value }
  }

  /// False where as many are under way as may be.
  private func start(_ run: Run, _ heard: AsyncStream<Result<Response, any Error>>.Continuation) -> Bool {
    state.withLock { state in
      let name = run.errand.instance
      guard state.underWay[name, default: 0] < Errands.atOnce else { return false }
      state.underWay[name, default: 0] += 1
      state.count += 1
      let number = state.count
      let previous = run.errand.isExclusive ? state.last[name] : nil
      // Not the request's own task: what was begun is ended, whether or not somebody still listens.
      let task = Task {
        await previous?.value
        heard.yield(await self.result(of: run))
        heard.finish()
        self.state.withLock { state in
          state.underWay[name, default: 0] -= 1
          state.tasks[number] = nil
        }
      }
      state.tasks[number] = task
      if run.errand.isExclusive { state.last[name] = task }
      return true
    }
  }

  private func result(of run: Run) async -> Result<Response, any Error> {
    do { return .success(try await answer(of: run)) } catch { return .failure(error) }
  }

  private func answer(of run: Run) async throws -> Response {
    var step = run.errand.first
    while true {
      switch step {
      case .answer(let response): return response
      case .read(let body): step = try await readers.perform(within: FrontDesk.readBudget, body)
      case .write(let body):
        try run.checkTime()
        step = try await writer.perform(body)
      case .ask(let conversation): step = try await run.ask(conversation(run.api))
      case .act(let conversation):
        run.act()
        step = await conversation(run.api).converse(over: run.gitlab.transport)
      case .record(let body): step = try await record(body, run)
      }
    }
  }

  /// What was done in GitLab stands there, whatever happens here: no room on the disk is waited out for a while.
  private func record(_ body: @escaping @Sendable (Transaction) throws -> Errand.Step, _ run: Run) async throws -> Errand.Step {
    let end = ContinuousClock.now + Errands.recording
    var hasFailed = false
    while true {
      do {
        return try await writer.perform(body)
      } catch {
        if !hasFailed {
          log.error(
            "what came of a request to GitLab could not be recorded; it is tried again for half a minute",
            metadata: ["instance": "\(run.errand.instance)", "request_id": "\(run.requestID)", "reason": "\(error)"])
        }
        hasFailed = true
        if case StorageError.closed = error { throw Errand.unrecorded(run.errand.instance) }
        guard ContinuousClock.now < end else { throw Errand.unrecorded(run.errand.instance) }
        try? await Task.sleep(for: Errands.recordingPause)
      }
    }
  }
}

/// One errand on its way.
private final class Run: Sendable {
  let errand: Errand
  let gitlab: GitLabConnection
  let requestID: String
  private let end: ContinuousClock.Instant
  private let acted = Atomic(false)

  init(errand: Errand, gitlab: GitLabConnection, requestID: String, end: ContinuousClock.Instant) {
    self.errand = errand
    self.gitlab = gitlab
    self.requestID = requestID
    self.end = end
  }

  var api: GitLabAPI { gitlab.api(requestID: requestID) }

  var hasActed: Bool { acted.load(ordering: .acquiring) }

  func act() { acted.store(true, ordering: .releasing) }

  func checkTime() throws { if ContinuousClock.now >= end { throw Errand.tooSlow(errand.instance) } }

  /// Holds a conversation that changes nothing, as long as there is time.
  func ask<Talk: Conversation>(_ conversation: Talk) async throws -> Talk.Outcome {
    var conversation = conversation
    var move = conversation.start()
    for _ in 0..<Talk.mostExchanges {
      switch move {
      case .end(let outcome): return outcome
      case .send(let request):
        try checkTime()
        move = conversation.hear(await gitlab.transport.send(request))
      }
    }
    if case .end(let outcome) = move { return outcome }
    return conversation.cutOff
  }
}

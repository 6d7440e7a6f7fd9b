package import Calendar
internal import ChangeControl
import Glibc
import Synchronization

/// The one thread that writes. It takes everything that waits, runs it in one transaction, syncs once, and only then answers all: a burst of
/// deliveries shares one flush of the disk. A piece that fails is taken back alone.
package final class Writer: Sendable {
  /// How many pieces of work may wait. At a few hundred microseconds each this is about two seconds: more is refused, not buffered.
  package static let queueLimit = 4_096
  /// How many pieces share one commit: bounds how long the first of them waits for the last.
  package static let batchLimit = 256

  /// What became of one piece of work.
  private enum Verdict: Sendable {
    case stands
    /// The body threw an error of its own: nothing of it stands.
    case refused
    case failed(StorageError)
  }

  private struct Work: Sendable {
    let run: @Sendable (Transaction) -> Outcome
    let fail: @Sendable (StorageError) -> Void
  }

  /// What became of a piece, and how to tell whoever waits for it, once that is final.
  private struct Outcome {
    var verdict: Verdict
    var tell: () -> Void
  }

  private struct State {
    var waiting: [Work] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wakeUp = Semaphore()
  private let ended = Semaphore()
  private let clock: @Sendable () -> Instant
  private let committed: @Sendable () -> Void

  /// Opens the database for writing and starts the thread. `prepare` runs first on the new connection (migrations, fault hooks); `committed`
  /// after each commit, when its callers have been answered, on the writer's thread.
  package init(
    path: String, clock: @escaping @Sendable () -> Instant, prepare: @escaping @Sendable (Connection) throws -> Void = { _ in },
    committed: @escaping @Sendable () -> Void = {}
  ) throws {
    self.clock = clock
    self.committed = committed
    let opening = Handover<Result<Void, any Error>>()
    let thread = Thread { [self] in
      do {
        let connection = try Connection(path: path, access: .readWrite)
        try prepare(connection)
        opening.put(.success(()))
        serve(connection)
      } catch {
        opening.put(.failure(error))
      }
      ended.signal()
    }
    thread.start()
    try opening.take().get()
  }

  /// Runs `body` in a transaction and returns once it is on disk. A body that throws is rolled back alone; the others of its batch stand.
  /// It may run twice, and does nothing that a rollback does not undo.
  ///
  /// Throws what the body throws, or `StorageError` when the commit fails: then nothing of it stands.
  @discardableResult
  package func perform<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      submit(
        Work(
          run: { transaction in
            do {
              let value = try body(transaction)
              return Outcome(verdict: .stands) { continuation.resume(returning: value) }
            } catch let error as StorageError {
              return Outcome(verdict: .failed(error)) { continuation.resume(throwing: error) }
            } catch {
              return Outcome(verdict: .refused) { continuation.resume(throwing: error) }
            }
          },
          fail: { continuation.resume(throwing: $0) }))
    }
  }

  private func submit(_ work: Work) {
    var wasEmpty = false
    let refusal: StorageError? = state.withLock { state in
      if state.isClosed { return .closed }
      if state.waiting.count >= Writer.queueLimit {
        return .busy("more writes wait than the disk can take; send it again in a moment")
      }
      wasEmpty = state.waiting.isEmpty
      state.waiting.append(work)
      return nil
    }
    // The writer sleeps only after it has found nothing: one signal wakes it for all that comes in until it looks.
    if let refusal { work.fail(refusal) } else if wasEmpty { wakeUp.signal() }
  }

  /// Finishes what waits, then closes the connection.
  package func close() {
    let wasClosed = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    guard !wasClosed else { return }
    wakeUp.signal()
    ended.wait()
  }

  private func serve(_ connection: Connection) {
    while let batch = take(atMost: Writer.batchLimit) {
      if batch.isEmpty { wakeUp.wait() } else { run(batch, on: connection) }
    }
  }

  /// What waits, oldest first; nil once there will be nothing more.
  private func take(atMost limit: Int) -> [Work]? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return state.isClosed ? nil : [] }
      guard state.waiting.count > limit else {
        defer { state.waiting = [] }
        return state.waiting
      }
      let taken = Array(state.waiting.prefix(limit))
      state.waiting.removeFirst(limit)
      return taken
    }
  }

  private func run(_ first: [Work], on connection: Connection) {
    var batch = first
    var outcomes: [Outcome] = []
    do {
      if try !run(&batch, on: connection, apart: false, &outcomes) {
        connection.rollBack()
        outcomes = []
        _ = try run(&batch, on: connection, apart: true, &outcomes)
      }
      try connection.commit()
      for outcome in outcomes { outcome.tell() }
    } catch {
      connection.rollBack()
      // Nothing of the batch stands, and neither does a refusal that what was written before it may be the reason of.
      let judged = outcomes.prefix { if case .stands = $0.verdict { false } else { true } }.count
      for (index, work) in batch.enumerated() {
        if index < judged, case .refused = outcomes[index].verdict { outcomes[index].tell() } else { work.fail(error) }
      }
    }
    committed()
  }

  /// Runs the pieces and those that come in meanwhile, which need not wait for a flush of their own. A savepoint costs a small piece a tenth of
  /// its time, and nearly none fails after its first write: so savepoints part the pieces only if one has to be taken back. Until one is, they
  /// run without (not `apart`); false then says that all must run again.
  private func run(_ batch: inout [Work], on connection: Connection, apart: Bool, _ outcomes: inout [Outcome]) throws(StorageError) -> Bool
  {
    try connection.begin()
    let transaction = Transaction(connection: connection, now: clock())
    while outcomes.count < batch.count {
      for work in batch[outcomes.count...] {
        guard let outcome = try apart ? runApart(work, in: transaction) : run(work, in: transaction) else { return false }
        outcomes.append(outcome)
      }
      batch += take(atMost: Writer.batchLimit - batch.count) ?? []
    }
    return true
  }

  /// One piece without a savepoint. Nil if it has failed and left something behind. Throws when the whole transaction is lost (the disk is full,
  /// SQLite has rolled back by itself).
  private func run(_ work: Work, in transaction: Transaction) throws(StorageError) -> Outcome? {
    let connection = transaction.connection
    let before = connection.changeCount
    let outcome = work.run(transaction)
    guard connection.isInTransaction else {
      if case .failed(let error) = outcome.verdict { throw error }
      throw .failed("SQLite has rolled back a transaction, and the work in it went on")
    }
    if case .stands = outcome.verdict { return outcome }
    // A statement that failed has left nothing (https://sqlite.org/lang_conflict.html, ABORT).
    return connection.changeCount == before ? outcome : nil
  }

  /// One piece in its savepoint. Throws when the whole transaction is lost.
  private func runApart(_ work: Work, in transaction: Transaction) throws(StorageError) -> Outcome {
    let connection = transaction.connection
    try connection.execute("SAVEPOINT work")
    let outcome = work.run(transaction)
    switch outcome.verdict {
    case .stands: try connection.execute("RELEASE work")
    case .failed(let error) where !connection.isInTransaction: throw error
    case .refused, .failed:
      try connection.execute("ROLLBACK TO work")
      try connection.execute("RELEASE work")
    }
    return outcome
  }
}

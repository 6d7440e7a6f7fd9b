package import ChangeControl
import Glibc
import Synchronization

/// The one thread that writes. It takes everything that waits, runs it in one transaction (each piece in a savepoint of its own), syncs
/// once, and only then answers all: a burst of deliveries shares one flush of the disk.
package final class Writer: Sendable {
  /// How many pieces of work may wait. At a few hundred microseconds each this is about two seconds: more is refused, not buffered.
  package static let queueLimit = 4_096
  /// How many pieces share one commit: bounds how long the first of them waits for the last.
  package static let batchLimit = 256

  /// What became of one piece of work.
  private enum Verdict: Sendable {
    case stands
    /// The body threw an error of its own: rolled back to its savepoint, alone.
    case refused
    case failed(StorageError)
  }

  private struct Work: Sendable {
    let run: @Sendable (Transaction) -> Verdict
    let finish: @Sendable (Verdict) -> Void
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
  ///
  /// Throws what the body throws, or `StorageError` when the commit fails: then nothing of it stands.
  @discardableResult
  package func perform<Value: Sendable>(_ body: @escaping @Sendable (Transaction) throws -> Value) async throws -> Value {
    try await withCheckedThrowingContinuation { continuation in
      let outcome = Handover<Result<Value, any Error>>()
      submit(
        Work(
          run: { transaction in
            do {
              outcome.put(.success(try body(transaction)))
              return .stands
            } catch let error as StorageError {
              return .failed(error)
            } catch {
              outcome.put(.failure(error))
              return .refused
            }
          },
          finish: { verdict in
            if case .failed(let error) = verdict {
              continuation.resume(throwing: error)
            } else {
              continuation.resume(with: outcome.take())
            }
          }))
    }
  }

  private func submit(_ work: Work) {
    let refusal: StorageError? = state.withLock { state in
      if state.isClosed { return .closed }
      if state.waiting.count >= Writer.queueLimit {
        return .busy("more writes wait than the disk can take; send it again in a moment")
      }
      state.waiting.append(work)
      return nil
    }
    if let refusal { work.finish(.failed(refusal)) } else { wakeUp.signal() }
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
    while true {
      let batch = state.withLock { state -> [Work]? in
        guard !state.waiting.isEmpty else { return state.isClosed ? nil : [] }
        let batch = Array(state.waiting.prefix(Writer.batchLimit))
        state.waiting.removeFirst(batch.count)
        return batch
      }
      guard let batch else { return }
      if batch.isEmpty { wakeUp.wait() } else { run(batch, on: connection) }
    }
  }

  private func run(_ batch: [Work], on connection: Connection) {
    var verdicts: [Verdict] = []
    do {
      try connection.begin()
      let transaction = Transaction(connection: connection, now: clock())
      for work in batch { verdicts.append(try run(work, in: transaction)) }
      try connection.commit()
    } catch {
      connection.rollBack()
      // Nothing of the batch stands, whatever became of each piece.
      verdicts = batch.indices.map { index in
        if index < verdicts.count, case .refused = verdicts[index] { .refused } else { .failed(error) }
      }
    }
    for (work, verdict) in zip(batch, verdicts) { work.finish(verdict) }
    committed()
  }

  /// One piece in its savepoint. Throws when the whole transaction is lost (the disk is full, SQLite has rolled back by itself).
  private func run(_ work: Work, in transaction: Transaction) throws(StorageError) -> Verdict {
    let connection = transaction.connection
    try connection.execute("SAVEPOINT work")
    let verdict = work.run(transaction)
    switch verdict {
    case .stands: try connection.execute("RELEASE work")
    case .failed(let error) where !connection.isInTransaction: throw error
    case .refused, .failed:
      try connection.execute("ROLLBACK TO work")
      try connection.execute("RELEASE work")
    }
    return verdict
  }
}

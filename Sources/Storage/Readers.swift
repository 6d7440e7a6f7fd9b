package import ChangeControl
import Synchronization

/// Threads with a read-only connection each. Reads never wait for the writer (WAL), and never run on the event loop. What waits at the same time
/// shares one view, taken after the last of it came in: opening one costs as much as a small query.
package final class Readers: Sendable {
  package static let queueLimit = 4_096

  /// How many pieces of work share one view. It holds up SQLite's checkpoints for as long as it is open.
  package static let batchLimit = 64

  private struct Work: Sendable {
    /// Nil for what looks up a few rows by their keys.
    var budget: Duration?
    var run: @Sendable (Result<Reading, StorageError>) -> Void
  }

  private struct State {
    var waiting: [Work] = []
    var isClosed = false
  }

  private let state = Mutex(State())
  private let wakeUp = Semaphore()
  private let ended = Semaphore()
  private let count: Int
  private let clock: @Sendable () -> Instant

  /// Opens `count` read-only connections to a database that exists and is migrated.
  package init(path: String, count: Int = 1, clock: @escaping @Sendable () -> Instant) throws {
    self.count = count
    self.clock = clock
    for _ in 0..<count {
      let opening = Handover<Result<Void, StorageError>>()
      let thread = Thread { [self] in
        do throws(StorageError) {
          let connection = try Connection(path: path, access: .readOnly)
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
  }

  /// Runs `body` on one consistent view and returns what it returns. What may take long has a budget, and ends with `StorageError.overran` when that
  /// is used up; nothing else waits for it as long as another thread is free.
  package func perform<Value: Sendable>(within budget: Duration? = nil, _ body: @escaping @Sendable (Reading) throws -> Value) async throws
    -> Value
  {
    try await withCheckedThrowingContinuation { continuation in
      let work = Work(budget: budget) { view in continuation.resume(with: Result { try body(view.get()) }) }
      let refusal: StorageError? = state.withLock { state in
        if state.isClosed { return .closed }
        if state.waiting.count >= Readers.queueLimit { return .busy("more reads wait than can be answered; send it again in a moment") }
        state.waiting.append(work)
        return nil
      }
      if let refusal { work.run(.failure(refusal)) } else { wakeUp.signal() }
    }
  }

  package func close() {
    let wasClosed = state.withLock { state in
      defer { state.isClosed = true }
      return state.isClosed
    }
    guard !wasClosed else { return }
    for _ in 0..<count { wakeUp.signal() }
    for _ in 0..<count { ended.wait() }
  }

  private func serve(_ connection: Connection) {
    while let batch = take() {
      if batch.isEmpty { wakeUp.wait() } else { answer(batch, from: connection) }
    }
  }

  /// What waits, oldest first: what may take long by itself, of the rest as much as shares a view. Nil once there will be nothing more.
  private func take() -> ArraySlice<Work>? {
    state.withLock { state in
      guard let first = state.waiting.first else { return state.isClosed ? nil : [] }
      let taken = first.budget == nil ? state.waiting.prefix(Readers.batchLimit).prefix { $0.budget == nil } : state.waiting.prefix(1)
      state.waiting.removeFirst(taken.count)
      return taken
    }
  }

  private func answer(_ batch: ArraySlice<Work>, from connection: Connection) {
    do throws(StorageError) {
      try connection.beginReading()
      defer { connection.rollBack() }
      let view = Reading(connection: connection, now: clock())
      for work in batch {
        guard let budget = work.budget else {
          work.run(.success(view))
          continue
        }
        connection.within(budget, by: clock) { work.run(.success(view)) }
      }
    } catch {
      for work in batch { work.run(.failure(error)) }
    }
  }
}

package import Calendar
import Synchronization

/// Threads with a read-only connection each. Reads never wait for the writer (WAL), and never run on the event loop. What waits at the same time
/// shares one view, taken after the last of it came in: opening one costs as much as a small query.
package final class Readers: Sendable {
  package static let queueLimit = 4_096

  /// How many pieces of work share one view. It holds up SQLite's checkpoints for as long as it is open.
  package static let batchLimit = 64

  private typealias Work = @Sendable (Result<Reading, StorageError>) -> Void

  private struct State {
    var waiting: [Work] = []
    /// How many pieces were ever taken out: the first that waits has this number.
    var taken = 0
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

  /// Runs `body` on one consistent view and returns what it returns. With a budget it ends with `StorageError.overran` when that is used up: one
  /// long search must not hold up everybody who reads.
  package func perform<Value: Sendable>(within budget: Duration? = nil, _ body: @escaping @Sendable (Reading) throws -> Value) async throws
    -> Value
  {
    try await withCheckedThrowingContinuation { continuation in submit(within: budget, body) { continuation.resume(with: $0) } }
  }

  /// The same for who does not wait: `tell` is called once, on a reader's thread or, where no more is taken, at once on this one.
  package func submit<Value: Sendable>(
    within budget: Duration? = nil, _ body: @escaping @Sendable (Reading) throws -> Value,
    tell: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    let work: Work = { [clock] view in
      tell(
        Result {
          let view = try view.get()
          guard let budget else { return try body(view) }
          return try view.connection.within(budget, by: clock) { try body(view) }
        })
    }
    let refusal: StorageError? = state.withLock { state in
      if state.isClosed { return .closed }
      if state.waiting.count >= Readers.queueLimit { return .busy("more reads wait than can be answered; send it again in a moment") }
      state.waiting.append(work)
      return nil
    }
    if let refusal { work(.failure(refusal)) } else { wakeUp.signal() }
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
    while let end = endOfQueue() {
      if end == 0 { wakeUp.wait() } else { answer(upTo: end, from: connection) }
    }
  }

  /// The number after that of the last piece that waits; 0 when none does, nil once there will be nothing more.
  private func endOfQueue() -> Int? {
    state.withLock { state in
      guard !state.waiting.isEmpty else { return state.isClosed ? nil : 0 }
      return state.taken + min(state.waiting.count, Readers.batchLimit)
    }
  }

  /// Answers what came in before the view is opened, one piece at a time: what waits behind a long one is taken by another thread.
  private func answer(upTo end: Int, from connection: Connection) {
    let view: Result<Reading, StorageError>
    do throws(StorageError) {
      try connection.beginReading()
      view = .success(Reading(connection: connection, now: clock()))
    } catch {
      view = .failure(error)
    }
    while let work = take(before: end) { work(view) }
    connection.rollBack()
  }

  private func take(before end: Int) -> Work? {
    state.withLock { state in
      guard state.taken < end, !state.waiting.isEmpty else { return nil }
      state.taken += 1
      return state.waiting.removeFirst()
    }
  }
}

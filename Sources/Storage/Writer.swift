package import Calendar
import Glibc
import Synchronization

/// The one thread that writes. It takes everything that waits, runs it in one transaction, syncs once, and only then answers all: a burst of
/// deliveries shares one flush of the disk. A piece that fails is taken back alone.
package final class Writer: Sendable {
  /// How many pieces of work may wait. At a few hundred microseconds each this is about two seconds: more is refused, not buffered.
  package static let queueLimit = 4_096
  /// How many pieces share one commit: bounds how long the first of them waits for the last.
  package static let batchLimit = 256

  private struct State {
    var waiting: [WritePiece] = []
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
    try await withCheckedThrowingContinuation { continuation in submit(body) { continuation.resume(with: $0) } }
  }

  /// The same for who does not wait: `tell` is called once, on the writer's thread or, where no more is taken, at once on this one.
  package func submit<Value: Sendable>(
    _ body: @escaping @Sendable (Transaction) throws -> Value, tell: @escaping @Sendable (Result<Value, any Error>) -> Void
  ) {
    submit(WritePiece(body, tell: tell))
  }

  private func submit(_ piece: WritePiece) {
    var wasEmpty = false
    let refusal: StorageError? = state.withLock { state in
      if state.isClosed { return .closed }
      if state.waiting.count >= Writer.queueLimit {
        return .busy("more writes wait than the disk can take; send it again in a moment")
      }
      wasEmpty = state.waiting.isEmpty
      state.waiting.append(piece)
      return nil
    }
    // The writer sleeps only after it has found nothing: one signal wakes it for all that comes in until it looks.
    if let refusal { piece.fail(refusal) } else if wasEmpty { wakeUp.signal() }
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
      if batch.isEmpty {
        wakeUp.wait()
      } else {
        connection.write(batch, at: clock) { take(atMost: Writer.batchLimit - $0) ?? [] }
        committed()
      }
    }
  }

  /// What waits, oldest first; nil once there will be nothing more.
  private func take(atMost limit: Int) -> [WritePiece]? {
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
}

package import ChangeControl
import Synchronization

/// Threads with a read-only connection each. Reads never wait for the writer (WAL), and never run on the event loop.
package final class Readers: Sendable {
  package static let queueLimit = 4_096

  private struct State {
    var waiting: [@Sendable (Connection?) -> Void] = []
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
    try await withCheckedThrowingContinuation { continuation in
      let work: @Sendable (Connection?) -> Void = { [clock] connection in
        guard let connection else {
          continuation.resume(throwing: StorageError.closed)
          return
        }
        continuation.resume(
          with: Result {
            guard let budget else { return try connection.reading(at: clock(), body) }
            return try connection.within(budget, by: clock) { try connection.reading(at: clock(), body) }
          })
      }
      let refusal: StorageError? = state.withLock { state in
        if state.isClosed { return .closed }
        if state.waiting.count >= Readers.queueLimit { return .busy("more reads wait than can be answered; send it again in a moment") }
        state.waiting.append(work)
        return nil
      }
      if let refusal { continuation.resume(throwing: refusal) } else { wakeUp.signal() }
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
    while true {
      let (work, isClosed) = state.withLock { state in (state.waiting.isEmpty ? nil : state.waiting.removeFirst(), state.isClosed) }
      if let work {
        work(connection)
      } else if isClosed {
        return
      } else {
        wakeUp.wait()
      }
    }
  }
}

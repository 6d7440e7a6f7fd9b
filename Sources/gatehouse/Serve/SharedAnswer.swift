import HTTPMessages
import Synchronization

/// One answer for all who ask while it is being found, and for a second after: however many ask, it is looked for once a second at most.
final class SharedAnswer: Sendable {
  static let lifetime: Duration = .seconds(1)

  private struct State {
    var search: Task<Response, any Error>?
    /// When the search was over; nil while it goes on.
    var found: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  func get(_ find: @escaping @Sendable () async throws -> Response) async throws -> Response {
    let search = state.withLock { state in
      if let search = state.search, state.found.map({ $0 + SharedAnswer.lifetime > .now }) ?? true { return search }
      let search = Task {
        defer { self.state.withLock { $0.found = .now } }
        return try await find()
      }
      state = State(search: search)
      return search
    }
    return try await search.value
  }
}

import HTTPServer
import Storage
import Synchronization
import Web

/// The content of a long answer, each piece made on a reader when the other end has taken the one before.
final class PieceSource: ContentSource {
  private enum State {
    case made(StreamedResponse.Content)
    case toMake(@Sendable (Reading) throws -> StreamedResponse.Content)
    case over

    mutating func take() -> State {
      let state = self
      self = .over
      return state
    }
  }

  private let state: Mutex<State>
  private let readers: Readers
  /// Told why the content could not be completed.
  private let report: @Sendable (any Error) -> Void

  init(_ content: StreamedResponse.Content, readers: Readers, report: @escaping @Sendable (any Error) -> Void) {
    state = Mutex(.made(content))
    self.readers = readers
    self.report = report
  }

  func next() async throws -> [UInt8]? {
    switch state.withLock({ $0.take() }) {
    case .made(let content): return keep(content)
    case .toMake(let make):
      do {
        return keep(try await readers.perform(within: FrontDesk.readBudget, make))
      } catch {
        report(error)
        throw error
      }
    case .over: return nil
    }
  }

  private func keep(_ content: StreamedResponse.Content) -> [UInt8] {
    if let next = content.next { state.withLock { $0 = .toMake(next) } }
    return content.bytes
  }
}

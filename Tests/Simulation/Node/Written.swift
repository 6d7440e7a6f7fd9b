import Storage
import Synchronization

/// Something that waits for the writer.
struct PendingWrite {
  var piece: WritePiece
  var settle: () -> Void
}

/// Who hears what came of a piece.
final class Written<Value: Sendable> {
  let result = Box<Value>()
  private var hear: ((Result<Value, any Error>) -> Void)?

  func then(_ hear: @escaping (Result<Value, any Error>) -> Void) { self.hear = hear }

  func tell() {
    guard let result = result.take() else { return }
    hear?(result)
  }
}

/// What came of a piece, until its turn to be told.
final class Box<Value: Sendable>: Sendable {
  private let value = Mutex<Result<Value, any Error>?>(nil)

  func put(_ result: Result<Value, any Error>) { value.withLock { $0 = result } }

  func take() -> Result<Value, any Error>? { value.withLock { $0.take() } }
}

/// Wakes a loop that sleeps: rung when there may be something to do. Rings while nobody sleeps are kept as one.
final class Bell: Sendable {
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (stream, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
  }

  func ring() { continuation.yield() }

  /// Sleeps until rung, at most for `limit`; returns at once when the task is cancelled. For one sleeper.
  func wait(atMost limit: Duration) async {
    let timer = Task { [self] in
      try? await Task.sleep(for: limit)
      if !Task.isCancelled { ring() }
    }
    defer { timer.cancel() }
    for await _ in stream { return }
  }
}

import Glibc
import Synchronization

/// Sees that the life that is lived goes on: a step of the core that never ends would leave the simulation standing without a word.
///
/// By processor time, for a machine may be slow, or stopped; by the clock only where a step waits for itself.
final class Standstill: Sendable {
  struct Limits: Sendable {
    /// Of a whole life, which takes less than a tenth of a second, or some seconds under a sanitizer.
    var processorTime = Duration.seconds(60)
    var time = Duration.seconds(1800)
  }

  private struct Beginning: Sendable {
    var number: Int
    var seed: UInt64
    var processorTime = Standstill.processorTime
    var instant = ContinuousClock.now

    func isBeyond(_ limits: Limits) -> Bool {
      Standstill.processorTime - processorTime > limits.processorTime || .now - instant > limits.time
    }
  }

  private let current = Mutex<Beginning?>(nil)

  /// - Parameter end: is told which life stands still; it is not expected to come back.
  init(_ limits: Limits = Limits(), end: @escaping @Sendable (_ number: Int, _ seed: UInt64) -> Void) {
    // From a task of its own, and again and again: a life that stands can tell of nothing itself.
    Task.detached {
      while true {
        if let life = self.current.withLock({ $0 }), life.isBeyond(limits) { return end(life.number, life.seed) }
        try await Task.sleep(for: .milliseconds(200))
      }
    }
  }

  func begins(_ number: Int, seed: UInt64) { current.withLock { $0 = Beginning(number: number, seed: seed) } }

  private static var processorTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}

import GitLab
import HTTPMessages
import Synchronization

/// Sends until GitLab asks for quiet. What would have been sent from then on fails, without having been sent. A long look takes its time: GitLab.com
/// answers 2000 requests a minute of one user, and what decisions need of them comes first.
final class CourteousTransport: Transport {
  private let transport: any Transport
  private let quiet = Mutex<Duration?>(nil)
  /// Nil while somebody waits.
  private let pace: Mutex<Pace?>

  init(_ transport: any Transport, isPaced: Bool) {
    self.transport = transport
    pace = Mutex(isPaced ? Pace(at: .now) : nil)
  }

  /// How long it asked for.
  var pause: Duration? { quiet.withLock { $0 } }

  func send(_ request: Request) async -> Answer {
    let wait = pace.withLock { $0?.wait(at: .now) ?? .zero }
    if wait > .zero, (try? await Task.sleep(for: wait)) == nil {
      return .failure(TransportFailure(effect: .none, reason: "there was no time left to ask"))
    }
    guard pause == nil else { return .failure(TransportFailure(effect: .none, reason: "it has asked for quiet, and is not asked on")) }
    let answer = await transport.send(request)
    if case .success(let response) = answer, response.status.code == 429 || response.status.code == 503,
      let asked = GitLab.pause(from: response.head)
    {
      quiet.withLock { $0 = max($0 ?? .zero, asked) }
    }
    return answer
  }
}

/// How fast one look asks: at once as much as a hundred projects take, and beyond that slowly.
struct Pace: Sendable {
  static let burst = 700
  static let interval: Duration = .milliseconds(100)

  /// When the next may be sent that is not of the burst, had all before it been sent so slowly.
  private var next: ContinuousClock.Instant

  init(at now: ContinuousClock.Instant) { next = now - Pace.interval * Pace.burst }

  /// How long the request that is to be sent now has to wait.
  mutating func wait(at now: ContinuousClock.Instant) -> Duration {
    next = max(next, now - Pace.interval * Pace.burst) + Pace.interval
    return max(.zero, next - now)
  }
}

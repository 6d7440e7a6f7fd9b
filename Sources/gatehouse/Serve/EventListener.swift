import HTTPServer
import Synchronization
import Web

/// One who listens to the events: the content of an answer that has no end of its own.
final class EventListener: ContentSource {
  private static let numbers = Atomic<UInt64>(0)

  private struct Position {
    var opening: [UInt8]?
    var after: Int64
    var beat: Int
  }

  private let number = EventListener.numbers.add(1, ordering: .relaxed).newValue
  private let subscription: Subscription
  private let feed: EventFeed
  private let position: Mutex<Position>

  init(_ subscription: Subscription, feed: EventFeed) {
    self.subscription = subscription
    self.feed = feed
    position = Mutex(Position(opening: subscription.opening, after: subscription.after, beat: feed.beat))
  }

  deinit {
    feed.unsubscribe()
  }

  /// What has happened since, as soon as something has; a heartbeat when nothing does; nil once the token ends or the server does.
  func next() async throws -> [UInt8]? {
    if let opening = position.withLock({ $0.opening.take() }) { return opening }
    while !Task.isCancelled {
      let (after, beat) = position.withLock { ($0.after, $0.beat) }
      var news = feed.news(after: after, for: subscription)
      if case .passed = news { news = try await feed.pastEvents(after: after, for: subscription) }
      switch news {
      case .events(let bytes, let through)?:
        position.withLock { $0.after = through }
        if !bytes.isEmpty { return bytes }
      case .silence?, .passed?:
        let latest = feed.beat
        guard beat == latest else {
          position.withLock { $0.beat = latest }
          return Subscription.heartbeat
        }
        await feed.wait(number, after: after, beat: beat)
      case nil: return nil
      }
    }
    return nil
  }
}

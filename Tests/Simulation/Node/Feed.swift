import Storage
import Web

/// Tells whoever listens what was committed: the server's `EventFeed`, a step at a time.
final class Feed {
  /// As the server's.
  static let page = 128
  static let rest: Int64 = 10

  private unowned let node: Node
  private let born: Int
  private var recent = RecentEvents(after: 0)
  private var revokedTokens: Set<String> = []
  private var lines: [EventLine] = []
  private var waiting: [EventLine] = []
  private var isLooking = false
  private var isRung = false

  init(node: Node) {
    self.node = node
    born = node.incarnation
  }

  /// The process has ended, and with it every connection.
  func close() {
    let all = lines
    (lines, waiting) = ([], [])
    for line in all { line.end() }
  }

  /// Something was committed.
  func ring() {
    isRung = true
    guard !isLooking, !lines.isEmpty else { return }
    isLooking = true
    after(Feed.rest) { [self] in look() }
  }

  func subscribe(_ subscription: Subscription, _ hear: @escaping ([UInt8]?) -> Void) -> EventLine {
    // While nobody listened nothing was read.
    if lines.isEmpty { recent = RecentEvents(after: subscription.newest) }
    let line = EventLine(subscription, feed: self, hear)
    lines.append(line)
    ring()
    return line
  }

  func unsubscribe(_ line: EventLine) {
    lines.removeAll { $0 === line }
    waiting.removeAll { $0 === line }
  }

  // MARK: What lines ask

  fileprivate func news(after id: Int64, for subscription: Subscription) -> RecentEvents.News? {
    guard node.now < subscription.expiresAt, !revokedTokens.contains(subscription.token) else { return nil }
    return recent.news(after: id, of: subscription.change)
  }

  fileprivate func pastEvents(after id: Int64, for subscription: Subscription) throws -> RecentEvents.News? {
    let application = node.application
    let found = try node.read { try application.events(after: id, of: subscription.change, limit: Feed.page, in: $0) }
    guard !found.revokedTokens.contains(subscription.token) else { return nil }
    return RecentEvents.News(found.events[...], of: subscription.change, through: found.through)
  }

  fileprivate func wait(_ line: EventLine) { waiting.append(line) }

  // MARK: Looking

  private func look() {
    isRung = false
    let (application, head) = (node.application, recent.head)
    guard !lines.isEmpty, let found = try? node.read({ try application.events(after: head, limit: Feed.page, in: $0) }) else {
      isLooking = false
      return
    }
    // Somebody may come or go before what was found is kept.
    after(node.life.chance.within(0...2)) { [self] in
      revokedTokens = found.revokedTokens
      if recent.head == head { recent.keep(found) }
      let woken = waiting
      waiting = []
      for line in woken { line.next() }
      isLooking = false
      if found.isPage || isRung { ring() }
    }
  }

  private func after(_ delay: Int64, _ act: @escaping () -> Void) {
    node.life.after(delay) { [self] in if node.incarnation == born { act() } }
  }
}

/// One answer that goes on and on: the server's `EventListener`.
final class EventLine {
  private let subscription: Subscription
  private unowned let feed: Feed
  private var position: Int64
  private var isOver = false
  private let hear: ([UInt8]?) -> Void

  init(_ subscription: Subscription, feed: Feed, _ hear: @escaping ([UInt8]?) -> Void) {
    self.subscription = subscription
    self.feed = feed
    self.hear = hear
    position = subscription.after
  }

  /// The other end has taken what there was, and wants more.
  func next() {
    while !isOver {
      var news = feed.news(after: position, for: subscription)
      if case .passed = news { news = try? feed.pastEvents(after: position, for: subscription) }
      switch news {
      case .events(let bytes, let through)?:
        position = through
        if !bytes.isEmpty { return hear(bytes) }
      case .silence?, .passed?: return feed.wait(self)
      case nil:
        feed.unsubscribe(self)
        return end()
      }
    }
  }

  /// The other end has hung up.
  func hangUp() {
    guard !isOver else { return }
    isOver = true
    feed.unsubscribe(self)
  }

  func end() {
    guard !isOver else { return }
    isOver = true
    hear(nil)
  }
}

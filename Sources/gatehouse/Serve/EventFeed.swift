import ChangeControl
import Logging
import Storage
import Synchronization
import Web

/// Tells everybody who listens what happened to change requests, after it was committed.
///
/// One task reads what is new, once for all listeners, and keeps the latest events made ready to be sent. Who reads too slowly to be told from
/// those reads on from the database, at their own pace: a listener costs a place in a table, never a queue.
final class EventFeed: Sendable {
  /// Entries of the audit log that are read in one go.
  static let page = 128
  /// How long listeners hear nothing at most. Under the 60 s for which nginx and most others wait.
  static let heartbeat: Duration = .seconds(15)
  /// The least time between two looks, so that a burst of commits costs one look and wakes each listener once.
  static let rest: Duration = .milliseconds(10)

  private struct State {
    var application: Application
    var recent = RecentEvents(after: 0)
    /// Counts heartbeats.
    var beat = 0
    var revokedTokens: Set<String> = []
    var listeners = 0
    var waiting: [UInt64: CheckedContinuation<Void, Never>] = [:]
    var isClosed = false
  }

  private let state: Mutex<State>
  private let readers: Readers
  private let limit: Int
  private let commits: Bell
  private let log: Logger

  /// `commits` rings after each commit. At most `limit` listen at the same time.
  init(application: Application, readers: Readers, commits: Bell, limit: Int, log: Logger) {
    state = Mutex(State(application: application))
    self.readers = readers
    self.limit = limit
    self.commits = commits
    self.log = log
  }

  func replace(with application: Application) { state.withLock { $0.application = application } }

  /// Everybody who listens is told all there is and then that it is over; nobody else may.
  func close() {
    state.withLock { $0.isClosed = true }
    wakeAll()
  }

  /// Nil when too many listen already, or the feed is closed.
  func subscribe(_ subscription: Subscription) -> EventListener? {
    let isWelcome = state.withLock { state in
      guard !state.isClosed, state.listeners < limit else { return false }
      // While nobody listened nothing was read.
      if state.listeners == 0 { state.recent = RecentEvents(after: subscription.newest) }
      state.listeners += 1
      return true
    }
    guard isWelcome else { return nil }
    // What was committed since the subscription's view.
    commits.ring()
    return EventListener(subscription, feed: self)
  }

  func unsubscribe() { state.withLock { $0.listeners -= 1 } }

  // MARK: What listeners ask

  /// Nil when all is over: the token has ended, or the server ends and there is nothing more to tell.
  func news(after id: Int64, for subscription: Subscription) -> RecentEvents.News? {
    let now = SystemClock.now()
    return state.withLock { state in
      guard now < subscription.expiresAt, !state.revokedTokens.contains(subscription.token) else { return nil }
      let news = state.recent.news(after: id, of: subscription.change)
      return state.isClosed && news == .silence ? nil : news
    }
  }

  /// As `news`, from the database.
  func pastEvents(after id: Int64, for subscription: Subscription) async throws -> RecentEvents.News? {
    let application = state.withLock { $0.application }
    let found = try await readers.perform { try application.events(after: id, of: subscription.change, limit: EventFeed.page, in: $0) }
    guard !found.revokedTokens.contains(subscription.token) else { return nil }
    return RecentEvents.News(found.events[...], of: subscription.change, through: found.through)
  }

  /// Counts heartbeats.
  var beat: Int { state.withLock { $0.beat } }

  /// Returns when there is something after `id`, when the heart has beaten since `beat`, when all is over and when the task is cancelled. For
  /// one task at a time under each number.
  func wait(_ number: UInt64, after id: Int64, beat: Int) async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mustWait = state.withLock { state in
          guard state.recent.head <= id, state.beat == beat, !state.isClosed, !Task.isCancelled else { return false }
          state.waiting[number] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiting.removeValue(forKey: number) }?.resume()
    }
  }

  // MARK: The one who looks

  /// Runs until the task is cancelled.
  func run() async {
    var nextBeat = ContinuousClock.now + EventFeed.heartbeat
    while !Task.isCancelled {
      let looked = ContinuousClock.now
      var hasFailed = false
      do {
        if try await look() { wakeAll() }
      } catch {
        log.warning("events wait: the database does not answer", metadata: ["reason": "\(error)"])
        hasFailed = true
        try? await Task.sleep(for: Courier.storagePause)
      }
      if ContinuousClock.now >= nextBeat {
        nextBeat = ContinuousClock.now + EventFeed.heartbeat
        state.withLock { $0.beat += 1 }
        wakeAll()
      }
      // What could not be read is looked for again, whether or not there is another commit.
      if hasFailed { continue }
      await commits.wait(atMost: nextBeat - ContinuousClock.now)
      let since = ContinuousClock.now - looked
      if since < EventFeed.rest { try? await Task.sleep(for: EventFeed.rest - since) }
    }
  }

  /// True when there was something new.
  private func look() async throws -> Bool {
    var isNew = false
    while true {
      let (application, head, isHeard) = state.withLock { ($0.application, $0.recent.head, $0.listeners > 0) }
      guard isHeard else { return isNew }
      let found = try await readers.perform { try application.events(after: head, limit: EventFeed.page, in: $0) }
      state.withLock { state in
        state.revokedTokens = found.revokedTokens
        // Else somebody began to listen meanwhile, further on.
        if state.recent.head == head { state.recent.keep(found) }
      }
      isNew = isNew || found.through > head
      guard found.isPage else { return isNew }
    }
  }

  private func wakeAll() {
    let waiting = state.withLock { state in
      defer { state.waiting = [:] }
      return state.waiting.values
    }
    for continuation in waiting { continuation.resume() }
  }
}

/// The latest events, made ready to be sent and shared by all who listen.
package struct RecentEvents: Sendable {
  /// What there is for somebody who has heard everything up to some event.
  package enum News: Sendable, Hashable {
    case events([UInt8], through: Int64)
    /// What comes next is no longer at hand: it is in the database.
    case passed
    case silence
  }

  /// How many events are kept at hand, and their bytes together: enough for everybody to be told of a burst.
  static let limit = 512
  static let byteLimit = 1_024 * 1_024

  /// The entry of the audit log up to which this is all there is.
  package private(set) var head: Int64
  /// Every event after `floor` up to `head`, oldest first.
  private var events: [ChangeEvent] = []
  private var floor: Int64
  private var byteCount = 0

  /// Begins with what comes after `head`.
  package init(after head: Int64) {
    self.head = head
    floor = head
  }

  /// Takes in what was found after the present head; lets go of the oldest above the limits.
  package mutating func keep(_ found: ChangeEvents) {
    events += found.events
    byteCount += found.events.reduce(0) { $0 + $1.bytes.count }
    head = found.through
    var excess = 0
    while events.count - excess > RecentEvents.limit || byteCount > RecentEvents.byteLimit {
      byteCount -= events[excess].bytes.count
      floor = events[excess].id
      excess += 1
    }
    events.removeFirst(excess)
  }

  package func news(after id: Int64, of change: Int64?) -> News {
    guard id < head else { return .silence }
    guard id >= floor else { return .passed }
    // Whoever listens has mostly heard all but the last few.
    let start = events.lastIndex { $0.id <= id }.map { $0 + 1 } ?? 0
    return News(events[start...], of: change, through: head)
  }
}

extension RecentEvents.News {
  /// As many of `events` as are told in one go; all of them reach through the entry `end`.
  package init(_ events: ArraySlice<ChangeEvent>, of change: Int64?, through end: Int64) {
    var bytes: [UInt8] = []
    for event in events where change == nil || event.change == change {
      bytes += event.bytes
      guard bytes.count < Limits.piece else {
        self = .events(bytes, through: event.id)
        return
      }
    }
    self = .events(bytes, through: end)
  }
}

import Calendar
import Logging
import Storage
import Synchronization
import Web

/// Tells the log of each gate that has turned, after that was committed and whatever turned it: a person, the policy, time, a new configuration,
/// GitLab. And of what happened in GitLab past the gate, and to what the gate stands on; that is counted too.
///
/// It reads on in the audit log from where that stood when the server started. So a database that does not answer for a while costs no line, and
/// the writer does no more for it than ring a bell.
final class GateTurnLog: Sendable {
  /// Entries that are read in one go.
  static let page = 100
  /// The least time between two looks: a burst of webhooks, which turns nothing, costs ten small reads a second.
  static let rest: Duration = .milliseconds(100)
  /// How long it sleeps at most: a safety net, it is woken by each commit.
  static let longestSleep: Duration = .seconds(30)

  /// A place in the audit log.
  struct Position: Sendable {
    var seq: Int64
    /// Of the entry there: another log has another.
    var hash: String
    /// When all up to there was read.
    var readAt: Instant

    /// Where the log ends now.
    init(endOf reading: Reading) throws {
      let head = try reading.auditHead()
      self.init(seq: head.seq, hash: head.hash, readAt: reading.now)
    }

    init(seq: Int64, hash: String, readAt: Instant) { (self.seq, self.hash, self.readAt) = (seq, hash, readAt) }
  }

  private let readers: Readers
  private let commits: Bell
  private let counts: EventCounts
  private let log: Logger
  /// Up to where all is told.
  private let told: Mutex<Position>

  /// `commits` rings after each commit; nothing up to the position is told.
  init(after position: Position, readers: Readers, commits: Bell, counts: EventCounts = EventCounts(), log: Logger) {
    self.readers = readers
    self.commits = commits
    self.counts = counts
    self.log = log
    told = Mutex(position)
  }

  /// Runs until the task is cancelled.
  func run() async {
    while !Task.isCancelled {
      do {
        try await tell()
        await commits.wait(atMost: GateTurnLog.longestSleep)
        try? await Task.sleep(for: GateTurnLog.rest)
      } catch {
        log.warning("lines about gates that turned wait: the database does not answer", metadata: ["reason": "\(error)"])
        try? await Task.sleep(for: Courier.storagePause)
      }
    }
  }

  /// Tells what is left when nothing is written any more. For after `run`.
  func finish() async {
    do {
      try await tell()
    } catch {
      log.error(
        "gates may have turned of which there is no line: the database does not answer; `gatehouse audit export` has them",
        metadata: ["after_seq": "\(told.withLock { $0.seq })", "reason": "\(error)"])
    }
  }

  private func tell() async throws {
    while true {
      let before = told.withLock { $0 }
      let news = try await readers.perform { try News(after: before, in: $0) }
      if news.isOfAnotherLog {
        log.warning(
          """
          the audit log is not the one that was read before: the database was restored while the server runs; stop it, check the database \
          with `gatehouse audit verify`, and start it again
          """,
          metadata: ["read_to_seq": "\(before.seq)", "ends_at_seq": "\(news.end.seq)"])
      }
      for entry in news.entries {
        if let irregularity = Irregularity(entry, among: news.entries) {
          irregularity.count(in: counts)
          irregularity.tell(to: log)
        }
        guard let turn = GateTurn(entry) else { continue }
        log.log(level: turn.isPastTheRules ? .warning : .notice, turn.message, metadata: turn.metadata)
      }
      told.withLock { $0 = news.position }
      if news.position.seq == news.end.seq { return }
    }
  }
}

/// What the audit log has after a position.
private struct News: Sendable {
  var entries: [AuditEntry] = []
  /// Up to where these are all.
  var position: GateTurnLog.Position
  var end: GateTurnLog.Position
  /// What was read before stands there no more.
  var isOfAnotherLog = false

  init(after before: GateTurnLog.Position, in reading: Reading) throws {
    end = try GateTurnLog.Position(endOf: reading)
    position = end
    // Most commits add no entry: then this is all that is asked.
    guard (end.seq, end.hash) != (before.seq, before.hash) else { return }
    isOfAnotherLog = try before.seq > 0 && reading.auditEntries(after: before.seq - 1, limit: 1).first?.hash != before.hash
    var filter = AuditFilter()
    filter.actions = GateTurn.actions + Irregularity.actions
    // Where it parts from the one that was read nobody knows; but what it was given since then has happened since then.
    if isOfAnotherLog { filter.since = before.readAt }
    entries = try reading.auditEntries(filter, after: isOfAnotherLog ? 0 : before.seq, limit: GateTurnLog.page)
    if entries.count == GateTurnLog.page, let last = entries.last {
      position = GateTurnLog.Position(seq: last.seq, hash: last.hash, readAt: last.at)
    }
  }
}

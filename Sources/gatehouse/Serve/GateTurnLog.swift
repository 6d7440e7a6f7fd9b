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

  private let readers: Readers
  private let commits: Bell
  private let counts: EventCounts
  private let log: Logger
  /// Up to which entry of the audit log all is told.
  private let told: Mutex<Int64>

  /// `commits` rings after each commit; nothing up to the entry `seq` is told.
  init(after seq: Int64, readers: Readers, commits: Bell, counts: EventCounts = EventCounts(), log: Logger) {
    self.readers = readers
    self.commits = commits
    self.counts = counts
    self.log = log
    told = Mutex(seq)
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
        metadata: ["after_seq": "\(told.withLock { $0 })", "reason": "\(error)"])
    }
  }

  private func tell() async throws {
    while true {
      let before = told.withLock { $0 }
      let (entries, through) = try await readers.perform { reading in
        // Most commits add no entry: then this is all that is asked.
        let head = try reading.auditHead().seq
        guard head > before else { return ([AuditEntry](), before) }
        var filter = AuditFilter()
        filter.actions = Irregularity.actions
        let entries = try reading.auditEntries(filter, after: before, limit: GateTurnLog.page)
        return (entries, entries.count < GateTurnLog.page ? head : entries[entries.count - 1].seq)
      }
      for entry in entries {
        if let irregularity = Irregularity(entry, among: entries) {
          irregularity.count(in: counts)
          irregularity.tell(to: log)
        }
        guard entry.action == GateTurn.action else { continue }
        let turn = GateTurn(entry)
        log.log(level: turn.isPastTheRules ? .warning : .notice, "the gate turned", metadata: turn.metadata)
      }
      guard through > before else { return }
      told.withLock { $0 = through }
    }
  }
}

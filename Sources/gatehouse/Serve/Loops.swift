import Calendar
import ChangeControl
import Configuration
import Gate
import GitLab
import HTTPClient
import Logging
import Storage
import Synchronization
import Web

/// What runs beside the listener under one configuration: for each GitLab a courier and a reconciler, one sweeper, and the checks on a schedule.
final class Loops: Sendable {
  static let sweepEvery: Duration = .seconds(30)
  /// Lines about overdue reviews at once; the list has the rest.
  static let warnings = 100
  static let lookEvery: Duration = .seconds(1)
  /// How long `stop` hears conversations out. A GitLab that is slow must hold up neither the end of the process nor a new configuration, under
  /// which every other GitLab waits to be served; what is cut off is read back by the next attempt.
  static let patience: Duration = .seconds(4)

  private struct Lane: Sendable {
    let courier: Courier
    let reconciler: Reconciler
    let client: HTTPClient
  }

  private let lanes: [Lane]
  private let checks: ScheduledChecks?
  let errands: Errands
  private let gate: GateInForce
  private let writer: Writer
  private let log: Logger
  private let readers: Readers
  private let tasks = Mutex<[Task<Void, Never>]>([])

  /// - Parameter inForce: what all that is decided here is decided by, also while these loops are on their way out.
  init(
    configuration: Configuration, from path: String?, deciding inForce: GateInForce, writer: Writer, readers: Readers, log: Logger
  ) throws {
    let gate = Gate(plan: configuration.plan)
    self.gate = inForce
    self.writer = writer
    self.readers = readers
    self.log = log
    var administrators: [GitLabConnection] = []
    lanes = try configuration.gitlab.map { instance in
      let client = try HTTPClient(certificateAuthorityFile: instance.certificateAuthorityFile)
      let gitlab = GitLabConnection(
        name: instance.name, address: try GitLabAddress(instance.url), token: instance.token, transport: client)
      administrators.append(instance.adminToken.map { gitlab.with(token: $0, of: .administrator) } ?? gitlab)
      let bell = Bell()
      var log = log
      log[metadataKey: "instance"] = "\(instance.name)"
      return Lane(
        courier: Courier(gate: inForce, gitlab: gitlab, writer: writer, readers: readers, bell: bell, log: log),
        reconciler: Reconciler(
          gate: gate, gitlab: gitlab, writer: writer, readers: readers, courier: bell, log: log,
          rotatesTokenBefore: instance.setup.rotateTokenBefore, tokenLifetime: TokenLifetime(instance.setup.tokenLifetime)),
        client: client)
    }
    checks = path.map {
      ScheduledChecks(path: $0, configuration: configuration, gate: gate, writer: writer, readers: readers, log: log)
    }
    errands = Errands(gitlabs: administrators, writer: writer, readers: readers, log: log)
  }

  func start(tokenUses: TokenUses) {
    var started: [Task<Void, Never>] = []
    for lane in lanes {
      started.append(Task { await lane.courier.run() })
      started.append(Task { await lane.reconciler.run() })
      started.append(
        Task { [name = lane.reconciler.gitlab.name] in await self.errands.settleOpenRequests(of: name, gate: self.gate.current) })
    }
    started.append(Task { await self.sweep(tokenUses) })
    started.append(Task { await self.lookAgain() })
    if let checks { started.append(Task { await checks.run() }) }
    tasks.withLock { $0 = started }
  }

  /// Something was written: a callback may be due.
  func ring() { for lane in lanes { lane.courier.bell.ring() } }

  /// Claims nothing more, hears out what is under way for as long as patience lasts, and returns.
  func stop() async {
    let running = tasks.withLock { tasks in
      defer { tasks = [] }
      return tasks
    }
    for task in running { task.cancel() }
    let cut = Task {
      guard (try? await Task.sleep(for: Loops.patience)) != nil else { return }
      await hangUp()
    }
    for task in running { await task.value }
    await errands.finish()
    cut.cancel()
    await hangUp()
  }

  /// Sends nothing more; what is on its way has the client's own grace.
  private func hangUp() async {
    await withDiscardingTaskGroup { group in
      for lane in lanes { group.addTask { await lane.client.shutDown() } }
    }
  }

  static func flush(_ uses: TokenUses, to writer: Writer) async {
    let noted = uses.take()
    guard !noted.isEmpty else { return }
    try? await writer.perform { transaction in
      for (id, instant) in noted { try transaction.noteTokenUse(id: id, at: instant) }
    }
  }

  /// Looks at what only time moves, within a second of its time: a freeze that ends, an approval that begins to count.
  private func lookAgain() async {
    while !Task.isCancelled {
      do {
        if try await readers.perform({ reading in try reading.nextLook().map { $0 <= reading.now } ?? false }) {
          let isMoreDue = try await writer.perform { [gate] transaction in
            try gate.current.lookAgain(requestID: freshRequestID(), in: transaction).map { $0 <= transaction.now } ?? false
          }
          ring()
          // A freeze may have held thousands: they go out one piece after another, and others write between two.
          if isMoreDue { continue }
        }
      } catch {
        log.warning("what waits for its time was not looked at", metadata: ["reason": "\(error)"])
      }
      try? await Task.sleep(for: Loops.lookEvery)
    }
  }

  private func reconsiderWaiting(isAnew: Bool) async throws {
    var cursor: Int64?
    let requestID = freshRequestID()
    repeat {
      cursor = try await writer.perform { [gate, cursor] in
        try gate.current.reconsiderWaiting(before: cursor, isAnew: isAnew, requestID: requestID, in: $0)
      }
    } while cursor != nil && !Task.isCancelled
  }

  /// Warns of each review that has become overdue since `instant`; returns until when it has looked.
  private func warnOfReviews(overdueSince instant: Instant) async throws -> Instant {
    let (overdue, now) = try await readers.perform { reading in
      (try reading.reviewsOverdue(since: instant, limit: Loops.warnings), reading.now)
    }
    for record in overdue {
      log.warning(
        "the review of a broken glass is overdue; list them with `gatehouse change list --review overdue`",
        metadata: [
          "change": "\(record.change.key)", "glass_broken_by": "\(record.change.brokenGlass?.user ?? "")",
          "due": "\(record.change.review?.dueAt.iso8601 ?? "")",
        ])
    }
    return now
  }

  private func sweep(_ uses: TokenUses) async {
    var warnedUntil = Instant(milliseconds: 0)
    // A configuration was read: what GitLab refused, with the token of before, is asked soon.
    var isNew = true
    while !Task.isCancelled {
      do {
        let gone = try await writer.perform { [gate, isNew] transaction in
          if isNew { try gate.current.lookAtHeld(in: transaction) }
          return try gate.current.sweep(in: transaction)
        }
        if gone > 0 { log.debug("old deliveries let go", metadata: ["rows": "\(gone)"]) }
        try await reconsiderWaiting(isAnew: isNew)
        isNew = false
        warnedUntil = try await warnOfReviews(overdueSince: warnedUntil)
        ring()
      } catch {
        log.warning("the sweep did not run", metadata: ["reason": "\(error)"])
      }
      await Loops.flush(uses, to: writer)
      try? await Task.sleep(for: Loops.sweepEvery)
    }
  }
}

import Calendar
import ChangeControl
import FaultyDisk
import Gate
import Storage
import TestSupport
import Testing

/// A database file that meets its trouble at one point of its life, and the process that serves from it: when that dies, the file is opened anew, as
/// a restart does.
final class MortalDatabase {
  let label: String
  private let path: String
  private let trouble: Trouble
  private let point: Int
  private let disk: FaultyDisk
  private var opened: Connection?
  /// Points of the life so far; the disk counts its own.
  private var passed = 0
  private var isDead = false
  private var wasHit = false
  private var failures = 0
  /// Since a sync was lost.
  private var steps = 0
  /// What GitLab was asked, and is not written down yet. The courier keeps it in memory until the disk takes it.
  private var unsettled: [(claim: Claim, outcome: CallbackOutcome)] = []
  private var deeds = Deeds()

  init(path: String, _ trouble: Trouble, at point: Int) throws {
    (self.path, self.trouble, self.point) = (path, trouble, point)
    label = "\(trouble) at \(point)"
    disk = FaultyDisk(path: path)
    try write(Bench.migrated, toNewFile: path)
    try open()
    if case .disk(let kind, let lasts) = trouble {
      // Kept in memory, a page would be read once in a life. And what is read wrongly is not carried into the file by a checkpoint, unread.
      try connection.run("PRAGMA cache_size = 2; PRAGMA wal_autocheckpoint = \(kind == .corrupt ? 0 : 40)")
      disk.arm(Fault(kind, at: point, lasts: lasts))
    }
  }

  var connection: Connection {
    guard let opened else { preconditionFailure("a life goes on only with its file open") }
    return opened
  }

  /// Points that came so far.
  var count: Int { if case .disk = trouble { disk.count } else { passed } }

  private func open() throws {
    let connection = try Connection(path: path, access: .readWrite)
    opened = connection
    guard trouble == .death else { return }
    connection.fault = { [unowned self] _ throws(StorageError) in
      if isDead { throw .failed("dead") }
      passed += 1
      if passed == point {
        isDead = true
        throw .failed("crash")
      }
    }
  }

  /// Takes steps until the life is over; after its trouble it goes on with what the file says. True when the trouble came.
  ///
  /// - Parameter steps: as many as a life has at most, each crash repeating one.
  func live(_ bench: Bench, steps: Int, until isOver: (Connection) throws -> Bool, step: () throws -> Void) throws -> Bool {
    for _ in 0..<steps where try !undisturbed(isOver) {
      do {
        try step()
      } catch let error as StorageError where isDead || disk.isStruck || wasHit {
        failures += 1
        #expect(trouble.explains(error), "\(label): \(error)")
      }
      try goOn(at: bench.now)
    }
    wasHit = wasHit || disk.isStruck
    if case .disk(.lostSync, _) = trouble, disk.isStruck { try losePower(at: bench.now) }
    disk.heal()
    #expect(try undisturbed(isOver), "\(label): it does not come to its end")
    return wasHit
  }

  /// After a step in which it may have failed.
  private func goOn(at now: Instant) throws {
    guard isDead || disk.isStruck else { return }
    wasHit = true
    guard case .disk(let kind, let lasts) = trouble else { return try restart(at: now) }
    let patience = 3
    if kind.kills {
      try restart(at: now)
    } else if kind == .lostSync {
      // Not at once: others are synced first, as if nothing had been.
      steps += 1
      if steps >= patience { try losePower(at: now) }
    } else if kind == .corrupt, failures > 0 {
      // What it has in memory is not better for the disk's being well again.
      disk.heal()
      try restart(at: now)
    } else if !lasts || failures >= patience {
      disk.heal()
    }
  }

  private func losePower(at now: Instant) throws {
    disk.cutPower()
    deeds.losesAll()
    try restart(at: now)
  }

  private func restart(at now: Instant) throws {
    for (claim, _) in unsettled { deeds.loses(claim.instruction) }
    (opened, unsettled) = (nil, [])
    disk.restart(seed: Sample.seed &+ UInt64(point))
    isDead = false
    try open()
    try connection.transaction(at: now) { _ = try $0.releaseLeases() }
  }

  /// For whoever looks on: no point of theirs is one of the life's.
  private func undisturbed<Value>(_ body: (Connection) throws -> Value) throws -> Value {
    let fault = connection.fault
    connection.fault = nil
    defer { connection.fault = fault }
    return try disk.paused { try body(connection) }
  }

  /// Does it, and once more where that is the trouble. What is refused the second time is refused.
  @discardableResult
  func take<Value>(_ body: () throws -> Value) throws -> Value {
    let value = try body()
    if trouble == .doubled {
      passed += 1
      if passed == point {
        wasHit = true
        do { _ = try body() } catch is Refusal {}
      }
    }
    return value
  }

  /// One round of the courier: takes what is due, lets GitLab be asked, and writes down what came of it, until that is written.
  func deliver(_ bench: Bench, _ carryOut: (Instruction) -> CallbackOutcome) throws {
    let gate = bench.gate
    if unsettled.isEmpty {
      for claim in try take({ try connection.transaction(at: bench.now) { try gate.claim(instance: "main", limit: 10, in: $0) } }) {
        let outcome = try take {
          deeds.carriesOut(claim.instruction)
          return carryOut(claim.instruction)
        }
        // It is the trouble itself that this went out twice.
        if trouble == .doubled, passed == point { deeds.loses(claim.instruction) }
        unsettled.append((claim, outcome))
      }
    }
    while let (claim, outcome) = unsettled.first {
      try take { _ = try connection.transaction(at: bench.now) { try gate.settle(claim, outcome, in: $0) } }
      unsettled.removeFirst()
    }
  }

  /// What must be so of the file however the life went.
  func checkFile(at now: Instant) throws {
    connection.fault = nil
    if case .broken(let reason) = try connection.reading(at: now, { try AuditChain.verify($0) }) { Issue.record("\(label): \(reason)") }
    #expect(try connection.integrityProblems() == [], "\(label)")
    let leased = try connection.query("SELECT count(*) FROM outbox WHERE leased_until IS NOT NULL AND state <> 'delivered'") {
      $0.requiredInteger(0)
    }
    #expect(leased == [0], "\(label): left claimed")
    #expect(deeds.doubled == [], "\(label)")
  }

  /// Lives a life with its trouble at point 1, 2, 3 …, or at some of these points, and first without any, to count them.
  ///
  /// - Parameters:
  ///   - story: what is lived, for the table of `make matrix`.
  ///   - fewest: points that such a life has at least: fewer, and they are no longer counted.
  ///   - most: lives that are lived, unless all are asked for.
  ///   - live: lives it, checks what came of it, and says whether the trouble came and how many points there were.
  static func troubleEverywhere(
    _ story: String, _ trouble: some CustomStringConvertible, fewest: Int, most: Int = .max,
    _ live: (_ point: Int) throws -> (wasHit: Bool, count: Int)
  ) rethrows {
    var (points, hits) = (0, 0)
    // Also where a life ends with an error.
    defer { if Sample.takesAll { Sample.tell(["\(points)", "\(hits)", "\(trouble)", story]) } }
    let whole = try live(.max)
    #expect(!whole.wasHit)
    #expect(whole.count > fewest, "the life has fewer points than it should: are they still counted?")
    for point in Sample.points(of: whole.count, most: most) {
      points += 1
      let wasHit = try live(point).wasHit
      hits += wasHit ? 1 : 0
      #expect(wasHit, "point \(point) of \(whole.count) was not reached")
    }
  }
}

import Calendar
import Gate
import Storage
import Testing

/// A database file whose process dies at one point of its way through it, and that is then opened anew, as a restart does.
final class MortalDatabase {
  private let path: String
  private(set) var connection: Connection
  private var left: Int
  private var isDead = false

  init(path: String, crashAt point: Int) throws {
    self.path = path
    left = point
    connection = try Connection(path: path, access: .readWrite)
    try Migrator.migrate(connection)
    connection.fault = { [unowned self] _ throws(StorageError) in
      if isDead { throw .failed("dead") }
      left -= 1
      if left == 0 {
        isDead = true
        throw .failed("crash")
      }
    }
  }

  /// Takes steps until the life is over; after a crash it goes on with what the file says. True when the crash was hit.
  ///
  /// - Parameter steps: as many as a life has at most, each crash repeating one.
  func live(_ bench: Bench, steps: Int, until isOver: (Connection) throws -> Bool, step: (Connection) throws -> Void) throws -> Bool {
    var crashed = false
    for _ in 0..<steps where try !undisturbed(isOver) {
      do {
        try step(connection)
      } catch {
        guard isDead else { throw error }
        (crashed, isDead, left) = (true, false, .max)
        connection = try Connection(path: path, access: .readWrite)
        try connection.transaction(at: bench.now) { _ = try $0.releaseLeases() }
      }
    }
    return crashed
  }

  /// For whoever looks on: no point of theirs is one of the life's.
  private func undisturbed<Value>(_ body: (Connection) throws -> Value) throws -> Value {
    let fault = connection.fault
    connection.fault = nil
    defer { connection.fault = fault }
    return try body(connection)
  }

  /// What must be so of the file however the life went.
  func checkFile(at now: Instant) throws {
    connection.fault = nil
    if case .broken(let reason) = try connection.reading(at: now, { try AuditChain.verify($0) }) { Issue.record("\(reason)") }
    #expect(try connection.integrityProblems() == [])
  }

  /// Lives a life with a crash at point 1, 2, 3 …, until it ends before the crash.
  ///
  /// - Parameters:
  ///   - fewest: points that such a life has at least: fewer, and the fault hook is no longer called.
  ///   - live: lives it, checks what came of it, and says whether the crash was hit.
  static func crashEverywhere(fewest: Int, _ live: (_ point: Int) throws -> Bool) rethrows {
    var point = 1
    while try live(point) { point += 1 }
    #expect(point > fewest, "the life has fewer points than it should: is the fault hook still called?")
  }
}

import Calendar
import TestSupport
import Testing

@testable import Storage

/// What is kept of an answer stands and falls with this: the same snapshot, the same rows.
@Suite struct SnapshotTests {
  let folder = TemporaryFolder()
  private let now = Instant(milliseconds: 5)

  private func connections() throws -> (writing: Connection, reading: Connection) {
    let writing = try Connection(path: folder.file("test.db"), access: .readWrite)
    try writing.run("CREATE TABLE thing (name TEXT NOT NULL) STRICT")
    return (writing, try Connection(path: folder.file("test.db"), access: .readOnly))
  }

  @Test func viewsAreTheSameSnapshotUntilSomebodyCommits() throws {
    let (writing, reading) = try connections()
    let first = try reading.reading(at: now) { try $0.snapshot() }
    #expect(try reading.reading(at: now) { try $0.snapshot() } == first)
    _ = try writing.transaction(at: now) { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
    let second = try reading.reading(at: now) { try $0.snapshot() }
    #expect(second != first)
    #expect(try reading.reading(at: now) { try $0.snapshot() } == second)
    // As a command line's verb beside the server.
    let other = try Connection(path: folder.file("test.db"), access: .readWrite)
    _ = try other.transaction(at: now) { try $0.connection.execute("INSERT INTO thing VALUES ('b')") }
    #expect(try reading.reading(at: now) { try $0.snapshot() } != second)
  }

  @Test func aViewKeepsItsSnapshotWhileOthersCommit() throws {
    let (writing, reading) = try connections()
    try reading.reading(at: now) { view in
      let first = try view.snapshot()
      _ = try writing.transaction(at: now) { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
      #expect(try view.snapshot() == first)
      #expect(try view.connection.query("SELECT count(*) FROM thing") { $0.requiredInteger(0) } == [0])
    }
  }

  @Test func whatWasTakenBackChangesNothing() throws {
    struct No: Error {}
    let (writing, reading) = try connections()
    let first = try reading.reading(at: now) { try $0.snapshot() }
    #expect(throws: No.self) {
      try writing.transaction(at: now) { transaction in
        _ = try transaction.connection.execute("INSERT INTO thing VALUES ('a')")
        throw No()
      }
    }
    #expect(try reading.reading(at: now) { try $0.snapshot() } == first)
  }

  @Test func aConnectionSeesItsOwnCommits() throws {
    let (writing, _) = try connections()
    let first = try writing.reading(at: now) { try $0.snapshot() }
    _ = try writing.transaction(at: now) { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
    #expect(try writing.reading(at: now) { try $0.snapshot() } != first)
  }

  /// Each counts for itself: the same number of two is not the same state.
  @Test func twoConnectionsHaveNoSnapshotInCommon() throws {
    let (writing, reading) = try connections()
    #expect(try writing.reading(at: now) { try $0.snapshot() } != reading.reading(at: now) { try $0.snapshot() })
  }
}

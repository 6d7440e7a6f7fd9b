import Calendar
import FaultyDisk
import TestSupport
import Testing

@testable import Storage

/// Reading threads on a disk that fails: whoever asks is told what there is, or that it cannot be read; the threads go on, and so do later readings.
@Suite struct ReaderTroubleTests {
  @Test(
    arguments: [Fault.Kind.inputOutput, .busy].flatMap { kind in
      [false, true].flatMap { lasts in (1...8).map { Fault(kind, at: $0 * 2, lasts: lasts) } }
    })
  func whatIsAnsweredIsSo(_ fault: Fault) async throws {
    let folder = TemporaryFolder()
    let path = folder.file("test.db")
    let writing = try Connection(path: path, access: .readWrite)
    try writing.run("CREATE TABLE thing (name TEXT NOT NULL) STRICT")
    for number in 0..<200 { try writing.execute("INSERT INTO thing VALUES (?)", "\(number) " + String(repeating: "x", count: 500)) }
    let right = try writing.query("SELECT name FROM thing ORDER BY name") { $0.requiredText(0) }

    let disk = FaultyDisk(path: path)
    let readers = try Readers(path: path, count: 2) { Instant(milliseconds: 5) }
    disk.arm(fault)
    var failures = 0
    var rounds = 0
    // What is in memory is not read again: each round looks with the cache emptied.
    while rounds < 100, !disk.isStruck || rounds < 3 {
      rounds += 1
      failures += try await round(readers, right)
    }
    // A lock that somebody holds for a moment is one that SQLite goes without.
    #expect(disk.isStruck && (failures > 0) == (fault.lasts || fault.kind == .inputOutput))
    disk.heal()
    #expect(try await round(readers, right) == 0)
    readers.close()
  }

  /// Eight who ask together; how many could not be told.
  private func round(_ readers: Readers, _ right: [String]) async throws -> Int {
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          do {
            let found = try await readers.perform { reading in
              try reading.connection.run("PRAGMA shrink_memory")
              return try reading.connection.query("SELECT name FROM thing ORDER BY name") { $0.requiredText(0) }
            }
            #expect(found == right)
            return true
          } catch is StorageError { return false }
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 0 : 1 }
    }
  }
}

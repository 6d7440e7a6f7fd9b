import Calendar
import FaultyDisk
import TestSupport
import Testing

@testable import Storage

/// The writer on a disk that fails: what it said is written is there, what it said is not is not, and once the disk is well it goes on by itself.
@Suite struct WriterTroubleTests {
  struct No: Error {}

  @Test(
    arguments: [Fault.Kind.full, .inputOutput, .busy].flatMap { kind in
      [false, true].flatMap { lasts in (1...8).map { Fault(kind, at: $0 * 3, lasts: lasts) } }
    })
  func whatIsAnsweredIsSo(_ fault: Fault) async throws {
    let folder = TemporaryFolder()
    let path = folder.file("test.db")
    let disk = FaultyDisk(path: path)
    let clock: @Sendable () -> Instant = { Instant(milliseconds: 5) }
    let writer = try Writer(path: path, clock: clock) { connection in
      try connection.run("CREATE TABLE thing (name TEXT NOT NULL UNIQUE) STRICT; PRAGMA cache_size = 2")
      disk.arm(fault)
    }
    var answered: [String: Bool] = [:]
    // How many pieces share a commit is chance, and so is which of them meets the fault.
    var rounds = 0
    while rounds < 100, !disk.isStruck || rounds < 4 {
      answered.merge(await round(rounds, writer)) { _, new in new }
      rounds += 1
    }
    #expect(disk.isStruck)
    disk.heal()
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('healed')") }
    answered["healed"] = true
    writer.close()

    let connection = try Connection(path: path, access: .readOnly)
    let found = try connection.query("SELECT name FROM thing") { $0.requiredText(0) }
    #expect(Set(found) == Set(answered.filter(\.value).keys))
    #expect(try connection.integrityProblems() == [])
  }

  /// Pieces that come together, some of which throw after they have written; says of each whether it stands.
  private func round(_ round: Int, _ writer: Writer) async -> [String: Bool] {
    await withTaskGroup(of: (String, Bool).self) { group in
      for index in 0..<9 {
        group.addTask {
          let name = "\(round).\(index)"
          do {
            try await writer.perform { transaction in
              try transaction.connection.execute("INSERT INTO thing VALUES (?)", name)
              if index % 3 == 1 { throw No() }
            }
            return (name, true)
          } catch { return (name, false) }
        }
      }
      return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
    }
  }
}

import Calendar
import Storage
import TestSupport
import Testing

/// Reads that wait at the same time share a view of the database.
@Suite struct SharedViewTests {
  let folder = TemporaryFolder()

  struct No: Error {}

  @Test func aReadSeesWhatWasCommittedBeforeItAndFailsAlone() async throws {
    let path = folder.file("test.db")
    let clock: @Sendable () -> Instant = { Instant(milliseconds: 5) }
    let writer = try Writer(path: path, clock: clock) { try $0.run("CREATE TABLE thing (name TEXT NOT NULL) STRICT") }
    let readers = try Readers(path: path, clock: clock)
    try await withThrowingTaskGroup(of: Void.self) { group in
      for task in 0..<8 {
        group.addTask {
          for turn in 0..<20 {
            let name = "\(task)-\(turn)"
            try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES (?)", name) }
            let found = try await readers.perform { try $0.connection.query("SELECT 1 FROM thing WHERE name = ?", name) { _ in name } }
            #expect(found == [name])
            await #expect(throws: No.self) { try await readers.perform { _ in throw No() } }
          }
        }
      }
      try await group.waitForAll()
    }
    readers.close()
    writer.close()
  }
}

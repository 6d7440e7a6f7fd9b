import Calendar
import Synchronization
import TestSupport
import Testing

@testable import Storage

/// Counts from several threads.
final class Count: Sendable {
  private let count = Atomic<Int>(0)

  var value: Int { count.load(ordering: .relaxed) }

  func add() { count.add(1, ordering: .relaxed) }
}

@Suite struct ReaderTests {
  let folder = TemporaryFolder()
  private let looks = Count()

  private static let endless = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"

  private func readers(_ count: Int) throws -> Readers {
    try Connection(path: folder.file("test.db"), access: .readWrite).run("CREATE TABLE thing (name TEXT NOT NULL) STRICT")
    return try Readers(
      path: folder.file("test.db"), count: count,
      clock: { [looks] in
        // Time passes when somebody looks.
        looks.add()
        return Instant(milliseconds: Int64(looks.value))
      })
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func aReadEndsWithItsBudget() async throws {
    let readers = try readers(1)
    await #expect {
      try await readers.perform(within: .milliseconds(20)) { try $0.connection.query(ReaderTests.endless) { $0.requiredInteger(0) } }
    } throws: { error in
      if case StorageError.overran = error { true } else { false }
    }
    // What comes after has its own budget, or none.
    #expect(try await readers.perform { try $0.connection.query("SELECT count(*) FROM thing") { $0.requiredInteger(0) } } == [0])
    #expect(
      try await readers.perform(within: .seconds(60)) { try $0.connection.query("SELECT 7") { $0.requiredInteger(0) } } == [7])
    readers.close()
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func aLongReadDoesNotHoldUpOthers() async throws {
    let readers = try readers(2)
    let answered = Semaphore()
    try await withThrowingTaskGroup { group in
      group.addTask { try await readers.perform { _ in answered.wait() } }
      #expect(try await readers.perform { try $0.connection.query("SELECT 7") { $0.requiredInteger(0) } } == [7])
      answered.signal()
      try await group.waitForAll()
    }
    readers.close()
  }

  /// They wait together, and one thread is free before the other: it may take the long one, but not keep the others behind it.
  @Test(.timeLimit(.minutes(1 * slowness))) func aLongReadDoesNotHoldUpThoseThatWaitedWithIt() async throws {
    let readers = try readers(2)
    let (busy, first, second, quick) = (Count(), Semaphore(), Semaphore(), Semaphore())
    try await withThrowingTaskGroup { group in
      for release in [first, second] {
        group.addTask {
          try await readers.perform { _ in
            busy.add()
            release.wait()
          }
        }
      }
      while busy.value < 2, !Task.isCancelled { await Task.yield() }
      group.addTask { try await readers.perform { _ in for _ in 0..<8 { quick.wait() } } }
      for _ in 0..<8 { group.addTask { try await readers.perform { _ in quick.signal() } } }
      first.signal()
      try await group.next()
      second.signal()
      // The long one ends only when all eight were answered.
      try await group.waitForAll()
    }
    readers.close()
  }
}

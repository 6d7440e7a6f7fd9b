import Calendar
import TestSupport
import Testing

@testable import Storage

@Suite struct WriterTests {
  let folder = TemporaryFolder()

  func writer(prepare: @escaping @Sendable (Connection) throws -> Void = { _ in }) throws -> Writer {
    let clock: @Sendable () -> Instant = { Instant(milliseconds: 5) }
    return try Writer(path: folder.file("test.db"), clock: clock) { connection in
      try connection.run("CREATE TABLE IF NOT EXISTS thing (name TEXT NOT NULL UNIQUE) STRICT")
      try prepare(connection)
    }
  }

  func names() throws -> [String] {
    try Connection(path: folder.file("test.db"), access: .readOnly).query("SELECT name FROM thing ORDER BY name") { $0.requiredText(0) }
  }

  struct No: Error {}

  @Test func whatIsAnsweredIsOnDisk() async throws {
    let writer = try writer()
    let now = try await writer.perform { transaction in
      try transaction.connection.execute("INSERT INTO thing VALUES ('a')")
      return transaction.now
    }
    #expect(now == Instant(milliseconds: 5))
    #expect(try names() == ["a"])
    writer.close()
  }

  @Test func aBodyThatThrowsIsRolledBackAloneAmongMany() async throws {
    let writer = try writer()
    let outcomes = await withTaskGroup(of: Bool.self) { group in
      for index in 0..<60 {
        group.addTask {
          do {
            try await writer.perform { transaction in
              try transaction.connection.execute("INSERT INTO thing VALUES (?)", "n\(index)")
              if index % 3 == 0 { throw No() }
            }
            return true
          } catch { return !(error is No) }
        }
      }
      return await group.reduce(into: [Bool]()) { $0.append($1) }
    }
    #expect(outcomes.count { $0 } == 40)
    #expect(try names().count == 40)
    writer.close()
  }

  /// What pieces of one transaction do, and how often each runs, when the last but one of them does `deed`.
  private func runs(
    prepare: @escaping @Sendable (Connection) throws -> Void = { _ in }, of deed: @escaping @Sendable (Transaction) throws -> Void
  ) async throws -> (runs: [Int], told: String) {
    let writer = try writer(prepare: prepare)
    let (begun, released) = (Count(), Semaphore())
    let runs = [Count(), Count(), Count()]
    let held = Task.immediate {
      try await writer.perform { _ in
        begun.add()
        // Opened for good: a piece may run twice.
        released.wait()
        released.signal()
      }
    }
    while begun.value == 0, !Task.isCancelled { await Task.yield() }
    // Each waits with the writer when `immediate` returns: they join the transaction that is held.
    let tasks = (0..<3).map { index in
      Task.immediate {
        try await writer.perform { transaction in
          runs[index].add()
          if index == 1 { return try deed(transaction) }
          try transaction.connection.execute("INSERT INTO thing VALUES (?)", "n\(index)")
        }
      }
    }
    released.signal()
    _ = await held.result
    var told: [String] = []
    for task in tasks {
      do {
        try await task.value
        told.append("stands")
      } catch { told.append(error is No ? "refused" : "failed") }
    }
    writer.close()
    return (runs.map(\.value), told.joined(separator: " "))
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func whatFailsAfterAWriteHasTheOthersRunAgain() async throws {
    let (runs, told) = try await runs { transaction in
      try transaction.connection.execute("INSERT INTO thing VALUES ('half')")
      throw No()
    }
    #expect(runs == [2, 2, 1])
    #expect(told == "stands refused stands")
    #expect(try names() == ["n0", "n2"])
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func whatFailsBeforeAnyWriteCostsTheOthersNothing() async throws {
    let (runs, told) = try await runs { _ in throw No() }
    #expect(runs == [1, 1, 1])
    #expect(told == "stands refused stands")
    #expect(try names() == ["n0", "n2"])
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func aStatementThatFailsHasLeftNothing() async throws {
    let (runs, told) = try await runs { try $0.connection.execute("INSERT INTO thing VALUES ('new'), ('n0')") }
    #expect(runs == [1, 1, 1])
    #expect(told == "stands failed stands")
    #expect(try names() == ["n0", "n2"])
  }

  /// "It is there already" is no answer when what was there is not.
  @Test(.timeLimit(.minutes(1 * slowness))) func aRefusalThatWasJudgedByWhatIsLostIsNotTold() async throws {
    let (_, told) = try await runs { connection in
      connection.fault = { point throws(StorageError) in if point == .commit { throw .failed("the disk is gone") } }
    } of: { transaction in
      if try !transaction.connection.query("SELECT 1 FROM thing WHERE name = 'n0'", row: { _ in true }).isEmpty { throw No() }
    }
    #expect(told == "failed failed failed")
  }

  @Test(.timeLimit(.minutes(1 * slowness))) func nothingIsWrittenOutsideATransaction() async throws {
    let (_, told) = try await runs { try $0.connection.execute("ROLLBACK") }
    #expect(told == "failed failed failed")
    #expect(try names() == [])
  }

  @Test func aConstraintFailsAlone() async throws {
    let writer = try writer()
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
    await #expect(throws: StorageError.self) { try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('a')") } }
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('b')") }
    #expect(try names() == ["a", "b"])
    writer.close()
  }

  @Test func aFullDiskIsSaidAndGotOver() async throws {
    let writer = try writer { connection in
      // SQLite's own SQLITE_FULL, by a limit on the file's pages.
      try connection.run("PRAGMA max_page_count = 12")
    }
    let large = [UInt8](repeating: 65, count: 100_000)
    await #expect {
      try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES (?)", String(decoding: large, as: UTF8.self)) }
    } throws: { error in
      if case StorageError.full = error { true } else { false }
    }
    #expect(try names() == [])
    try await writer.perform { try $0.connection.run("PRAGMA max_page_count = 100000") }
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES (?)", String(decoding: large, as: UTF8.self)) }
    #expect(try names().count == 1)
    writer.close()
  }

  @Test func aCommitThatFailsFailsEverybodyInIt() async throws {
    let writer = try writer { connection in
      var commits = 0
      connection.fault = { point throws(StorageError) in
        guard point == .commit else { return }
        commits += 1
        if commits == 1 { throw .failed("the disk is gone") }
      }
    }
    await #expect(throws: StorageError.self) { try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('a')") } }
    #expect(try names() == [])
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('b')") }
    #expect(try names() == ["b"])
    writer.close()
  }

  /// The disk stands still: what waits is bounded, what is refused is told so at once, and what was taken is done when it goes on.
  @Test(.timeLimit(.minutes(1 * slowness))) func aStalledWriterRefusesMoreThanItsQueue() async throws {
    let (begun, released, refused) = (Count(), Semaphore(), Count())
    let writer = try writer()
    try await withThrowingTaskGroup { group in
      group.addTask {
        try await writer.perform { _ in
          begun.add()
          released.wait()
          released.signal()
        }
      }
      while begun.value == 0, !Task.isCancelled { await Task.yield() }
      // Tasks start when they will: as many as fit, and ten that do not.
      for index in 0..<Writer.queueLimit + 10 {
        group.addTask {
          do {
            try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES (?)", "n\(index)") }
          } catch StorageError.busy {
            refused.add()
          }
        }
      }
      while refused.value < 10, !Task.isCancelled { await Task.yield() }
      released.signal()
      try await group.waitForAll()
      #expect(refused.value == 10)
    }
    #expect(try names().count == Writer.queueLimit)
    writer.close()
  }

  @Test func afterClosingNothingIsTaken() async throws {
    let writer = try writer()
    writer.close()
    await #expect(throws: StorageError.self) { try await writer.perform { _ in } }
  }

  @Test func readersSeeWhatStandsAndCannotWrite() async throws {
    let writer = try writer()
    try await writer.perform { try $0.connection.execute("INSERT INTO thing VALUES ('a')") }
    let readers = try Readers(path: folder.file("test.db"), clock: { Instant(milliseconds: 5) })
    let found = try await readers.perform { try $0.connection.query("SELECT name FROM thing") { $0.requiredText(0) } }
    #expect(found == ["a"])
    await #expect(throws: StorageError.self) { try await readers.perform { try $0.connection.execute("DELETE FROM thing") } }
    readers.close()
    writer.close()
  }
}

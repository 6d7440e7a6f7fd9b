import Testing

@testable import Storage

/// What SQLite says, in the words that a caller acts by.
@Suite struct StorageErrorTests {
  private func error(_ code: Int32) -> StorageError { StorageError(code: code, systemError: 0, message: "x", during: "reading") }

  /// SQLITE_BUSY alone, in recovery and by an old snapshot, SQLITE_LOCKED, SQLITE_PROTOCOL. Nothing is wrong with the file: others hold the locks,
  /// and a moment later it succeeds.
  @Test(arguments: [5, 261, 517, 6, 15] as [Int32])
  func aLockThatIsNotToBeHadIsBusy(_ code: Int32) {
    #expect(
      {
        if case .busy = error(code) { true } else { false }
      }(), "\(error(code))")
  }

  /// SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_READONLY.
  @Test(arguments: [10, 11, 8] as [Int32]) func aFileThatFailsIsNot(_ code: Int32) {
    #expect(
      {
        if case .failed = error(code) { true } else { false }
      }(), "\(error(code))")
  }
}

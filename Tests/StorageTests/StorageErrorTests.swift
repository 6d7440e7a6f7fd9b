import Glibc
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

  /// SQLITE_FULL; SQLITE_IOERR_SHMSIZE and others, with what the system said: no space, no quota, no larger file.
  @Test(arguments: [(13, 0), (4_874, ENOSPC), (778, ENOSPC), (778, EDQUOT), (10, EFBIG)] as [(Int32, Int32)])
  func aDiskWithoutRoomIsFull(_ code: Int32, _ systemError: Int32) {
    let error = StorageError(code: code, systemError: systemError, message: "x", during: "reading")
    #expect(
      {
        if case .full = error { true } else { false }
      }(), "\(error)")
  }

  /// SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_READONLY.
  @Test(arguments: [10, 11, 8] as [Int32]) func aFileThatFailsIsNot(_ code: Int32) {
    #expect(
      {
        if case .failed = error(code) { true } else { false }
      }(), "\(error(code))")
  }

  /// SQLITE_READONLY, SQLITE_READONLY_DIRECTORY.
  @Test(arguments: [8, 1_544] as [Int32]) func whatOthersMadeIsSaidToBeTheirs(_ code: Int32) {
    let sentence = "\(error(code))"
    #expect(sentence.contains("may not write to the database") && sentence.contains("chown"), "\(sentence)")
  }
}

import Glibc

/// Held by the process that serves from a database. A second server on the same file is refused: two would claim the same callbacks.
/// Local verbs (`token`, `audit`, `database`) do not take it. The kernel lets go of it when the process ends, however it ends.
package final class DatabaseLock: Sendable {
  private let descriptor: Int32

  /// Takes the lock beside the database file (`<path>.lock`).
  package init(databasePath path: String) throws(StorageError) {
    DatabaseFolder.make(for: path)
    let lockPath = path + ".lock"
    descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen(
        "cannot create \(lockPath): \(String(cString: strerror(errno))); does the folder exist, and may this user write there?")
    }
    guard DatabaseLock.take(descriptor) else {
      // `deinit` runs, for everything is initialised, and closes the descriptor: twice would close somebody else's.
      throw .inUse("another gatehouse serves from \(path); stop it first, or give this one a database of its own")
    }
  }

  deinit { close(descriptor) }

  /// Who only asks `isHeld` has the lock for a moment, and shares it; a server does not.
  private static func take(_ descriptor: Int32) -> Bool {
    for _ in 0..<1_000 {
      if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
      guard flock(descriptor, LOCK_SH | LOCK_NB) == 0 else { return false }
      sched_yield()
    }
    return false
  }

  /// Whether a server has it now. Makes nothing.
  package static func isHeld(databasePath path: String) -> Bool {
    let descriptor = open(path + ".lock", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    return flock(descriptor, LOCK_SH | LOCK_NB) != 0
  }
}

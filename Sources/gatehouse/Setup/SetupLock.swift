import Glibc

/// Held while something is made, rotated or taken back: two at once would make everything twice, for GitLab takes any number of webhooks and tokens.
/// The kernel lets go of it when the process ends, however it ends.
final class SetupLock {
  private let descriptor: Int32

  init(databasePath path: String) throws {
    let lockPath = path + ".setup.lock"
    descriptor = open(lockPath, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw Failure.no(
        "cannot create \(lockPath): \(String(cString: strerror(errno))); run this as the user that gatehouse runs as")
    }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      throw Failure.no("another `gatehouse setup` is at work on \(path); wait until it has ended")
    }
  }

  deinit { close(descriptor) }
}

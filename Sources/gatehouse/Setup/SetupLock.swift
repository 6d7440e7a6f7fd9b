import Glibc

/// Held while something is made, rotated or taken back: two at once would make everything twice, for GitLab takes any number of webhooks and tokens.
/// The kernel lets go of it when the process ends, however it ends.
final class SetupLock {
  private let descriptor: Int32

  /// Of all that is recorded in one database.
  convenience init(databasePath path: String) throws {
    let lockPath = path + ".setup.lock"
    let descriptor = SetupLock.open(lockPath, beside: path)
    guard descriptor >= 0 else {
      throw Failure.no(
        "cannot create \(lockPath): \(String(cString: strerror(errno))); run this as the user that gatehouse runs as")
    }
    try self.init(descriptor, at: path)
  }

  /// Of one secret, whichever database its gates have: a token that two rotate at once is one that GitLab revokes with all that came of it (its
  /// reuse detection). Nil where nothing can be written beside it, so that nobody can rotate it either.
  convenience init?(beside file: SecretFile) throws {
    // Two links to one file are one secret.
    guard let target = try? file.resolved() else { return nil }
    let descriptor = SetupLock.open(target.path + ".lock", beside: target.path)
    guard descriptor >= 0 else { return nil }
    try self.init(descriptor, at: file.path)
  }

  /// Only what is made here is given to whom the file beside it is: what is there may be a link to what is root's, in a folder of somebody else's.
  private static func open(_ path: String, beside file: String) -> Int32 {
    let made = Glibc.open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard made < 0 else {
      keepOwner(made, of: file)
      return made
    }
    return errno == EEXIST ? Glibc.open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW) : made
  }

  private init(_ descriptor: Int32, at path: String) throws {
    self.descriptor = descriptor
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      var failure = Failure.no("another `gatehouse setup` is at work on \(path); wait until it has ended")
      failure.isPassing = true
      throw failure
    }
  }

  deinit { close(descriptor) }
}

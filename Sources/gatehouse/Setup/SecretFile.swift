import Glibc

/// A file that holds one secret and that only its owner may read. It is replaced whole or not at all: after a crash or a power cut it has the old
/// text or the new one.
struct SecretFile {
  let path: String

  /// Beside it: a token that is being brought in, until it is known to serve.
  var next: SecretFile { SecretFile(path: path + ".next") }

  var exists: Bool { access(path, F_OK) == 0 }

  /// The secret, without the newline that ends it; nil where there is no file.
  func read() throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure("read")
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_097)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0, count < bytes.count else { throw failure("read") }
    return String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isNewline }
  }

  /// Whether it could be written: asked before something is made that has no other place.
  func expectWritable() throws {
    let scratch = path + ".try"
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("written") }
    close(descriptor)
    unlink(scratch)
  }

  /// Writes beside it, syncs, renames over it, syncs the folder.
  func write(_ secret: String) throws {
    let scratch = path + ".new"
    unlink(scratch)
    let descriptor = open(scratch, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("written") }
    defer { close(descriptor) }
    let bytes = Array((secret + "\n").utf8)
    guard fchmod(descriptor, 0o600) == 0, Glibc.write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      unlink(scratch)
      throw failure("written")
    }
    try SecretFile(path: scratch).move(to: self)
  }

  /// Takes the room for a secret that is still to come, before it is asked for: what can be written now can be written over then, on a full disk too.
  func reserve() throws -> Reservation {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw failure("written") }
    // Newlines are no secret: whoever finds the file so finds none in it.
    let blank = [UInt8](repeating: UInt8(ascii: "\n"), count: Reservation.bytes)
    guard fchmod(descriptor, 0o600) == 0, Glibc.write(descriptor, blank, blank.count) == blank.count, fsync(descriptor) == 0 else {
      let trouble = failure("written")
      close(descriptor)
      unlink(path)
      throw trouble
    }
    syncFolder()
    return Reservation(file: self, descriptor: descriptor)
  }

  /// Room on the disk, held open. Given up without being used, it is removed.
  final class Reservation {
    /// More than a token of GitLab's ever had.
    static let bytes = 1_024

    let file: SecretFile
    private let descriptor: Int32
    private(set) var isUsed = false

    fileprivate init(file: SecretFile, descriptor: Int32) {
      self.file = file
      self.descriptor = descriptor
    }

    /// From here on it is on disk, whatever becomes of this process.
    func write(_ secret: String) throws {
      let bytes = Array((secret + "\n").utf8)
      guard pwrite(descriptor, bytes, bytes.count, 0) == bytes.count, fsync(descriptor) == 0 else { throw file.failure("written") }
      isUsed = true
      if ftruncate(descriptor, bytes.count) == 0 { fsync(descriptor) }
    }

    deinit {
      close(descriptor)
      if !isUsed { unlink(file.path) }
    }
  }

  func move(to other: SecretFile) throws {
    guard rename(path, other.path) == 0 else { throw other.failure("written") }
    other.syncFolder()
  }

  func remove() throws {
    guard unlink(path) == 0 || errno == ENOENT else { throw failure("removed") }
    syncFolder()
  }

  /// A name is on disk once its folder is (fsync(2)).
  private func syncFolder() {
    let folder = path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  fileprivate func failure(_ done: String) -> Failure {
    .no(
      "the file \(path) cannot be \(done): \(String(cString: strerror(errno))); make its folder, and run this as the user that gatehouse runs as"
    )
  }
}

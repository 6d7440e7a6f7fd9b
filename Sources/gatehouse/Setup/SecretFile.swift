import Glibc

/// A file that holds one secret and that only its owner may read. It is replaced whole or not at all: after a crash or a power cut it has the old
/// text or the new one. Where its path is a symbolic link, as mounts of secrets have it, the link stays, and what it leads to is replaced.
struct SecretFile {
  let path: String
  /// One that this program keeps beside another. A link in its place is somebody else's doing and is not followed: it would lead to what is not ours.
  var isScratch = false

  /// Beside it: a token that is being brought in, until it is known to serve.
  var next: SecretFile { SecretFile(path: ((try? resolved()) ?? self).path + ".next", isScratch: true) }

  /// Wherever one may wait: former versions put it beside a symbolic link, not beside what that leads to. The newest last.
  var waitingPlaces: [SecretFile] {
    let former = SecretFile(path: path + ".next", isScratch: true)
    return former.path == next.path ? [next] : [former, next]
  }

  var exists: Bool { access(path, F_OK) == 0 }

  /// The secret, without the newline that ends it; nil where there is no file.
  func read() throws -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | (isScratch ? O_NOFOLLOW : 0))
    guard descriptor >= 0 else {
      if errno == ENOENT || (isScratch && errno == ELOOP) { return nil }
      throw failure("read", errno)
    }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 4_097)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count >= 0 else { throw failure("read", errno) }
    guard count < bytes.count else { throw failure("read", EFBIG) }
    return String(decoding: bytes[..<count], as: UTF8.self).filter { !$0.isNewline }
  }

  /// Writes beside it, syncs, renames over it, syncs the folder.
  func write(_ secret: String) throws {
    let scratch = SecretFile(path: try resolved().path + ".new", isScratch: true)
    let descriptor = try scratch.create(for: self)
    defer { close(descriptor) }
    do {
      if let code = put(secret + "\n", on: descriptor) { throw failure("written", code) }
      try scratch.move(to: self)
    } catch {
      unlink(scratch.path)
      throw error
    }
  }

  func move(to other: SecretFile) throws {
    let target = try other.resolved()
    guard rename(path, target.path) == 0 else { throw other.failure("written", errno) }
    target.syncFolder()
  }

  func remove() throws {
    let target = try resolved()
    guard unlink(target.path) == 0 || errno == ENOENT else { throw failure("removed", errno) }
    target.syncFolder()
  }

  // MARK: Room

  /// Whether it could be written, by writing beside it: asked before anything is done that has no other place.
  func expectWritable() throws { _ = try Reservation(SecretFile(path: try resolved().path + ".try", isScratch: true), for: self) }

  /// Takes the room for a secret that is still to come, before it is asked for: what can be written now can be written over then, on a full disk too.
  func reserve() throws -> Reservation { try Reservation(SecretFile(path: try resolved().path + ".next", isScratch: true), for: self) }

  /// Room on the disk, held open. Given up without being used, it is removed.
  final class Reservation {
    /// More than a token of GitLab's ever had.
    static let bytes = 1_024

    /// Where the room is: `next` of the file that it is for.
    let place: SecretFile
    private let file: SecretFile
    private let descriptor: Int32
    private(set) var isUsed = false

    fileprivate init(_ place: SecretFile, for file: SecretFile) throws {
      self.place = place
      self.file = file
      descriptor = try place.create(for: file)
      // Newlines are no secret: whoever finds the file so finds none in it.
      if let code = put(String(repeating: "\n", count: Reservation.bytes), on: descriptor) { throw file.failure("written", code) }
      place.syncFolder()
    }

    /// From here on it is on disk, whatever becomes of this process.
    func write(_ secret: String) throws {
      if let code = put(secret + "\n", on: descriptor) { throw file.failure("written", code) }
      isUsed = true
      if ftruncate(descriptor, off_t(secret.utf8.count + 1)) == 0 { fsync(descriptor) }
    }

    /// Into the file, in place of what is there. Whoever has emptied the folder meanwhile has taken the room away too.
    func bring(_ secret: String) throws {
      if (try? place.read()) == secret { try place.move(to: file) } else { try file.write(secret) }
    }

    deinit {
      close(descriptor)
      if !isUsed { unlink(place.path) }
    }
  }

  /// A new, empty file, in place of whatever was left there.
  private func create(for file: SecretFile) throws -> Int32 {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw file.failure("written", errno) }
    fchmod(descriptor, 0o600)
    keepOwner(descriptor, of: (try? file.resolved().path) ?? file.path)
    return descriptor
  }

  // MARK: Where it is

  /// As many as the kernel follows (path_resolution(7)).
  private static let mostLinks = 40

  /// Without its symbolic links: the folder in which it can be replaced at once is that of the file itself.
  func resolved() throws -> SecretFile {
    if isScratch { return self }
    var found = self
    for _ in 0..<SecretFile.mostLinks {
      guard let link = found.link else { return found }
      found = SecretFile(path: link.hasPrefix("/") ? link : found.folder + link)
    }
    throw failure("followed", ELOOP)
  }

  /// What a symbolic link says; nil for everything else.
  private var link: String? {
    var buffer = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(path, &buffer, buffer.count)
    return count > 0 ? String(decoding: buffer[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self) : nil
  }

  /// `secrets/`
  var folder: String { path.contains("/") ? String(path[...(path.lastIndex(of: "/") ?? path.startIndex)]) : "./" }

  /// A name is on disk once its folder is (fsync(2)).
  private func syncFolder() {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    fsync(descriptor)
    close(descriptor)
  }

  // MARK: What is wrong

  private func failure(_ done: String, _ code: Int32) -> Failure {
    let target = (try? code == ELOOP ? self : resolved()) ?? self
    let isLink = target.path != path
    let name = isLink ? "\(path), which leads to \(target.path)," : path
    return .no("the file \(name) cannot be \(done): \(String(cString: strerror(code))); \(SecretFile.remedy(code, isLink: isLink))")
  }

  /// What mends it, by the error's number (errno(3)).
  static func remedy(_ code: Int32, isLink: Bool) -> String {
    switch code {
    case ENOSPC, EDQUOT: "its disk is full: make room there, and run this again"
    case EACCES, EPERM, EROFS:
      "run this as the user that gatehouse runs as, who has to be let write in its folder"
        + (isLink ? "; or configure a file of its own in place of the symbolic link" : "")
    case ELOOP: "its symbolic links lead in a circle: let it lead to a file"
    case EFBIG: "it has to hold one secret and nothing else"
    case ENOENT, ENOTDIR: "make its folder, and run this as the user that gatehouse runs as"
    default: "see what is in its place, and run this as the user that gatehouse runs as"
    }
  }
}

/// Writes all of it at the beginning of a file, and sees it on the disk. The number of the error where it cannot; a write that is cut short is one for
/// which there is no room (write(2)).
private func put(_ text: String, on descriptor: Int32) -> Int32? {
  let bytes = Array(text.utf8)
  let count = pwrite(descriptor, bytes, bytes.count, 0)
  guard count >= 0 else { return errno }
  guard count == bytes.count else { return ENOSPC }
  return fsync(descriptor) == 0 ? nil : errno
}

/// Gives a new file the owner of the one that it replaces, or stands beside; where there is none, of the folder that it is in: what root has made would be
/// shut to the server, whose user is another. Where the file is root's too, the server may only read it by its group. Nobody else may give a file away, and
/// nobody else needs to.
func keepOwner(_ descriptor: Int32, of path: String) {
  var known = stat()
  guard geteuid() == 0 else { return }
  guard stat(path, &known) == 0 else {
    guard errno == ENOENT, stat(SecretFile(path: path).folder, &known) == 0, known.st_uid != 0 else { return }
    fchown(descriptor, known.st_uid, known.st_gid)
    return
  }
  fchown(descriptor, known.st_uid, known.st_gid)
  if known.st_uid == 0, known.st_mode & 0o040 != 0 { fchmod(descriptor, 0o640) }
}

import Glibc

/// Why a file was not read. Its content is never in it.
package enum FileFault: Error, Sendable, Hashable, CustomStringConvertible {
  case missing
  case refused(Int32)
  case directory
  case tooLarge(limit: Int)
  case silent

  package var description: String {
    switch self {
    case .missing: "there is no such file; make it, or correct the path"
    case .refused(EACCES): "this process may not read it; give its user the right to (chmod, chown)"
    case .refused(let code): "it cannot be read: \(String(cString: strerror(code))); correct the path or the file"
    case .directory: "it is a directory; name a file in it"
    case .tooLarge(let limit): "it is larger than \(limit) bytes and can hardly be what is meant; name the right file"
    case .silent: "it is a pipe that nobody writes to; name a file"
    }
  }
}

/// A whole file, at most `limit` bytes of it.
package func readFile(_ path: String, limit: Int) throws(FileFault) -> [UInt8] {
  let descriptor = try openFile(path)
  defer { close(descriptor) }
  return try readAll(descriptor, limit: limit)
}

/// A file that holds a secret, and whether others than its owner may read it.
func readSecretFile(_ path: String) throws(FileFault) -> (bytes: [UInt8], isOpenToOthers: Bool) {
  let descriptor = try openFile(path)
  defer { close(descriptor) }
  var status = stat()
  guard fstat(descriptor, &status) == 0 else { throw .refused(errno) }
  return (try readAll(descriptor, limit: Limits.secretBytes), status.st_mode & 0o044 != 0)
}

/// Opens without waiting: a pipe that nobody writes to would hold the server's start.
private func openFile(_ path: String) throws(FileFault) -> Int32 {
  // A NUL would end the path early and open another file.
  guard !path.utf8.contains(0) else { throw .missing }
  while true {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    if descriptor >= 0 { return descriptor }
    switch errno {
    case EINTR: continue
    case ENOENT, ENOTDIR: throw .missing
    default: throw .refused(errno)
    }
  }
}

private func readAll(_ descriptor: Int32, limit: Int) throws(FileFault) -> [UInt8] {
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count == 0 { return bytes }
    guard count > 0 else {
      switch errno {
      case EINTR: continue
      case EAGAIN:
        try awaitInput(descriptor)
        continue
      case EISDIR: throw .directory
      default: throw .refused(errno)
      }
    }
    bytes += chunk[..<count]
    guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
  }
}

/// A pipe (`--config <(decrypt file)`) may have a writer that is not done yet.
private func awaitInput(_ descriptor: Int32) throws(FileFault) {
  var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
  let count = poll(&waiting, 1, Limits.pipeMilliseconds)
  guard count != 0 else { throw .silent }
  guard count > 0 || errno == EINTR else { throw .refused(errno) }
}

import Glibc

/// Why a file was not read. Its content is never in it.
enum FileFault: Error, Sendable, Hashable, CustomStringConvertible {
  case missing
  case refused(Int32)
  case directory
  case tooLarge(limit: Int)

  var description: String {
    switch self {
    case .missing: "there is no such file"
    case .refused(EACCES): "this process may not read it; give its user the right to (chmod, chown)"
    case .refused(let code): "it cannot be read: \(String(cString: strerror(code)))"
    case .directory: "it is a directory, not a file"
    case .tooLarge(let limit): "it is larger than \(limit) bytes"
    }
  }
}

/// A whole file, at most `limit` bytes of it.
func readFile(_ path: String, limit: Int) throws(FileFault) -> [UInt8] {
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
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY)
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
      if errno == EINTR { continue }
      throw errno == EISDIR ? .directory : .refused(errno)
    }
    bytes += chunk[..<count]
    guard bytes.count <= limit else { throw .tooLarge(limit: limit) }
  }
}

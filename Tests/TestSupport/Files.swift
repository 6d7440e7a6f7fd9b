import Glibc

/// The whole file; empty when it cannot be read.
package func bytes(ofFile path: String) -> [UInt8] {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return [] }
  defer { close(descriptor) }
  var found: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    guard count > 0 else { return found }
    found += chunk[..<count]
  }
}

/// The names in a folder, sorted, without `.` and `..`; none when there is no such folder.
package func names(inFolder path: String) -> [String] {
  guard let folder = opendir(path) else { return [] }
  defer { closedir(folder) }
  var names: [String] = []
  while let entry = readdir(folder) {
    let name = withUnsafePointer(to: entry.pointee.d_name) { pointer in
      pointer.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

/// Removes a file, or a folder with all that is in it.
package func remove(_ path: String) {
  // A file, or a link, goes at once; a folder is emptied first.
  guard unlink(path) != 0 else { return }
  for name in names(inFolder: path) { remove("\(path)/\(name)") }
  rmdir(path)
}

/// Writes a file that is not there yet.
package func write(_ bytes: [UInt8], toNewFile path: String) throws(CannotWrite) {
  let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
  guard descriptor >= 0 else { throw CannotWrite(path: path) }
  defer { close(descriptor) }
  guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else { throw CannotWrite(path: path) }
}

package struct CannotWrite: Error { var path: String }

import Glibc

extension Connection {
  /// SQLite's own check of the whole file, and of every foreign key. Empty when the file is sound.
  package func integrityProblems() throws(StorageError) -> [String] {
    let integrity = try query("PRAGMA integrity_check(20)") { $0.requiredText(0) }.filter { $0 != "ok" }
    let dangling = try query("PRAGMA foreign_key_check") { row in
      "a row of \(row.requiredText(0)) points to a row of \(row.requiredText(2)) that is not there"
    }
    return integrity + dangling
  }

  /// Writes a consistent copy into a new file that only its owner can read, on disk before this returns. Leaves no file when it fails.
  package func backUp(to target: String) throws(StorageError) {
    let descriptor = open(target, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else {
      throw .cannotOpen("cannot write \(target): \(String(cString: strerror(errno))); name a new file in a folder that is there")
    }
    defer { close(descriptor) }
    do {
      // A reading connection is held back from writing anything, another file included.
      try run("PRAGMA query_only = OFF")
      try execute("VACUUM INTO ?", target)
      // SQLite does not sync the copy itself (https://sqlite.org/lang_vacuum.html#vacuuminto).
      try sync(descriptor, target)
      try syncFolder(of: target)
    } catch {
      unlink(target)
      throw error
    }
  }

  private func sync(_ descriptor: Int32, _ path: String) throws(StorageError) {
    guard fsync(descriptor) == 0 else { throw .failed("cannot sync \(path): \(String(cString: strerror(errno)))") }
  }

  /// The name of a new file is the folder's.
  private func syncFolder(of path: String) throws(StorageError) {
    let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .failed("cannot sync \(folder): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    try sync(descriptor, folder)
  }

  /// Bytes of the file.
  package func size() throws(StorageError) -> Int64 {
    try query("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") { $0.requiredInteger(0) }.first ?? 0
  }
}

extension Connection {
  /// Takes the write lock, writes a row and takes it back: shows that the disk would take a decision now.
  package func probeWrite() throws(StorageError) {
    try begin()
    defer { rollBack() }
    try execute("UPDATE audit_head SET seq = seq WHERE id = 1")
  }
}

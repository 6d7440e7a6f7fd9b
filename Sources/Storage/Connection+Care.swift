extension Connection {
  /// SQLite's own check of the whole file, and of every foreign key. Empty when the file is sound.
  package func integrityProblems() throws(StorageError) -> [String] {
    let integrity = try query("PRAGMA integrity_check(20)") { $0.requiredText(0) }.filter { $0 != "ok" }
    let dangling = try query("PRAGMA foreign_key_check") { row in
      "a row of \(row.requiredText(0)) points to a row of \(row.requiredText(2)) that is not there"
    }
    return integrity + dangling
  }

  /// Writes a consistent copy into a new file (https://sqlite.org/lang_vacuum.html#vacuuminto), synced before this returns.
  package func backUp(to target: String) throws(StorageError) {
    try execute("VACUUM INTO ?", target)
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

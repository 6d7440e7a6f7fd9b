extension Transaction {
  /// Writes one page, so that the commit shows whether the disk takes writes. The database's header it is, because SQLite leaves out a row that
  /// is overwritten with what it holds already.
  package func proveWritable() throws(StorageError) { try connection.execute("PRAGMA user_version = 0") }
}
